import { type Exporter, extra } from "../component.ts";
import type { HttpClient, HttpServer } from "./connection.ts";
import type { KafkaClient, KafkaEncoding, KafkaTraceEncoding } from "./kafka.ts";
import type { Delivery, Duration, NonEmpty, RetryOnFailure, SendingQueue } from "./sending-queue.ts";

interface KafkaTarget<Encoding> {
  /** Upstream's defaults: otlp_spans, otlp_metrics, otlp_logs. */
  readonly topic?: string;
  /** Upstream's default: otlp_proto. */
  readonly encoding?: Encoding;
}

export interface KafkaExporterArgs extends KafkaClient, Delivery {
  readonly traces?: KafkaTarget<KafkaTraceEncoding>;
  readonly metrics?: KafkaTarget<KafkaEncoding>;
  readonly logs?: KafkaTarget<KafkaEncoding | "raw">;
  /** The trace id as record key, so that a trace stays in one partition. Upstream's default: false. */
  readonly partition_traces_by_id?: boolean;
  readonly partition_metrics_by_resource_attributes?: boolean;
  readonly producer?: {
    /** Bytes of the largest record; the broker has a limit too. Upstream's default: 1000000. */
    readonly max_message_bytes?: number;
    /** Who must have the record before it counts as sent. Upstream's default: 1, the leader alone. */
    readonly required_acks?: 0 | 1 | "all";
    /** Upstream's default: none. */
    readonly compression?: "none" | "gzip" | "snappy" | "lz4" | "zstd";
    /** Upstream's default: 10000. */
    readonly flush_max_messages?: number;
    /** Upstream's default: 10ms. */
    readonly linger?: Duration;
    /** Upstream's default: true. */
    readonly allow_auto_topic_creation?: boolean;
  };
}

/**
 * Puts data into Kafka topics.
 * @see https://github.com/open-telemetry/opentelemetry-collector-contrib/blob/main/exporter/kafkaexporter/README.md
 */
export function kafkaExporter(args: KafkaExporterArgs, name = ""): Exporter {
  return extra.exporter("kafka", { ...args }, name);
}

export interface ZipkinExporterArgs extends HttpClient, Omit<Delivery, "timeout"> {
  /** Full URL, such as `http://zipkin:9411/api/v2/spans`. */
  readonly endpoint: string;
  /** Upstream's default: json. */
  readonly format?: "json" | "proto";
  /** For spans without service.name. Upstream's default: `<missing service name>`. */
  readonly default_service_name?: string;
}

/**
 * Sends spans to Zipkin.
 * @see https://github.com/open-telemetry/opentelemetry-collector-contrib/blob/main/exporter/zipkinexporter/README.md
 */
export function zipkinExporter(args: ZipkinExporterArgs, name = ""): Exporter {
  return extra.exporter("zipkin", { ...args }, name);
}

/** A user with password, or an API key, or an authenticator; upstream's `auth` is of the HTTP client. Secrets by `${env:NAME}`. */
type ElasticsearchLogin =
  | { readonly user: string; readonly password: string; readonly api_key?: never; readonly auth?: never }
  | { readonly api_key: string; readonly user?: never; readonly password?: never; readonly auth?: never }
  | {
      readonly user?: never;
      readonly password?: never;
      readonly api_key?: never;
      readonly auth?: NonNullable<HttpClient["auth"]>;
    };

export type ElasticsearchExporterArgs = Omit<HttpClient, "auth"> &
  ElasticsearchLogin &
  (
    | { readonly endpoints: NonEmpty<string>; readonly cloudid?: never }
    | { readonly cloudid: string; readonly endpoints?: never }
  ) & {
    /** One index for all instead of data streams by dataset and namespace, which upstream prefers. */
    readonly traces_index?: string;
    readonly metrics_index?: string;
    readonly logs_index?: string;
    /** Ingest pipeline. */
    readonly pipeline?: string;
    /** Document shapes that a request may ask for; the first is the default when otel is not among them. Upstream's default: all, otel. */
    readonly mapping?: { readonly allowed_modes: NonEmpty<"otel" | "ecs" | "none" | "raw" | "bodymap"> };
    /** Retries of the client itself; not `retry_on_failure`. */
    readonly retry?: {
      readonly enabled?: boolean;
      /** Upstream's default: 2; what fails oftener is dropped. */
      readonly max_retries?: number;
      /** Upstream's default: 100ms. */
      readonly initial_interval?: Duration;
      /** Upstream's default: 1m. */
      readonly max_interval?: Duration;
      /** Upstream's default: 429. */
      readonly retry_on_status?: readonly number[];
    };
    readonly sending_queue?: SendingQueue;
  };

/**
 * Writes documents into Elasticsearch, 7.17 and later; the default document shape asks for 8.12.
 * @see https://github.com/open-telemetry/opentelemetry-collector-contrib/blob/main/exporter/elasticsearchexporter/README.md
 */
