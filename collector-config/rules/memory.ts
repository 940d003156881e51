import { typeOf } from "../types.ts";
import { isConnector, numberOr, processorType, processorTypes, type ReadComponent, seconds } from "./reading.ts";
import type { Context, Finding, Rule } from "./rule.ts";

const source =
  "https://github.com/open-telemetry/opentelemetry-collector/blob/main/processor/memorylimiterprocessor/README.md";

/** Jaeger's own pipeline is free of it: its memory never shrinks below the stored traces, so a limiter would refuse for ever. */
const limiterFirst: Rule = {
  id: "memory-limiter",
  title: "Every pipeline that a receiver feeds begins with memory_limiter.",
  why: "Under load the kernel ends the process at the container's limit, and what it holds is lost; anywhere but first, it can't push back to the sender.",
  source,
  severity: "error",
  fix: "processors: [memory_limiter, ...]",
  example: {
    wrong: { yaml: "service: {pipelines: {traces: {processors: []}}}" },
    right: { yaml: "service: {pipelines: {traces: {processors: [memory_limiter]}}}" },
  },
  check: (config) =>
    config.pipelines
      .filter(({ receivers }) => receivers.some((id) => !isConnector(config, id) && typeOf(id) !== "nop"))
      .filter(({ exporters }) => !exporters.some((id) => typeOf(id) === "jaeger_storage_exporter"))
      .filter((pipeline) => processorTypes(pipeline)[0] !== "memory_limiter")
      .map(({ path, processors }) => {
        const limiter = config.processors.find(({ type }) => type === "memory_limiter")?.id ?? "memory_limiter";
        const others = processors.filter((id) => processorType(id) !== "memory_limiter");
        return {
          path: `${path}.processors`,
          message: processors.length === 0 ? "has no memory_limiter" : `begins with ${processors[0]}`,
          fix: `processors: [${[limiter, ...others].join(", ")}]`,
        };
      }),
};

const limits: Rule = {
  id: "memory-limit",
  title: "memory_limiter has a check interval and a limit, and the limit fits the container and GOMEMLIMIT.",
  why: "Without interval or limit the Collector refuses to start; with a limit above the container's it never acts before the kernel does.",
  source,
  severity: "error",
  fix: "memory_limiter: {check_interval: 1s, limit_percentage: 80, spike_limit_percentage: 20}",
  example: {
    wrong: {
      yaml: "processors: {memory_limiter: {check_interval: 1s, limit_mib: 2000}}",
      context: { memoryLimitMiB: 1024, goMemLimitMiB: 819 },
    },
    right: {
      yaml: "processors: {memory_limiter: {check_interval: 1s, limit_percentage: 80, spike_limit_percentage: 20}}",
      context: { memoryLimitMiB: 1024, goMemLimitMiB: 819 },
    },
  },
  check: (config, context) =>
    config.processors
      .filter(({ type }) => type === "memory_limiter")
      .flatMap((limiter) => [...settingProblems(limiter), ...sizeProblems(limiter, context)]),
};

function settingProblems({ config, path }: ReadComponent): Finding[] {
  const found: Finding[] = [];
  const add = (key: string, message: string, fix: string) => found.push({ path: `${path}.${key}`, message, fix });
  const interval = config["check_interval"];
  if (interval === undefined || interval === null || seconds(interval) === 0) {
    add("check_interval", "is not set, and its default 0s is refused", "check_interval: 1s");
  }
  const [mib, percent] = [numberOr(config["limit_mib"], 0), numberOr(config["limit_percentage"], 0)];
  const [spike, spikePercent] = [config["spike_limit_mib"], config["spike_limit_percentage"]];
  if (mib === 0 && percent === 0)
    add("limit_percentage", "is not set, and neither is limit_mib", "limit_percentage: 80");
  if (percent !== undefined && percent > 100) add("limit_percentage", `is ${percent}`, "limit_percentage: 80");
  if (mib && typeof spike === "number" && spike >= mib) {
    add("spike_limit_mib", `is ${spike}, not below limit_mib ${mib}`, `spike_limit_mib: ${Math.floor(mib * 0.2)}`);
  }
  if (percent && typeof spikePercent === "number" && spikePercent >= percent) {
    add(
      "spike_limit_percentage",
      `is ${spikePercent}, not below limit_percentage ${percent}`,
      `spike_limit_percentage: ${Math.floor(percent * 0.25)}`,
    );
  }
  return found;
}

function sizeProblems({ config, path }: ReadComponent, { memoryLimitMiB, goMemLimitMiB }: Context): Finding[] {
  const [mib, percent] = [numberOr(config["limit_mib"], 0), numberOr(config["limit_percentage"], 0)];
  if (mib === undefined || percent === undefined || memoryLimitMiB === undefined) return [];
  if (memoryLimitMiB === null) {
    // A percentage is then one of the whole node's memory.
    return mib > 0 || percent === 0
      ? []
      : [
          {
            path: `${path}.limit_percentage`,
            message: `is ${percent} of the node's memory, since the container has no memory limit`,
            fix: "resources: {limits: {memory: 512Mi}} in the container",
          },
        ];
  }
  // limit_mib wins over the percentage.
  const hard = mib > 0 ? mib : (memoryLimitMiB * percent) / 100;
  const key = mib > 0 ? "limit_mib" : "limit_percentage";
  if (hard > memoryLimitMiB * 0.9) {
    const fix = mib > 0 ? `limit_mib: ${Math.floor(memoryLimitMiB * 0.8)}` : "limit_percentage: 80";
    return [
      {
        path: `${path}.${key}`,
        message: `is ${config[key]}, more than 90 % of the container's ${memoryLimitMiB} MiB`,
        fix,
      },
    ];
  }
  const spike =
    mib > 0
      ? numberOr(config["spike_limit_mib"], mib * 0.2)
      : numberOr(config["spike_limit_percentage"], percent * 0.2);
  if (spike === undefined || goMemLimitMiB === undefined || hard === 0) return [];
  const soft = mib > 0 ? hard - spike : (memoryLimitMiB * (percent - spike)) / 100;
  // Below the soft limit the runtime collects without pause, and nobody is told to wait.
  return goMemLimitMiB < soft
    ? [
        {
          path: `${path}.${key}`,
          message: `makes it refuse at ${Math.round(soft)} MiB, but GOMEMLIMIT is ${goMemLimitMiB} MiB`,
          fix: `GOMEMLIMIT=${Math.floor(memoryLimitMiB * 0.8)}MiB`,
        },
      ]
    : [];
}

export const memoryRules: readonly Rule[] = [limiterFirst, limits];
