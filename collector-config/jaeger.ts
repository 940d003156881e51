import { assemble } from "./assemble.ts";
import { extra } from "./component.ts";
import type { TlsServer } from "./components/connection.ts";
import { otlpReceiver } from "./components/receivers.ts";
import { podIp, ports } from "./ports.ts";
import { ownMetrics } from "./shared.ts";
import type { CollectorConfig } from "./types.ts";

export interface JaegerOptions {
  /** Where traces are kept. Only memory today: bounded, and empty again after a restart. */
  readonly storage: { readonly kind: "memory"; readonly maxTraces: number };
  /** TLS of the door for the gateway. Default: - none. */
  readonly tls?: TlsServer | undefined;
}

/**
 * Jaeger v2, all in one. No processor stands before the storage, so that a failed write reaches the gateway, which keeps the spans and retries.
 * @see https://www.jaegertracing.io/docs/latest/configuration/
 */
export function jaegerConfig({ storage, tls }: JaegerOptions): CollectorConfig {
  const health = extra.extension("healthcheckv2", { use_v2: true, http: { endpoint: `${podIp}:${ports.health}` } });
  const traces = extra.extension("jaeger_storage", {
    backends: { traces: { memory: { max_traces: storage.maxTraces } } },
  });
  const query = extra.extension("jaeger_query", {
    storage: { traces: "traces" },
    // On every address of the pod: kubectl port-forward enters by loopback.
    http: { endpoint: `:${ports.query}` },
    grpc: { endpoint: `:${ports.queryGrpc}` },
  });
  return assemble({
    extensions: [health, traces, query],
    telemetry: ownMetrics,
    pipelines: [
      {
        signal: "traces",
        name: "",
        receivers: [otlpReceiver({ host: podIp, max_recv_msg_size_mib: 64, ...(tls && { tls }) })],
        processors: [],
        exporters: [extra.exporter("jaeger_storage_exporter", { trace_storage: "traces" })],
      },
    ],
  });
}
