import { cliService } from "../common/names.ts";
import { assemble, type Spelling } from "./assemble.ts";
import { type Backend, type BackendQueue, backendExporter } from "./backends.ts";
import type { Connector, Exporter, Extension, PipelineOf, Processor } from "./component.ts";
import type { HttpClient, TlsServer } from "./components/connection.ts";
import { forward, serviceGraph, spanMetrics } from "./components/connectors.ts";
import { prometheusExporter, prometheusRemoteWriteExporter } from "./components/exporters-stores.ts";
import { fileStorage } from "./components/extensions.ts";
import { redaction, transform } from "./components/processors-content.ts";
import { otlpReceiver } from "./components/receivers.ts";
import { type TailSamplingArgs, tailSampling } from "./components/sampling.ts";
import { podIp, ports } from "./ports.ts";
import { health, limiter, ownMetrics } from "./shared.ts";
import type { CollectorConfig } from "./types.ts";

/** Where spans wait for a backend: in memory (lost with the process) or on disk (kept, also through a power cut). */
export type Queue =
  | { readonly kind: "memory"; readonly bytes: number }
  | { readonly kind: "disk"; readonly bytes: number; readonly directory: string };

/** Request, error and duration metrics of all spans, before any sampling. */
export interface RedMetrics {
  /** Whether to offer them on port 8889. */
  readonly scrape: boolean;
  /** Where to push them. Default: - nowhere. */
  readonly remoteWrite?: { readonly endpoint: string } & Pick<HttpClient, "headers" | "tls">;
  /** Span attributes that become labels. */
  readonly dimensions: readonly string[];
}

/** Which whole traces are kept. */
export interface TailSampling {
  /** Share of all traces, 0 to 1. */
  readonly keepShare: number;
  readonly keepErrors: boolean;
  readonly keepSlowerThanMs: number;
  readonly decisionWaitSeconds: number;
  /** Spans per second of the whole cluster: the sampler has room for as many traces, should each have one span. */
  readonly spansPerSecond: number;
}

export interface GatewayOptions {
  /** Where spans go; each gets a queue of its own. */
  readonly backends: readonly [Backend, ...Backend[]];
  /** The queue of each backend. */
  readonly queue: Queue;
  /** Milliseconds to collect spans before they go to a backend. */
  readonly batchDelayMs: number;
  /** TLS of the door for the agents. Default: - none. */
  readonly tls?: TlsServer | undefined;
  /** Default: - no metrics of spans. */
  readonly redMetrics?: RedMetrics | undefined;
  /** Default: - every trace is kept. */
  readonly tailSampling?: TailSampling | undefined;
  /** Regular expressions for names of attributes whose values are masked. */
  readonly redact: readonly string[];
}

/**
 * The gateway: answers the agents as soon as the spans are in its queues, and retries each backend for ever.
 * A full queue makes the agents wait; nothing is dropped. Metrics of spans are made first, then traces are sampled, then masked.
 */
export function gatewayConfig(options: GatewayOptions, spell?: Spelling): CollectorConfig {
  const { queue, redMetrics, tailSampling: sampled } = options;
  const storage = queue.kind === "disk" ? { storage: diskStorage(queue.directory) } : {};
  const backendQueue: BackendQueue = { bytes: queue.bytes, batchDelayMs: options.batchDelayMs, ...storage };
  const exporters = options.backends.map((backend) => backendExporter(backend, backendQueue));
  const red = redMetrics ? [spanMetricsOf(redMetrics), serviceGraphOf()] : [];
  const masked =
    options.redact.length > 0 ? [redaction({ allow_all_keys: true, blocked_key_patterns: options.redact })] : [];
  const rest = [...(sampled ? [tailSampling(samplerArgs(sampled))] : []), ...masked];
  // What the metrics see must be everything, so whatever changes or drops spans needs a pipeline after theirs.
  const split = red.length > 0 && rest.length > 0;
  const joint = forward();
  const first: PipelineOf = {
    signal: "traces",
    name: "",
    receivers: [gatewayReceiver(options)],
    processors: [limiter, ...(split ? [] : rest)],
    exporters: split ? [...red, joint] : [...red, ...exporters],
  };
  const pipelines = [first, ...(split ? [second(joint, rest, exporters)] : []), ...metricsPipelines(red, redMetrics)];
  return assemble({ pipelines, extensions: [health], telemetry: ownMetrics }, spell);
}

