/** The ports that every part of the topology uses, as numbers on the pod. */
export const ports = {
  otlpGrpc: 4317,
  otlpHttp: 4318,
  /** Own metrics in Prometheus format, path /metrics. */
  metrics: 8888,
  /** Request, error and duration metrics of spans, for scraping. */
  spanMetrics: 8889,
  /** Health, path / (Collector) or /status (Jaeger). */
  health: 13133,
  /** Jaeger's UI and HTTP API. */
  query: 16686,
  /** Jaeger's gRPC API. */
  queryGrpc: 16685,
  /** Jaeger's sampling strategies over HTTP, path /api/sampling?service=NAME. */
  sampling: 5778,
  /** The same over gRPC. */
  samplingGrpc: 5779,
} as const;

/** The pod's own address, in brackets so that an IPv6 address works too. Set by the manifest from `status.podIP`. */
export const podIp = "[${env:POD_IP}]";