export function elasticsearchExporter(args: ElasticsearchExporterArgs, name = ""): Exporter {
  return extra.exporter("elasticsearch", { ...args }, name);
}

/** The shape of the documents. `otel-v1` is the one that OpenSearch's own dashboards read, and names its indices itself. */
type OpensearchDocuments =
  | {
      readonly mapping?: { readonly mode: "ss4o" | "ecs" | "flatten_attributes" | "bodymap" };
      /** Part of `ss4o_{type}-{dataset}-{namespace}`. Upstream's default: default. */
      readonly dataset?: string;
      /** Upstream's default: namespace. */
      readonly namespace?: string;
    }
  | {
      /** From 0.154; `manage_index_template`, which makes the index templates on start, from 0.157. */
      readonly mapping: { readonly mode: "otel-v1"; readonly manage_index_template?: boolean };
      readonly dataset?: never;
      readonly namespace?: never;
    };

export type OpensearchExporterArgs = Delivery &
  OpensearchDocuments & {
    readonly http: HttpClient & { readonly endpoint: string };
    readonly traces_index?: string;
    /** Appended to the index's name, such as `yyyy.MM.dd`. */
    readonly traces_index_time_format?: string;
    readonly logs_index?: string;
    readonly logs_index_time_format?: string;
    /** Upstream's default: create, which data streams ask for. */
    readonly bulk_action?: "create" | "index";
    /** Ingest pipeline. */
    readonly pipeline?: string;
  };

/**
 * Writes documents into OpenSearch.
 * @see https://github.com/open-telemetry/opentelemetry-collector-contrib/blob/main/exporter/opensearchexporter/README.md
 */
export function opensearchExporter(args: OpensearchExporterArgs, name = ""): Exporter {
  return extra.exporter("opensearch", { ...args }, name);
}

/** How names become Prometheus's. Upstream's default: underscores, with unit and type suffixes. */
type Escaped = "UnderscoreEscapingWithSuffixes" | "UnderscoreEscapingWithoutSuffixes";

interface ResourceLabels {
  /** Puts resource attributes on every series as labels. Upstream's default: false; then they stand in target_info alone. */
  readonly resource_to_telemetry_conversion?: {
    readonly enabled: boolean;
    /** Leaves out those that `job` and `instance` already say. */
    readonly exclude_service_attributes?: boolean;
  };
}

export interface PrometheusExporterArgs extends HttpServer, ResourceLabels {
  /** Prefix of every name. */
  readonly namespace?: string;
  readonly const_labels?: Readonly<Record<string, string>>;
  /** Upstream's default: false. */
  readonly send_timestamps?: boolean;
  /** Forgets a series that got nothing for so long. Upstream's default: 5m. */
  readonly metric_expiration?: Duration;
  /** Exemplars come only in this format. Upstream's default: false. */
  readonly enable_open_metrics?: boolean;
  readonly without_scope_info?: boolean;
  readonly translation_strategy?: Escaped | "NoUTF8EscapingWithSuffixes" | "NoTranslation";
}

/**
 * Offers metrics for scraping, path /metrics.
 * @see https://github.com/open-telemetry/opentelemetry-collector-contrib/blob/main/exporter/prometheusexporter/README.md
 */
export function prometheusExporter(args: PrometheusExporterArgs, name = ""): Exporter {
  return extra.exporter("prometheus", { ...args }, name);
}

/** The client's keys stand at the top, or from 0.158 under `http`, where later versions want them. Compression is always snappy. */
type RemoteWriteClient =
  | (Omit<HttpClient, "compression"> & { readonly endpoint: string; readonly http?: never })
  | { readonly http: Omit<HttpClient, "compression"> & { readonly endpoint: string } };

export type PrometheusRemoteWriteExporterArgs = RemoteWriteClient &
  ResourceLabels & {
    readonly namespace?: string;
    /** On every series; each replica of the Collector needs a label of its own, or their samples collide. */
    readonly external_labels?: Readonly<Record<string, string>>;
    readonly retry_on_failure?: RetryOnFailure;
    /** In memory only; this exporter has no `sending_queue`. Upstream's default: 10000 requests; they are lost with the process. */
    readonly remote_write_queue?: {
      readonly enabled?: boolean;
      readonly queue_size?: number;
      readonly num_consumers?: number;
    };
    /** Upstream's default: 3000000. */
    readonly max_batch_size_bytes?: number;
    readonly max_batch_request_parallelism?: number;
    readonly target_info?: { readonly enabled: boolean };
    readonly disable_scope_info?: boolean;
    readonly send_metadata?: boolean;
    readonly translation_strategy?: Escaped;
  };

/**
 * Pushes metrics by Prometheus's remote write, version 1. Cumulative metrics only.
 * @see https://github.com/open-telemetry/opentelemetry-collector-contrib/blob/main/exporter/prometheusremotewriteexporter/README.md
 */
export function prometheusRemoteWriteExporter(args: PrometheusRemoteWriteExporterArgs, name = ""): Exporter {
  return extra.exporter("prometheus_remote_write", { ...args }, name);
}
