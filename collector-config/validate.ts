import { clashes, isLoopback, listeners } from "./listeners.ts";
import { type CollectorConfig, type Components, fields, typeOf } from "./types.ts";

/** One kind of mistake: the problems of that kind in a configuration, one sentence each. */
export type Check = (config: CollectorConfig) => string[];

/** Everything that is checked, by a stable name. The Collector's own `validate` finds only some of it. */
export const checks = {
  references: referenceProblems,
  pipelines: pipelineProblems,
  "memory-limiter": limiterProblems,
  order: orderProblems,
  "no-batch": batchProblems,
  queues: queueProblems,
  addresses: addressProblems,
  ports: portProblems,
  storage: storageProblems,
} as const satisfies Record<string, Check>;

/** Everything that is wrong with a configuration, one sentence each; empty when it is sound. */
export function validateConfig(config: CollectorConfig): string[] {
  return Object.values(checks).flatMap((check) => check(config));
}

/** Components named but not defined, and components defined but not used. */
function referenceProblems(config: CollectorConfig): string[] {
  const pipelines = Object.entries(config.service.pipelines);
  const used = (part: "receivers" | "processors" | "exporters") =>
    pipelines.flatMap(([pipeline, parts]) => (parts[part] ?? []).map((id) => ({ id, where: `pipeline ${pipeline}` })));
  const connectors = config.connectors ?? {};
  const enabled = config.service.extensions ?? [];
  return [
    ...compare("receiver", used("receivers"), config.receivers, connectors),
    ...compare("processor", used("processors"), config.processors ?? {}),
    ...compare("exporter", used("exporters"), config.exporters, connectors),
    ...compare(
      "extension",
      enabled.map((id) => ({ id, where: "service" })),
      config.extensions ?? {},
    ),
  ];
}

function compare(
  kind: string,
  used: readonly { id: string; where: string }[],
  defined: Components,
  alsoDefined: Components = {},
): string[] {
  const missing = used.filter(({ id }) => !Object.hasOwn(defined, id) && !Object.hasOwn(alsoDefined, id));
  const unused = Object.keys(defined).filter((id) => !used.some((use) => use.id === id));
  return [
    ...missing.map(({ id, where }) => `${where} names the ${kind} ${id}, which is not defined`),
    ...unused.map((id) => `the ${kind} ${id} is defined but not used`),
  ];
}

function pipelineProblems(config: CollectorConfig): string[] {
  return Object.entries(config.service.pipelines).flatMap(([name, { receivers, exporters }]) => [
    ...(receivers.length === 0 ? [`pipeline ${name} has no receiver`] : []),
    ...(exporters.length === 0 ? [`pipeline ${name} has no exporter`] : []),
  ]);
}

/** Jaeger's own pipeline is free of it: its memory never shrinks below the stored traces, so a limiter would refuse for ever. */
function limiterProblems(config: CollectorConfig): string[] {
  return Object.entries(config.service.pipelines)
    .filter(([, { exporters }]) => !exporters.some((id) => typeOf(id) === "jaeger_storage_exporter"))
    .filter(([, { processors }]) => typeOf(processors?.[0] ?? "") !== "memory_limiter")
    .map(([name]) => `pipeline ${name} does not begin with memory_limiter`);
}

function orderProblems(config: CollectorConfig): string[] {
  return Object.entries(config.service.pipelines).flatMap(([name, { processors = [] }]) => {
    const sampling = processors.findIndex((id) => typeOf(id) === "tail_sampling");
    const enriching = processors.findLastIndex((id) => typeOf(id) === "k8s_attributes");
    return sampling !== -1 && enriching > sampling
      ? [`pipeline ${name} has k8s_attributes after tail_sampling, where the sender is no longer known`]
      : [];
  });
}

function batchProblems(config: CollectorConfig): string[] {
  return Object.entries(config.service.pipelines)
    .filter(([, { processors = [] }]) => processors.some((id) => typeOf(id) === "batch"))
    .map(
      ([name]) => `pipeline ${name} uses the deprecated processor batch, which acknowledges spans before they are safe`,
    );
}

function queueProblems(config: CollectorConfig): string[] {
  const problems: string[] = [];
  for (const [id, exporter] of Object.entries(config.exporters)) {
    const queue = fields(exporter?.["sending_queue"]);
    const storage = queue["storage"];
    if (typeof storage === "string" && !(config.service.extensions ?? []).includes(storage)) {
      problems.push(`exporter ${id} keeps its queue in ${storage}, which is not among the service's extensions`);
    }
    if (typeof storage === "string" && queue["wait_for_result"] === true) {
      problems.push(`exporter ${id} has a queue on disk and wait_for_result, which the Collector refuses together`);
    }
    const batch = fields(queue["batch"]);
    const { min_size: least, max_size: most } = batch;
    const size = queue["queue_size"];
    if (typeof least === "number" && typeof most === "number" && most > 0 && most < least) {
      problems.push(`exporter ${id} has batch max_size ${most} below its min_size ${least}`);
    }
    const sameUnit = (batch["sizer"] ?? queue["sizer"]) === queue["sizer"];
    if (sameUnit && typeof least === "number" && typeof size === "number" && size < least) {
      problems.push(`exporter ${id} has queue_size ${size} below the batch's min_size ${least}, so no batch fills`);
    }
  }
  return problems;
}

function addressProblems(config: CollectorConfig): string[] {
  return listeners(config)
    .filter(({ path, host }) => path.startsWith("receivers.") && host !== "${env:POD_IP}" && !isLoopback(host))
    .map(({ path, host }) => `${path} listens on ${host || "every address"} instead of the pod IP`);
}

function portProblems(config: CollectorConfig): string[] {
  const all = listeners(config);
  return all.flatMap((one, index) => {
    const other = all.slice(0, index).find((earlier) => clashes(earlier, one));
    return other ? [`${other.path} and ${one.path} both listen on port ${one.port}`] : [];
  });
}

function storageProblems(config: CollectorConfig): string[] {
  const backends = fields(fields(config.extensions?.["jaeger_storage"])["backends"]);
  const queried = fields(fields(config.extensions?.["jaeger_query"])["storage"])["traces"];
  const written = Object.entries(config.exporters).map(([id, exporter]) => [id, exporter?.["trace_storage"]] as const);
  return [["jaeger_query", queried] as const, ...written].flatMap(([id, storage]) =>
    typeof storage === "string" && !Object.hasOwn(backends, storage)
      ? [`${id} names the storage ${storage}, which jaeger_storage does not define`]
      : [],
  );
}
