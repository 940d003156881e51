import { describe, judge } from "../collector-config/rules/judge.ts";
import type { Context, Problem } from "../collector-config/rules/rule.ts";
import { missingComponents, versionProblem } from "../collector-config/versions.ts";
import { maskedIn } from "../common/credentials.ts";
import { UserError } from "../common/errors.ts";
import { fields } from "../common/objects.ts";
import type { DerivedPart } from "./part.ts";
import { goMemLimitMiB } from "./profiles.ts";
import type { Settings } from "./settings/settings.ts";
import { queueMount, type Topology } from "./topology.ts";
import { findValidator, validateForReal } from "./validator.ts";

type PartName = "agent" | "gateway" | "jaeger";

function partsOf({ agent, gateway, jaeger }: Topology): readonly (readonly [PartName, DerivedPart])[] {
  return [["agent", agent], ["gateway", gateway], ...jaeger.map((part) => ["jaeger", part] as const)];
}

/**
 * Everything that our rules and the table of versions find wrong with the configurations, a sentence each that names the setting to change.
 * Throws an Error for a fault that no setting caused, which is one of this program.
 */
export function topologyProblems(settings: Settings, topology: Topology): string[] {
  const version = versionProblem(settings.collectorImage);
  const problems = partsOf(topology).flatMap(([name, part]) => {
    const found = judge(part.config, contextOf(name, part, settings, topology)).filter(
      ({ severity, id }) => severity === "error" && (name === "jaeger" || id !== "components"),
    );
    // Said once, with the line that a user of settings writes.
    const missing = name === "jaeger" ? [] : missingComponents(part.config, part.image);
    return [...found.map((problem) => sentence(name, settings, problem)), ...missing];
  });
  return [...(version === undefined ? [] : [version]), ...problems];
}

/**
 * The same, and what the real Collector of the pinned version says where one is at hand.
 * @returns what could not be asked of it, for people; empty when all was judged
 * @throws UserError with every problem
 */
export async function checkTopology(settings: Settings, topology: Topology): Promise<string[]> {
  const ours = topologyProblems(settings, topology);
  const problems = [...ours];
  const notes: string[] = [];
  const validator = await findValidator(settings.collectorImage);
  for (const name of ["agent", "gateway"] as const) {
    if (validator === undefined) break;
    const part = topology[name];
    const verdict = await validateForReal(part.config, validator);
    if (verdict.kind === "not judged") notes.push(`the configuration of ${part.name} was not judged: ${verdict.why}`);
    // Our own rules say the same better.
    if (verdict.kind === "refused" && ours.length === 0) {
      problems.push(
        `${blamed(name, settings, verdict.path)} is refused by the Collector: ${maskedIn(`${verdict.path} ${verdict.message}`.trim())}. Write: ${undoLine(name, settings, verdict.path)}`,
      );
    }
  }
  if (problems.length > 0) throw new UserError([...new Set(problems)]);
  return notes;
}

/** What our rules are told of the place where a part runs. */
export function contextOf(name: PartName, part: DerivedPart, settings: Settings, topology: Topology): Context {
  const onDisk = name === "gateway" && topology.volumeGiB !== undefined;
  const { spansPerSecond = 1_000, tailSampling } = settings;
  return {
    memoryLimitMiB: part.resources.memoryLimit,
    goMemLimitMiB: goMemLimitMiB(part.resources),
    replicas: (name === "gateway" ? settings.gatewayMaxReplicas : undefined) ?? part.replicas,
    servicePorts: part.offers.map(({ port }) => port),
    volumeMounts: [onDisk ? queueMount : part.volume].flatMap((path) => (path ? [{ path, persistent: true }] : [])),
    fsGroup: 10001,
    env: ["POD_IP", "POD_NAME", "NODE_NAME", "GOMEMLIMIT", ...part.variables.map(({ name: variable }) => variable)],
    ...(name === "gateway" && { tracesPerSecond: spansPerSecond / part.replicas }),
    ...(name === "gateway" && tailSampling && { upstreamRouting: "trace-id" as const }),
    ...(name === "agent" && { role: "agent" as const }),
    ...(name === "gateway" && { role: onDisk ? ("durable-gateway" as const) : ("gateway" as const) }),
    image: part.image,
    alone: true,
  };
}

function sentence(name: PartName, settings: Settings, problem: Problem): string {
  const setting = settingOf(name, settings, problem.path);
  if (setting === undefined) throw new Error(`configuration of ${name}: ${describe(problem)}`);
  return `throughline:${setting}: ${describe(problem)}`;
}

function blamed(name: PartName, settings: Settings, path: string): string {
  const setting = settingOf(name, settings, path);
  return setting === undefined ? `the configuration of ${name}` : `throughline:${setting}`;
}

function undoLine(name: PartName, settings: Settings, path: string): string {
  const setting = settingOf(name, settings, path) ?? "collectorImage";
  return `pulumi config rm throughline:${setting}`;
}

/** The setting that put this into a configuration, or undefined for what is always there. */
function settingOf(name: PartName, settings: Settings, path: string): string | undefined {
  const extra = name === "agent" ? settings.agentExtra : name === "gateway" ? settings.gatewayExtra : undefined;
  if (extra !== undefined && (path === "" || mentions(extra, path))) return `${name}Extra`;
  const backend = /^exporters\.(?:\w+\/)?(zipkin|elasticsearch|opensearch|kafka|prometheus|other)/.exec(path)?.[1];
  if (backend === "other") return "otlp";
  if (backend !== undefined) return backend;
  if (path.startsWith("connectors.")) return "prometheus";
  if (path.startsWith("processors.tail_sampling")) return "tailSampling";
  if (path.startsWith("processors.redaction")) return "redact";
  if (/\.tls(\.|$)/.test(path)) return "tls";
  // Ours alone is sound: such as a port of ours that an added receiver has taken.
  return extra === undefined ? undefined : `${name}Extra`;
}

/** Whether a place in a configuration belongs to a user's own component, or to a pipeline that the user changed. */
function mentions(extra: Readonly<Record<string, unknown>>, path: string): boolean {
  const [section = "", ...rest] = path.replace(/^service\./, "").split(".");
  const ids = Object.keys(fields(extra[section]));
  return (
    ids.some((id) => rest.join(".") === id || rest.join(".").startsWith(`${id}.`)) ||
    (section === "extensions" && ids.length > 0)
  );
}
