import { memoryLimiter, otlpReceiver, ownMetrics, podIp, ports } from "./shared.ts";
import type { CollectorConfig, ComponentConfig } from "./types.ts";

/** Where spans wait for the backend: in memory (lost with the process) or on disk (kept, also through a power cut). */
export type Queue =
  | { readonly kind: "memory"; readonly bytes: number }
  | { readonly kind: "disk"; readonly bytes: number; readonly directory: string };

export interface GatewayOptions {
  /** Where Jaeger takes OTLP/gRPC, `host:port`. */
  readonly jaegerEndpoint: string;
  readonly queue: Queue;
  /** Milliseconds to collect spans before they go to Jaeger. */
  readonly batchDelayMs: number;
}

/**
 * The gateway: answers the agents as soon as the spans are in its queue, and retries the backend for ever.
 * A full queue makes the agents wait; nothing is dropped.
 */
export function gatewayConfig(options: GatewayOptions): CollectorConfig {
  const { queue } = options;
  const storage = queue.kind === "disk" ? { file_storage: fileStorage(queue.directory) } : {};
  return {
    extensions: { health_check: { endpoint: `${podIp}:${ports.health}` }, ...storage },
    // An agent's request holds many SDKs' requests.
    receivers: { otlp: otlpReceiver(podIp, 64) },
    processors: { memory_limiter: memoryLimiter },
    exporters: {
      "otlp_grpc/jaeger": {
        endpoint: options.jaegerEndpoint,
        tls: { insecure: true },
        compression: "none",
        retry_on_failure: { initial_interval: "1s", max_interval: "10s", max_elapsed_time: "0s" },
        sending_queue: {
          ...(queue.kind === "disk" && { storage: "file_storage" }),
          block_on_overflow: true,
          sizer: "bytes",
          queue_size: queue.bytes,
          batch: { flush_timeout: `${options.batchDelayMs}ms`, min_size: 100_000, max_size: 2_000_000, sizer: "bytes" },
        },
      },
    },
    service: {
      extensions: ["health_check", ...Object.keys(storage)],
      telemetry: ownMetrics,
      pipelines: {
        traces: { receivers: ["otlp"], processors: ["memory_limiter"], exporters: ["otlp_grpc/jaeger"] },
      },
    },
  };
}

/** @see https://github.com/open-telemetry/opentelemetry-collector-contrib/blob/main/extension/storage/filestorage/README.md */
function fileStorage(directory: string): ComponentConfig {
  return {
    directory,
    create_directory: true,
    // Upstream's default is false: then a power cut takes spans that were already acknowledged.
    fsync: true,
    // The file grows during an outage and gives space back only by compaction.
    compaction: { on_start: true, on_rebound: true, directory, cleanup_on_start: true },
  };
}
