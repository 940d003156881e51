import { at, type Cases, limiter, sampler, spans, traces } from "./yaml.ts";

/** Rules of memory.ts, sampling.ts and metrics.ts. */
export const processing: Readonly<Record<string, Cases>> = {
  "memory-limiter": {
    fails: [
      at(traces("processors: ")),
      at(`processors: {batch: {}}\n${traces("processors: [batch, memory_limiter]")}`),
      at(
        "connectors: {forward: {}}\nservice: {pipelines: {traces/b: {receivers: [otlp, forward], exporters: [otlp_grpc]}}}",
      ),
    ],
    passes: [
      at("connectors: {forward: {}}\nservice: {pipelines: {traces/b: {receivers: [forward], exporters: [otlp_grpc]}}}"),
      at(`${traces("processors: [], exporters: [jaeger_storage_exporter]")}`),
      at(`processors: {memory_limiter/small: {}}\n${traces("processors: [memory_limiter/small]")}`),
    ],
  },
  "memory-limit": {
    fails: [
      at(limiter("")),
      at(limiter("{check_interval: 0s, limit_mib: 100}")),
      at(limiter("{check_interval: 1s, limit_percentage: 0}")),
      at(limiter("{limit_percentage: 120}")),
      at(limiter("{limit_mib: 100, spike_limit_mib: 100}")),
      at(limiter("{spike_limit_percentage: 80}")),
      at(limiter("{limit_percentage: 95}"), { memoryLimitMiB: 100 }),
      at(limiter("{limit_percentage: 80}"), { memoryLimitMiB: null }),
      at(limiter("{limit_mib: 80, spike_limit_mib: 10}"), { memoryLimitMiB: 100, goMemLimitMiB: 60 }),
    ],
    passes: [
      at(limiter("{limit_percentage: 95}")),
      at(limiter("{limit_mib: 80}"), { memoryLimitMiB: null }),
      at(limiter("{limit_mib: '${env:LIMIT}'}"), { memoryLimitMiB: 100, goMemLimitMiB: 80 }),
      at(limiter("{limit_percentage: 80}"), { memoryLimitMiB: 100, goMemLimitMiB: 80 }),
    ],
  },
  order: {
    fails: [
      at(sampler("{}", "memory_limiter, tail_sampling, k8sattributes")),
      at(sampler("{}", "memory_limiter, k8sattributes, tail_sampling, k8s_attributes/two")),
    ],
    passes: [at(sampler("{}")), at(traces("processors: [memory_limiter, k8s_attributes]"))],
  },
  "unsampled-metrics": {
    fails: [
      at(`processors: {tail_sampling: {}}
connectors: {forward: {}, servicegraph: {}}
service: {pipelines: {traces: {processors: [memory_limiter, tail_sampling], exporters: [forward]}, traces/b: {receivers: [forward], exporters: [servicegraph]}, metrics: {receivers: [servicegraph], exporters: [otlp_grpc]}}}`),
    ],
    passes: [at(spans("{aggregation_cardinality_limit: 9}"))],
  },
  "trace-routing": {
    fails: [at(sampler("{}"), { role: "agent" }), at(sampler("{}"), { role: "agent", upstreamRouting: "any" })],
    passes: [
      at(sampler("{}")),
      at(sampler("{}"), { replicas: 3 }),
      at(sampler("{}"), { replicas: 1, upstreamRouting: "any" }),
      at(sampler("{}", "memory_limiter"), { replicas: 3, upstreamRouting: "any" }),
      at(sampler("{}"), { role: "agent", upstreamRouting: "trace-id" }),
    ],
  },
  "trace-buffer": {
    fails: [
      at(sampler("{}"), { tracesPerSecond: 1667 }),
      at(sampler("{num_traces: 100, decision_wait: 1m1s}"), { tracesPerSecond: 2 }),
    ],
    passes: [
      at(sampler("{}"), { tracesPerSecond: 1666 }),
      at(sampler("{num_traces: 100, decision_wait: '${env:WAIT}'}"), { tracesPerSecond: 1000 }),
    ],
  },
  redaction: {
    fails: [
      at(
        `processors: {redaction: {}, attributes: {}}\n${traces("processors: [memory_limiter, redaction, attributes]")}`,
      ),
      at(`processors: {redaction: {}}
connectors: {forward: {}}
service: {pipelines: {traces: {processors: [memory_limiter, redaction], exporters: [forward]}, traces/a: {receivers: [otlp], exporters: [forward]}, traces/b: {receivers: [forward], exporters: [otlp_grpc]}}}`),
    ],
    passes: [
      at(`processors: {redaction: {}}
connectors: {forward: {}}
service: {pipelines: {traces: {processors: [memory_limiter, redaction], exporters: [forward]}, traces/b: {receivers: [forward], exporters: [otlp_grpc]}}}`),
      at(`processors: {redaction: {}}
service: {pipelines: {traces: {processors: [memory_limiter, redaction]}, metrics: {receivers: [otlp], exporters: [otlp_grpc]}}}`),
    ],
  },
  dimensions: {
    fails: [
      at(spans("{calls_dimensions: [{name: user.id}]}")),
      at(spans("{histogram: {dimensions: [{name: http.target}]}}", "spanmetrics/a")),
      at(spans("{events: {dimensions: [{name: exception.message}]}}")),
      at(spans("{dimensions: [db.query.text]}", "servicegraph")),
    ],
    passes: [
      at(spans("{dimensions: [{name: http.request.method}, 5, {name: 5}]}")),
      at(spans("{dimensions: url.full}")),
    ],
  },
  "series-limit": {
    fails: [at(spans("{aggregation_cardinality_limit: 0}")), at(spans("", "spanmetrics"))],
    passes: [at(spans("{}", "service_graph")), at(spans("{aggregation_cardinality_limit: '${env:N}'}"))],
  },
};
