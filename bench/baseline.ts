import { jaegerConfig } from "../collector-config/jaeger.ts";
import { podIp, ports } from "../collector-config/ports.ts";
import type { CollectorConfig } from "../collector-config/types.ts";

/**
 * What the defaults of the OpenTelemetry Collector chart give with one OTLP exporter added, for either tier: `memory_limiter` and `batch`,
 * an exporter with gzip and a queue of 1000 requests in memory that gives up after 5 minutes. No GOMEMLIMIT: the chart sets it only
 * together with a memory limit, which it leaves open.
 * @param endpoint where the spans go next, `host:port`
 * @see https://github.com/open-telemetry/opentelemetry-helm-charts/blob/main/charts/opentelemetry-collector/values.yaml
 */
export function baselineCollector(endpoint: string): CollectorConfig {
  return {
    extensions: { health_check: { endpoint: `${podIp}:${ports.health}` } },
    receivers: {
      otlp: {
        protocols: {
          grpc: { endpoint: `${podIp}:${ports.otlpGrpc}` },
          http: { endpoint: `${podIp}:${ports.otlpHttp}` },
        },
      },
    },
    processors: {
      memory_limiter: { check_interval: "5s", limit_percentage: 80, spike_limit_percentage: 25 },
      batch: {},
    },
    exporters: { otlp_grpc: { endpoint, tls: { insecure: true } } },
    service: {
      extensions: ["health_check"],
      telemetry: {
        metrics: { readers: [{ pull: { exporter: { prometheus: { host: podIp, port: ports.metrics } } } }] },
      },
      pipelines: {
        traces: { receivers: ["otlp"], processors: ["memory_limiter", "batch"], exporters: ["otlp_grpc"] },
      },
    },
  };
}

/**
 * Jaeger's all-in-one as its own image starts it: our configuration with `batch` before the storage.
 * @see https://github.com/jaegertracing/jaeger/blob/main/cmd/jaeger/internal/all-in-one.yaml
 */
export function baselineJaeger(maxTraces: number): CollectorConfig {
  const config = jaegerConfig({ storage: { kind: "memory", maxTraces } });
  const { traces } = config.service.pipelines;
  if (traces === undefined) throw new Error("our Jaeger configuration has no traces pipeline");
  return {
    ...config,
    processors: { batch: {} },
    service: { ...config.service, pipelines: { traces: { ...traces, processors: ["batch"] } } },
  };
}
