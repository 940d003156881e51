import type { Fields } from "../common/objects.ts";
import { assemble } from "./assemble.ts";
import { type Exporter, type Extension, extra, type Receiver } from "./component.ts";
import type { TlsServer } from "./components/connection.ts";
import { kafkaExporter } from "./components/exporters-stores.ts";
import type { KafkaClient } from "./components/kafka.ts";
import { otlpReceiver } from "./components/receivers.ts";
import { type Storage, storageBackend } from "./jaeger-storage.ts";
import { type JaegerVersion, jaegerVersion } from "./jaeger-versions.ts";
import { podIp, ports } from "./ports.ts";
import { limiter, ownMetrics } from "./shared.ts";
import type { CollectorConfig } from "./types.ts";

/** What one pod of Jaeger does: everything, or write what comes in, or write what waits in Kafka, or answer questions. */
export type JaegerRole = "all-in-one" | "collector" | "ingester" | "query";

/** A topic between those who take spans and those who write them. */
export interface Buffer extends Pick<KafkaClient, "brokers" | "tls" | "auth"> {
  readonly topic: string;
}

/** Where the Monitor tab gets its numbers: a Prometheus with the gateway's span metrics, or the spans in the storage. */
export type MonitorSource = { readonly prometheus: string; readonly caFile?: string | undefined } | "storage";

export interface JaegerOptions {
  /** Default: all-in-one. */
  readonly role?: JaegerRole;
  /** Default: - the newest. */
  readonly version?: JaegerVersion;
  readonly storage: Storage;
  /** Where traces go that a user of the UI archives. Default: - nowhere. */
  readonly archive?: Storage | undefined;
  /** Default: - spans go to the storage at once. */
  readonly buffer?: Buffer | undefined;
  /** Default: - no Monitor tab. */
  readonly monitor?: MonitorSource | undefined;
  /** File with sampling strategies, in the pod. Default: - none are served. */
  readonly samplingFile?: string | undefined;
  /** File with settings of the UI, in the pod. Default: - the UI's own. */
  readonly uiFile?: string | undefined;
  /** Path under which the UI and the API stand, such as `/jaeger`. Default: - the root. */
  readonly basePath?: string | undefined;
  /** The header that requests for traces must have, and its values that may pass. Default: - none. */
  readonly tenancy?: { readonly header: string; readonly tenants: readonly string[] } | undefined;
  /** TLS of the door for the gateway. Default: - none. */
  readonly tls?: TlsServer | undefined;
}

/**
 * Jaeger v2 in one of its roles. Nothing collects spans before the storage, so that a failed write reaches the gateway, which keeps
 * them and retries.
 * @see https://www.jaegertracing.io/docs/latest/configuration/
 */
export function jaegerConfig(given: JaegerOptions): CollectorConfig {
  const options = { role: "all-in-one", version: jaegerVersion(undefined), ...given } as const;
  const { role, buffer, samplingFile } = options;
  const takes = role === "all-in-one" || role === "collector";
  const asks = role === "all-in-one" || role === "query";
  const stores = !(role === "collector" && buffer);
  return assemble({
    extensions: [
      extra.extension("healthcheckv2", { use_v2: true, http: { endpoint: `${podIp}:${ports.health}` } }),
      ...(stores ? [storageExtension(options, asks)] : []),
      ...(asks ? [queryExtension(options)] : []),
      ...(takes && samplingFile ? [samplingExtension(samplingFile)] : []),
    ],
    telemetry: ownMetrics,
    pipelines: [
      {
        signal: "traces",
        name: "",
        receivers: [receiver(options)],
        // Whoever only hands on sheds load in time; one that keeps traces in its memory would shed for ever.
        processors: role === "collector" || role === "ingester" ? [limiter] : [],
        exporters: [exporter(options)],
      },
    ],
  });
}

type Whole = JaegerOptions & Required<Pick<JaegerOptions, "role" | "version">>;

function receiver({ role, buffer, version, tls }: Whole): Receiver {
  // A program without a pipeline would not start.
  if (role === "query") return extra.receiver("nop", {});
  if (role !== "ingester") return otlpReceiver({ host: podIp, max_recv_msg_size_mib: 64, ...(tls && { tls }) });
  if (buffer === undefined) throw new Error("an ingester has nothing to read from");
  const { topic, ...client } = buffer;
  return extra.receiver("kafka", {
    ...client,
    traces: version.kafkaTopics === "list" ? { topics: [topic] } : { topic },
    group_id: "throughline-ingester",
    initial_offset: "earliest",
    // A record is done when it is stored, not before; until then it is tried again.
    message_marking: { after: true, on_error: false },
    error_backoff: { enabled: true, initial_interval: "1s", max_interval: "10s", max_elapsed_time: "0s" },
  });
}

function exporter({ role, buffer }: Whole): Exporter {
  if (role === "query") return extra.exporter("nop", {});
  if (role !== "collector" || buffer === undefined) {
    return extra.exporter("jaeger_storage_exporter", { trace_storage: traces });
  }
  const { topic, ...client } = buffer;
  return kafkaExporter({
    ...client,
    traces: { topic },
    // The leader alone could lose what it acknowledged.
    producer: { required_acks: "all", compression: "zstd" },
    // The gateway's queue is the one that keeps spans; one more would answer before Kafka does.
    sending_queue: { enabled: false },
    retry_on_failure: { enabled: false },
  });
}

const traces = "traces";
const archive = "archive";
const metrics = "metrics";

function storageExtension(options: Whole, asks: boolean): Extension {
  const { storage, version } = options;
  const kept = asks ? options.archive : undefined;
  const monitor = asks ? options.monitor : undefined;
  return extra.extension("jaeger_storage", {
    backends: {
      [traces]: storageBackend(storage, version),
      ...(kept && { [archive]: storageBackend(kept, version) }),
    },
    ...(monitor && { metric_backends: { [metrics]: metricBackend(monitor, storage, version) } }),
  });
}

/** The names and the unit under which the gateway's span metrics stand in Prometheus. */
function metricBackend(monitor: MonitorSource, storage: Storage, version: JaegerVersion): Fields {
  if (monitor === "storage") return storageBackend(storage, version);
  return {
    prometheus: {
      endpoint: monitor.prometheus,
      ...(monitor.caFile && { tls: { ca_file: monitor.caFile } }),
      metric_namespace: "traces_span_metrics",
      latency_unit: "ms",
      normalize_calls: true,
      normalize_duration: true,
    },
  };
}

function queryExtension({ archive: kept, monitor, uiFile, basePath, tenancy }: Whole): Extension {
  return extra.extension("jaeger_query", {
    storage: {
      traces,
      ...(kept && { traces_archive: archive }),
      ...(monitor && { metrics }),
    },
    ...(uiFile && { ui: { config_file: uiFile } }),
    ...(basePath && { base_path: basePath }),
    // Capitals, unlike any other key: Jaeger gives these fields no name, and the case of letters counts.
    ...(tenancy && { multi_tenancy: { Enabled: true, Header: tenancy.header, Tenants: [...tenancy.tenants] } }),
    // On every address of the pod: kubectl port-forward enters by loopback.
    http: { endpoint: `:${ports.query}` },
    grpc: { endpoint: `:${ports.queryGrpc}` },
  });
}

function samplingExtension(path: string): Extension {
  return extra.extension("remote_sampling", {
    file: { path, default_sampling_probability: 1 },
    http: { endpoint: `:${ports.sampling}` },
    grpc: { endpoint: `:${ports.samplingGrpc}` },
  });
}
