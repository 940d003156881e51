import { extra, type Receiver } from "../component.ts";
import { ports } from "../ports.ts";
import type { ComponentConfig } from "../types.ts";
import type { Auth, HttpServer, TlsServer } from "./connection.ts";
import type { KafkaClient, KafkaEncoding, KafkaTraceEncoding } from "./kafka.ts";
import type { Duration, NonEmpty, RetryOnFailure } from "./sending-queue.ts";

export interface OtlpReceiverArgs {
  /** An address as it stands in front of a port. Both protocols listen on it: gRPC on 4317, HTTP on 4318. */
  readonly host: string;
  /** For both protocols. */
  readonly tls?: TlsServer;
  /** For both protocols. */
  readonly auth?: Auth;
  /** The largest request to take, for both protocols; larger ones are refused with an error that SDKs do not retry. Default: 16. */
  readonly max_recv_msg_size_mib?: number;
  /** Hands request headers on, for what partitions or routes by them. Upstream's default: false. */
  readonly include_metadata?: boolean;
  /** Ends gRPC connections after a time, so that clients spread anew over the replicas. */
  readonly keepalive?: {
    readonly server_parameters: {
      readonly max_connection_age?: Duration;
      readonly max_connection_age_grace?: Duration;
      readonly max_connection_idle?: Duration;
    };
  };
  /** Which pages may send from a browser, over HTTP. */
  readonly cors?: HttpServer["cors"];
  /** Keeps HTTP connections for the next request. Upstream's default: true. */
  readonly keep_alives_enabled?: boolean;
}

/**
 * Takes OTLP over gRPC and HTTP.
 * @see https://github.com/open-telemetry/opentelemetry-collector/blob/main/receiver/otlpreceiver/README.md
 */
export function otlpReceiver(args: OtlpReceiverArgs, name = ""): Receiver {
  const { host, keepalive, cors, keep_alives_enabled: kept, max_recv_msg_size_mib: mib = 16, ...both } = args;
  const grpc = {
    endpoint: `${host}:${ports.otlpGrpc}`,
    max_recv_msg_size_mib: mib,
    ...both,
    ...(keepalive && { keepalive }),
  };
  const http = {
    endpoint: `${host}:${ports.otlpHttp}`,
    max_request_body_size: mib * 1024 * 1024,
    ...both,
    ...(cors && { cors }),
    ...(kept !== undefined && { keep_alives_enabled: kept }),
  };
  return extra.receiver("otlp", { protocols: { grpc, http } }, name);
}

/** One scrape job, with the keys of Prometheus's own configuration; `$` in a `replacement` is written `$$`. */
export interface ScrapeConfig {
  readonly job_name: string;
  readonly scrape_interval?: Duration;
  readonly scrape_timeout?: Duration;
  readonly metrics_path?: string;
  readonly scheme?: "http" | "https";
  readonly honor_labels?: boolean;
  readonly static_configs?: readonly {
    readonly targets: NonEmpty<string>;
    readonly labels?: Readonly<Record<string, string>>;
  }[];
  readonly kubernetes_sd_configs?: readonly {
    readonly role: "node" | "pod" | "service" | "endpoints" | "endpointslice" | "ingress";
    readonly namespaces?: { readonly own_namespace?: boolean; readonly names?: readonly string[] };
    readonly selectors?: readonly { readonly role: string; readonly label?: string; readonly field?: string }[];
  }[];
  readonly relabel_configs?: readonly RelabelConfig[];
  readonly metric_relabel_configs?: readonly RelabelConfig[];
  readonly tls_config?: ComponentConfig;
  readonly authorization?: { readonly type?: string; readonly credentials_file: string };
}

