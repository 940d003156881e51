import { type Connector, extra, type PipelineOf, pipelineId, type Signal } from "../component.ts";
import type { Duration, NonEmpty, SendingQueue } from "./sending-queue.ts";

/**
 * A pipeline that a connector sends to, by its id. A pipeline that receives from the connector can't be held by it
 * (each would be part of the other), so name it once and build the pipeline from the same value: `{ ...ref, receivers: [router], ... }`.
 */
export type PipelineRef<S extends Signal = Signal> = Pick<PipelineOf<S>, "signal" | "name">;

/** A label of span metrics: one attribute, with a value for spans that lack it, or all attributes that a glob matches. */
export type Dimension =
  | { readonly name: string; readonly default?: string; readonly glob?: never }
  | { readonly glob: string; readonly name?: never; readonly default?: never };

export interface SpanMetricsArgs {
  /** Labels beside service.name, span.name, span.kind and status.code. Each multiplies the series: name only what has few values. */
  readonly dimensions?: readonly Dimension[];
  /** More labels for the calls counter alone. */
  readonly calls_dimensions?: readonly Dimension[];
  readonly exclude_dimensions?: readonly string[];
  readonly histogram?: HistogramArgs;
  /** Series of one resource; what is beyond it is counted in one overflow series. Upstream's default: 0, no limit. */
  readonly aggregation_cardinality_limit?: number;
  /** Resources whose metrics are kept. Upstream's default: 1000. */
  readonly resource_metrics_cache_size?: number;
  /** What tells resources apart. Name what survives a restart, else each restart starts new counters. Upstream's default: all attributes. */
  readonly resource_metrics_key_attributes?: readonly string[];
  /** Copies all resource attributes to the metrics. Upstream's default: false. */
  readonly add_resource_attributes?: boolean;
  readonly aggregation_temporality?: "AGGREGATION_TEMPORALITY_CUMULATIVE" | "AGGREGATION_TEMPORALITY_DELTA";
  /** Upstream's default: 60s. */
  readonly metrics_flush_interval?: Duration;
  /** Forgets a resource that sent no span for so long. Upstream's default: 0s, never. */
  readonly metrics_expiration?: Duration;
  /** Forgets a series that no span touched for so long. Upstream's default: 0s, never. */
  readonly series_expiration?: Duration;
  /** Prefix of the metrics' names. Upstream's default: traces.span.metrics. */
  readonly namespace?: string;
  /** Trace ids beside the numbers. Upstream's default: off, 5 for each data point. */
  readonly exemplars?: { readonly enabled: boolean; readonly max_per_data_point?: number };
  /** Counts span events by these attributes. */
  readonly events?: { readonly enabled: false } | { readonly enabled: true; readonly dimensions: NonEmpty<Dimension> };
  readonly include_instrumentation_scope?: readonly string[];
}

/** Durations by fixed limits or by an exponential scale, not both. */
export type HistogramArgs = {
  /** Calls only, no durations. Upstream's default: false. */
  readonly disable?: boolean;
  /** Upstream's default: ms. Readers (Jaeger, dashboards) must expect the same. */
  readonly unit?: "ms" | "s";
  readonly dimensions?: readonly Dimension[];
} & (
  | { readonly explicit: { readonly buckets: NonEmpty<Duration> }; readonly exponential?: never }
  | { readonly exponential: { readonly max_size?: number }; readonly explicit?: never }
  | { readonly explicit?: never; readonly exponential?: never }
);

/**
 * Makes request, error and duration metrics of spans. Takes traces, gives metrics; stand it before any sampling,
 * or it counts what was kept instead of what happened.
 * @see https://github.com/open-telemetry/opentelemetry-collector-contrib/blob/main/connector/spanmetricsconnector/README.md
 */
export function spanMetrics(args: SpanMetricsArgs = {}, name = ""): Connector {
  return extra.connector("span_metrics", { ...args }, name);
}

