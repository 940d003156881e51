import { consumers, timeoutSeconds } from "./budget.ts";
import type { Exporter, Extension } from "./component.ts";
import type { HttpClient, TlsClient } from "./components/connection.ts";
import { debugExporter } from "./components/exporters-local.ts";
import { otlpGrpcExporter, otlpHttpExporter } from "./components/exporters-otlp.ts";
import {
  elasticsearchExporter,
  kafkaExporter,
  opensearchExporter,
  zipkinExporter,
} from "./components/exporters-stores.ts";
import type { RetryOnFailure, SendingQueue } from "./components/sending-queue.ts";
import { tierExporter } from "./tier.ts";

/** How a backend is reached and entered. */
interface Reached {
  readonly endpoint: string;
  /** Value of the HTTP header `authorization`, as `${env:NAME}`. Default: - none. */
  readonly authorization?: string | undefined;
  /** File with the authority that signed the backend's certificate. Default: - the image's own authorities. */
  readonly caFile?: string | undefined;
}

/** Somewhere that spans are sent to. */
export type Backend =
  /** Its endpoint is the `host:port` of its OTLP/HTTP; `slow` where its storage takes spans one by one, so that a large request lasts. */
  | { readonly kind: "jaeger"; readonly endpoint: string; readonly tls: TlsClient; readonly slow?: boolean }
  | ({ readonly kind: "otlp" | "zipkin" } & Reached)
  | ({ readonly kind: "elasticsearch" | "opensearch"; readonly index?: string | undefined } & Reached)
  | {
      readonly kind: "kafka";
      readonly brokers: readonly [string, ...string[]];
      readonly topic: string;
      readonly login?: {
        readonly mechanism: "PLAIN" | "SCRAM-SHA-256" | "SCRAM-SHA-512";
        readonly username: string;
        readonly password: string;
      };
      /** Default: - plain. */
      readonly tls?: TlsClient | undefined;
    }
  | { readonly kind: "debug" };

/** The queue that stands before each backend, of its own, so that one that is dead does not stop the others. */
export interface BackendQueue {
  /** Bytes that may wait for one backend. */
  readonly bytes: number;
  /** Where they wait. Default: - in memory. */
  readonly storage?: Extension;
  /** Milliseconds to collect spans before they are sent. */
  readonly batchDelayMs: number;
}

/** Bytes of the largest request to a backend. */
export const batchBytes = 2_000_000;

/** Retried for ever: what was acknowledged is never given up. */
const retry_on_failure: RetryOnFailure = {
  initial_interval: "1s",
  max_interval: "10s",
  max_elapsed_time: "0s",
};

/** Seconds that one request to a backend may take before it is given up and sent again. */
export function requestSeconds(backend: Backend): number {
  // Jaeger's receiver answers nothing that takes longer.
  return backend.kind === "opensearch" || (backend.kind === "jaeger" && backend.slow) ? 30 : timeoutSeconds;
}

/** The exporter of a backend, with a queue that makes senders wait when it is full. */
export function backendExporter(backend: Backend, queue: BackendQueue): Exporter {
  const sending_queue = sendingQueue(queue);
  const delivery = { retry_on_failure, sending_queue };
  switch (backend.kind) {
    case "jaeger":
      return tierExporter(
        {
          endpoint: backend.endpoint,
          tls: backend.tls,
          compression: "none",
          retry_on_failure,
          // A request that is given up before it is stored is sent again, and never gets through.
          seconds: requestSeconds(backend),
          sending_queue: sendingQueue(queue, backend.slow ? slowBytes : batchBytes),
        },
        "jaeger",
      );
    case "otlp":
      return otlp(backend, delivery);
    case "zipkin":
      return zipkinExporter({
        endpoint: withPath(backend.endpoint, "/api/v2/spans"),
        ...http(backend),
        ...delivery,
        sending_queue: sendingQueue(queue, zipkinBytes),
      });
    case "elasticsearch":
      return elasticsearchExporter({
        endpoints: [backend.endpoint],
        ...http(backend),
        // The default document shape goes into data streams only: a plain index would lose every span.
        ...(backend.index && { traces_index: backend.index, mapping: { allowed_modes: ["none"] } }),
        // This exporter retries by itself, all within this time: 90 s unless told otherwise, after which spans are dropped.
        timeout: "0s",
        // What failed oftener is dropped too. Its wait doubles in 64 bits of nanoseconds: after the 34th there would be none (0.159).
        retry: {
          max_retries: 34,
          initial_interval: "1s",
          max_interval: "5m",
          retry_on_status: [429, 500, 502, 503, 504],
        },
        sending_queue,
      });
    case "opensearch":
      return opensearchExporter({
        http: { endpoint: backend.endpoint, ...http(backend) },
        ...(backend.index && { traces_index: backend.index }),
        ...delivery,
        // An attempt has no end otherwise. It is less than the minute that the server waits for a shard: of a batch refused in part, one span is retried.
        timeout: `${requestSeconds(backend)}s`,
      });
    case "kafka":
      return kafkaExporter({
        brokers: backend.brokers,
        traces: { topic: backend.topic },
        // The leader alone could lose what it acknowledged.
        producer: { required_acks: "all", compression: "zstd" },
        partition_traces_by_id: true,
        ...(backend.tls && { tls: backend.tls }),
        ...(backend.login && { auth: { sasl: backend.login } }),
        ...delivery,
        sending_queue: sendingQueue(queue, kafkaBytes),
      });
    case "debug":
      return debugExporter({ verbosity: "detailed", use_internal_logger: false });
  }
}

/** A broker takes records of 1 MB unless told otherwise. */
const kafkaBytes = 900_000;

/** Some hundred spans, each of which is several writes. */
const slowBytes = 100_000;

/** Zipkin refuses requests over 10 MiB for ever, and its JSON repeats at each span the resource that OTLP says once. */
const zipkinBytes = 100_000;

function sendingQueue({ bytes, storage, batchDelayMs }: BackendQueue, largest = batchBytes): SendingQueue {
  return {
    ...(storage && { storage }),
    block_on_overflow: true,
    sizer: "bytes",
    queue_size: bytes,
    num_consumers: consumers,
    batch: { flush_timeout: `${batchDelayMs}ms`, min_size: 100_000, max_size: largest, sizer: "bytes" },
  };
}

type Delivery = { readonly retry_on_failure: RetryOnFailure; readonly sending_queue: SendingQueue };

/** Port 4317 speaks gRPC; everything else OTLP over HTTP. */
function otlp(backend: Reached, delivery: Delivery): Exporter {
  const url = new URL(backend.endpoint);
  const { headers, tls } = http(backend);
  if (url.port !== "4317")
    return otlpHttpExporter({ endpoint: backend.endpoint.replace(/\/+$/, ""), ...http(backend), ...delivery }, "other");
  const plain: TlsClient = { insecure: true };
  return otlpGrpcExporter(
    {
      endpoint: url.host,
      tls: url.protocol === "http:" ? plain : (tls ?? {}),
      ...(headers && { headers }),
      ...delivery,
    },
    "other",
  );
}

function http({ authorization, caFile }: Reached): Pick<HttpClient, "headers" | "tls"> {
  return {
    ...(authorization && { headers: { authorization } }),
    ...(caFile && { tls: { ca_file: caFile } }),
  };
}

function withPath(endpoint: string, path: string): string {
  return new URL(endpoint).pathname === "/" ? `${endpoint.replace(/\/+$/, "")}${path}` : endpoint;
}