function second(joint: Connector, processors: readonly Processor[], exporters: readonly Exporter[]): PipelineOf {
  return { signal: "traces", name: "kept", receivers: [joint], processors, exporters };
}

function gatewayReceiver({ tls }: GatewayOptions) {
  return otlpReceiver({
    host: podIp,
    // An agent's request holds many SDKs' requests.
    max_recv_msg_size_mib: 64,
    ...(tls && { tls }),
  });
}

function metricsPipelines(red: readonly Connector[], metrics: RedMetrics | undefined): PipelineOf[] {
  if (metrics === undefined) return [];
  const { scrape, remoteWrite } = metrics;
  const exporters = [
    ...(scrape ? [prometheusExporter({ endpoint: `${podIp}:${ports.spanMetrics}`, ...labelled })] : []),
    ...(remoteWrite
      ? [
          prometheusRemoteWriteExporter({
            ...remoteWrite,
            // One writer for each series: every gateway counts its own part.
            external_labels: { collector: "${env:POD_NAME}" },
            ...labelled,
          }),
        ]
      : []),
  ];
  return [{ signal: "metrics", name: "spans", receivers: red, processors: [ownResource], exporters }];
}

/** What tells the resources of metrics apart. A counter that starts anew with each pod would make a series for each. */
const keyAttributes = ["service.name", "service.namespace", "k8s.namespace.name"];

/** The connectors hand on the resource of the first span they met: all pods of a service would be counted under that one's name. */
const ownResource = transform(
  {
    error_mode: "ignore",
    metric_statements: [
      {
        context: "resource",
        statements: [
          `keep_keys(attributes, [${[...keyAttributes, "collector.instance.id"].map((key) => `"${key}"`).join(", ")}])`,
        ],
      },
    ],
  },
  "resource",
);

/** Service names as labels, where dashboards and Jaeger look for them. */
const labelled = { resource_to_telemetry_conversion: { enabled: true } } as const;

function spanMetricsOf({ dimensions }: RedMetrics): Connector {
  return spanMetrics({
    dimensions: dimensions.map((name) => ({ name })),
    histogram: {
      unit: "ms",
      explicit: {
        buckets: ["2ms", "5ms", "10ms", "25ms", "50ms", "100ms", "250ms", "500ms", "1s", "2500ms", "5s", "10s"],
      },
    },
    resource_metrics_key_attributes: keyAttributes,
    aggregation_cardinality_limit: 2_000,
    metrics_expiration: "15m",
    metrics_flush_interval: "15s",
  });
}

function serviceGraphOf(): Connector {
  return serviceGraph({ store: { max_items: 10_000, ttl: "5s" }, metrics_flush_interval: "15s" });
}

function samplerArgs(options: TailSampling): TailSamplingArgs {
  const { keepShare, keepErrors, keepSlowerThanMs, decisionWaitSeconds, spansPerSecond } = options;
  return {
    decision_wait: `${decisionWaitSeconds}s`,
    num_traces: Math.max(1_000, spansPerSecond * decisionWaitSeconds),
    expected_new_traces_per_sec: spansPerSecond,
    policies: [
      { name: "share", type: "probabilistic", probabilistic: { sampling_percentage: keepShare * 100 } },
      { name: "slow", type: "latency", latency: { threshold_ms: keepSlowerThanMs } },
      ...(keepErrors
        ? [{ name: "errors", type: "status_code", status_code: { status_codes: ["ERROR"] } } as const]
        : []),
      // Whoever asks for a trace by hand wants to see that one.
      { name: "own", type: "string_attribute", string_attribute: { key: "service.name", values: [cliService] } },
    ],
  };
}

/** The queues of all backends: a file for each. */
function diskStorage(directory: string): Extension {
  return fileStorage({
    directory,
    create_directory: true,
    // Upstream's default is false: then a power cut takes spans that were already acknowledged.
    fsync: true,
    // The file grows during an outage and gives space back only by compaction.
    compaction: { on_start: true, on_rebound: true, directory, cleanup_on_start: true },
  });
}