export interface RelabelConfig {
  readonly source_labels?: readonly string[];
  readonly separator?: string;
  readonly regex?: string;
  readonly modulus?: number;
  readonly target_label?: string;
  readonly replacement?: string;
  readonly action?:
    | "replace"
    | "lowercase"
    | "uppercase"
    | "keep"
    | "drop"
    | "keepequal"
    | "dropequal"
    | "hashmod"
    | "labelmap"
    | "labeldrop"
    | "labelkeep";
}

export interface PrometheusReceiverArgs {
  readonly config: {
    readonly global?: {
      /** Prometheus's default: 1m. */
      readonly scrape_interval?: Duration;
      readonly scrape_timeout?: Duration;
      readonly external_labels?: Readonly<Record<string, string>>;
    };
    readonly scrape_configs: NonEmpty<ScrapeConfig>;
  };
  /** Takes unit and type suffixes off the names. Upstream's default: false. */
  readonly trim_metric_suffixes?: boolean;
}

/**
 * Scrapes metrics as Prometheus does. Every replica scrapes every target, so keep it to one replica or shard the targets.
 * @see https://github.com/open-telemetry/opentelemetry-collector-contrib/blob/main/receiver/prometheusreceiver/README.md
 */
export function prometheusReceiver(args: PrometheusReceiverArgs, name = ""): Receiver {
  return extra.receiver("prometheus", { ...args }, name);
}

export interface ZipkinReceiverArgs extends HttpServer {
  /** Reads numbers and booleans out of tags, which Zipkin keeps as text. Upstream's default: false. */
  readonly parse_string_tags?: boolean;
}

/**
 * Takes Zipkin spans, v1 and v2, as JSON, Thrift or protobuf.
 * @see https://github.com/open-telemetry/opentelemetry-collector-contrib/blob/main/receiver/zipkinreceiver/README.md
 */
export function zipkinReceiver(args: ZipkinReceiverArgs, name = ""): Receiver {
  return extra.receiver("zipkin", { ...args }, name);
}

interface KafkaSource<Encoding> {
  /** From 0.142; before that upstream knew one `topic`. Names that begin with `^` are regular expressions. */
  readonly topics: NonEmpty<string>;
  /** Upstream's default: otlp_proto. */
  readonly encoding?: Encoding;
}

export interface KafkaReceiverArgs extends KafkaClient {
  /** Upstream's default topics: otlp_spans, otlp_metrics, otlp_logs. */
  readonly traces?: KafkaSource<KafkaTraceEncoding | "zipkin_thrift">;
  readonly metrics?: KafkaSource<KafkaEncoding>;
  readonly logs?: KafkaSource<KafkaEncoding | "raw" | "text" | "json">;
  /** Replicas of one group share the partitions. Upstream's default: otel-collector. */
  readonly group_id?: string;
  /** Where a new group begins. Upstream's default: latest. */
  readonly initial_offset?: "latest" | "earliest";
  /** Upstream's default: on, 1s. */
  readonly autocommit?: { readonly enable: boolean; readonly interval?: Duration };
  /** `after` marks a record only when the pipeline took it; else a crash loses what was under way. Upstream's default: before. */
  readonly message_marking?: {
    readonly after: boolean;
    /** Marks also what failed; false blocks the partition on it. Upstream's default: false. */
    readonly on_error?: boolean;
    /** The same for failures that will not pass. Upstream's default: as `on_error`. */
    readonly on_permanent_error?: boolean;
  };
  /** Hands record headers on as request metadata. */
  readonly header_extraction?: { readonly extract_headers: boolean; readonly headers?: readonly string[] };
  /** Waits and tries again when the pipeline refuses. Upstream's default: off. */
  readonly error_backoff?: RetryOnFailure;
}

/**
 * Reads what a Collector or SDK put into Kafka.
 * @see https://github.com/open-telemetry/opentelemetry-collector-contrib/blob/main/receiver/kafkareceiver/README.md
 */
export function kafkaReceiver(args: KafkaReceiverArgs, name = ""): Receiver {
  return extra.receiver("kafka", { ...args }, name);
}
