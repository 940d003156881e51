import { otlpReceiver, ownMetrics, podIp, ports } from "./shared.ts";
import type { CollectorConfig } from "./types.ts";

export interface JaegerOptions {
  /** Where traces are kept. Only memory today: bounded, and empty again after a restart. */
  readonly storage: { readonly kind: "memory"; readonly maxTraces: number };
}

/**
 * Jaeger v2, all in one. No processor stands before the storage, so that a failed write reaches the gateway, which keeps the spans and retries.
 * @see https://www.jaegertracing.io/docs/latest/configuration/
 */
export function jaegerConfig(options: JaegerOptions): CollectorConfig {
  const { maxTraces } = options.storage;
  return {
    extensions: {
      healthcheckv2: { use_v2: true, http: { endpoint: `${podIp}:${ports.health}` } },
      jaeger_storage: { backends: { traces: { memory: { max_traces: maxTraces } } } },
      jaeger_query: {
        storage: { traces: "traces" },
        // On every address of the pod: kubectl port-forward enters by loopback.
        http: { endpoint: `:${ports.query}` },
        grpc: { endpoint: `:${ports.queryGrpc}` },
      },
    },
    receivers: { otlp: otlpReceiver(podIp, 64) },
    exporters: { jaeger_storage_exporter: { trace_storage: "traces" } },
    service: {
      extensions: ["healthcheckv2", "jaeger_storage", "jaeger_query"],
      telemetry: ownMetrics,
      pipelines: {
        traces: { receivers: ["otlp"], exporters: ["jaeger_storage_exporter"] },
      },
    },
  };
}
