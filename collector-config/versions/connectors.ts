import { all, contribOnly, type Table } from "./table.ts";

/** Connectors by their newest names. */
export const connectors: Table = {
  count: { contrib: all, k8s: all },
  exceptions: { contrib: all, k8s: all },
  failover: { contrib: all, k8s: all },
  forward: { core: all, contrib: all, k8s: all, jaeger: all },
  metrics_as_logs: { was: ["metricsaslogs", 153] },
  otlp_json: { contrib: all, k8s: all, was: ["otlpjson", 152] },
  round_robin: { contrib: all, k8s: all, was: ["roundrobin", 152] },
  routing: { contrib: all, k8s: all },
  service_graph: { contrib: all, k8s: all, was: ["servicegraph", 151] },
  signal_to_metrics: { contrib: all, was: ["signaltometrics", 146] },
  slow_sql: { was: ["slowsql", 152] },
  span_metrics: { contrib: all, k8s: all, jaeger: all, was: ["spanmetrics", 151] },
  ...contribOnly(`
    datadog grafanacloud sum
  `),
};