export type ServiceGraphArgs = {
  /** Labels beside client, server, failed and connection_type. */
  readonly dimensions?: readonly string[];
  /** Half edges in wait for their other span. Upstream's defaults: 1000 items, 2s; too few lose edges. */
  readonly store?: { readonly max_items?: number; readonly ttl?: Duration };
  /** Upstream's default: 1m. */
  readonly cache_loop?: Duration;
  /** Upstream's default: 2s. */
  readonly store_expiration_loop?: Duration;
  /** Attributes that name a peer which sends no spans, the best first. */
  readonly virtual_node_peer_attributes?: readonly string[];
  readonly virtual_node_extra_label?: boolean;
  readonly database_name_attributes?: readonly string[];
  /** `0s` flushes with each request. Upstream's default: 60s. */
  readonly metrics_flush_interval?: Duration;
  /** Shifts the metrics' time into the past. Upstream's default: 0s. */
  readonly metrics_timestamp_offset?: Duration;
} & (
  | { readonly latency_histogram_buckets: NonEmpty<Duration>; readonly exponential_histogram_max_size?: never }
  | { readonly exponential_histogram_max_size: number; readonly latency_histogram_buckets?: never }
  | { readonly latency_histogram_buckets?: never; readonly exponential_histogram_max_size?: never }
);

/**
 * Makes metrics of who calls whom, by pairing client and server spans. Both spans of a call must come to the same Collector.
 * @see https://github.com/open-telemetry/opentelemetry-collector-contrib/blob/main/connector/servicegraphconnector/README.md
 */
export function serviceGraph(args: ServiceGraphArgs = {}, name = ""): Connector {
  return extra.connector("service_graph", { ...args }, name);
}

/** Where data goes that meets a condition. */
export interface Route<S extends Signal> {
  /** What the condition is asked of. Upstream's default: found from the paths in the condition, before that resource. */
  readonly context?: "resource" | "span" | "metric" | "datapoint" | "log";
  /** An OTTL condition, such as `resource.attributes["tenant"] == "a"`. */
  readonly condition: string;
  /** Whether later routes see the data too. Upstream's default: move, they don't. */
  readonly action?: "move" | "copy";
  readonly pipelines: NonEmpty<PipelineRef<S>>;
}

interface RoutesOf<S extends Signal> {
  readonly table: NonEmpty<Route<S>>;
  /** Where the rest goes. Without it the rest is dropped. */
  readonly default_pipelines?: NonEmpty<PipelineRef<S>>;
  /** Upstream's default: ignore from 0.157, propagate before, which drops the request. */
  readonly error_mode?: "ignore" | "silent" | "propagate";
}

/** All pipelines are of one signal. */
export type RoutingArgs = { [S in Signal]: RoutesOf<S> }[Signal];

/**
 * Sends data to pipelines of its own signal by what stands in it.
 * @see https://github.com/open-telemetry/opentelemetry-collector-contrib/blob/main/connector/routingconnector/README.md
 */
export function routing(args: RoutingArgs, name = ""): Connector {
  const { table, default_pipelines, ...rest } = args;
  const config = {
    ...rest,
    ...(default_pipelines && { default_pipelines: default_pipelines.map(pipelineId) }),
    table: table.map((route) => ({ ...route, pipelines: route.pipelines.map(pipelineId) })),
  };
  return extra.connector("routing", config, name);
}

interface LevelsOf<S extends Signal> {
  /** Pipelines by preference. All of a level get the data, and the level fails when one of them does. */
  readonly priority_levels: NonEmpty<NonEmpty<PipelineRef<S>>>;
  /** How often a better level is tried again. Upstream's default: 10m. */
  readonly retry_interval?: Duration;
  /** A queue before all levels. It drops what no level takes, since nothing tries again. Default: none; upstream's: one in memory. */
  readonly sending_queue?: SendingQueue;
}

/** All pipelines are of one signal. */
export type FailoverArgs = { [S in Signal]: LevelsOf<S> }[Signal];

/**
 * Sends to the first level of pipelines that takes the data. The exporters behind every level but the last must fail fast: without a queue,
 * with a short retry. One behind the last may keep on disk what no other took.
 * @see https://github.com/open-telemetry/opentelemetry-collector-contrib/blob/main/connector/failoverconnector/README.md
 */
export function failover(args: FailoverArgs, name = ""): Connector {
  const config = {
    sending_queue: { enabled: false },
    ...args,
    priority_levels: args.priority_levels.map((level) => level.map(pipelineId)),
  };
  return extra.connector("failover", config, name);
}

/**
 * Joins pipelines of one signal: what one sends, the others receive.
 * @see https://github.com/open-telemetry/opentelemetry-collector/blob/main/connector/forwardconnector/README.md
 */
export function forward(name = ""): Connector {
  return extra.connector("forward", {}, name);
}
