import {
  isConnector,
  numberOr,
  processorType,
  processorTypes,
  type Reading,
  type ReadPipeline,
  seconds,
} from "./reading.ts";
import type { Rule } from "./rule.ts";

const contrib = "https://github.com/open-telemetry/opentelemetry-collector-contrib/blob/main";
const tailSampling = `${contrib}/processor/tailsamplingprocessor/README.md`;

const policies = "policies: [{name: errors, type: status_code, status_code: {status_codes: [ERROR]}}]";
const sampler = `processors: {tail_sampling: {decision_wait: 10s, num_traces: 20000, ${policies}}}`;
const sampled = `${sampler}\nservice: {pipelines: {traces: {processors: [memory_limiter, tail_sampling]}}}`;

const order: Rule = {
  id: "order",
  title: "k8s_attributes comes before tail_sampling.",
  why: "tail_sampling puts spans together anew, and then the connection that tells k8s_attributes the pod is no longer known.",
  source: tailSampling,
  severity: "error",
  fix: "processors: [memory_limiter, k8s_attributes, tail_sampling]",
  example: {
    wrong: {
      yaml: `processors: {k8s_attributes: {}, tail_sampling: {num_traces: 20000, decision_wait: 10s, ${policies}}}\nservice: {pipelines: {traces: {processors: [memory_limiter, tail_sampling, k8s_attributes]}}}`,
    },
    right: {
      yaml: `processors: {k8s_attributes: {}, tail_sampling: {num_traces: 20000, decision_wait: 10s, ${policies}}}\nservice: {pipelines: {traces: {processors: [memory_limiter, k8s_attributes, tail_sampling]}}}`,
    },
  },
  check: (config) =>
    config.pipelines.flatMap((pipeline) => {
      const types = processorTypes(pipeline);
      const sampling = types.indexOf("tail_sampling");
      if (sampling === -1 || types.lastIndexOf("k8s_attributes") < sampling) return [];
      const late = pipeline.processors.filter((_, index) => index > sampling && types[index] === "k8s_attributes");
      const rest = pipeline.processors.filter((id) => !late.includes(id));
      const at = rest.findIndex((id) => processorType(id) === "tail_sampling");
      return [
        {
          path: `${pipeline.path}.processors`,
          message: `has ${late.join(", ")} after ${pipeline.processors[sampling]}, where the sender is no longer known`,
          fix: `processors: [${[...rest.slice(0, at), ...late, ...rest.slice(at)].join(", ")}]`,
        },
      ];
    }),
};

/** Connectors that count spans, whose numbers are wrong when some spans are gone. */
const counting = ["span_metrics", "service_graph"];

const redMetrics: Rule = {
  id: "unsampled-metrics",
  title: "span_metrics and service_graph see the spans before they are sampled.",
  why: "They count the spans they see: behind a sampler, request and error rates are those of the sample.",
  source: `${contrib}/connector/spanmetricsconnector/README.md`,
  severity: "error",
  fix: "name the connector as exporter of a pipeline without a sampler",
  example: {
    wrong: {
      yaml: `processors: {probabilistic_sampler: {sampling_percentage: 10}}
connectors: {span_metrics: {aggregation_cardinality_limit: 2000}}
service: {pipelines: {traces: {processors: [memory_limiter, probabilistic_sampler], exporters: [otlp_grpc, span_metrics]}, metrics: {receivers: [span_metrics], exporters: [otlp_grpc]}}}`,
    },
    right: {
      yaml: `processors: {probabilistic_sampler: {sampling_percentage: 10}}
connectors: {forward: {}, span_metrics: {aggregation_cardinality_limit: 2000}}
service: {pipelines: {traces: {exporters: [forward, span_metrics]}, traces/sampled: {receivers: [forward], processors: [probabilistic_sampler], exporters: [otlp_grpc]}, metrics: {receivers: [span_metrics], exporters: [otlp_grpc]}}}`,
    },
  },
  check: (config) => {
    const behind = sampledPipelines(config);
    return behind.flatMap((pipeline) =>
      pipeline.exporters
        .filter((id) => config.connectors.some((connector) => connector.id === id && counting.includes(connector.type)))
        .map((id) => ({
          path: `${pipeline.path}.exporters`,
          message: `names ${id}, which then counts only the spans that the sampler keeps`,
          fix: `service: {pipelines: {traces/all: {exporters: [${id}, ...]}}}, a pipeline in front of the sampler`,
        })),
    );
  },
};

/** The pipelines whose exporters get sampled spans: those with a sampler, and those they hand spans to. */
function sampledPipelines(config: Reading): ReadPipeline[] {
  const traces = config.pipelines.filter(({ signal }) => signal === "traces");
  const samples = (pipeline: ReadPipeline) =>
    processorTypes(pipeline).some((type) => type === "tail_sampling" || type === "probabilistic_sampler");
  const found = new Set(traces.filter(samples));
  for (let before = -1; before !== found.size; ) {
    before = found.size;
    const handed = [...found].flatMap(({ exporters }) => exporters.filter((id) => isConnector(config, id)));
    for (const pipeline of traces) {
      if (pipeline.receivers.some((id) => handed.includes(id))) found.add(pipeline);
    }
  }
  return [...found];
}

const routing: Rule = {
  id: "trace-routing",
  title: "Where tail_sampling runs in more than one pod, all spans of a trace reach the same one.",
  why: "A pod that sees part of a trace decides on that part: traces arrive torn, and errors are missed.",
  source: `${contrib}/exporter/loadbalancingexporter/README.md`,
  severity: "error",
  fix: "load_balancing: {routing_key: traceID, resolver: {...}} as exporter of the Collectors in front",
  example: {
    wrong: { yaml: sampled, context: { replicas: 3, upstreamRouting: "any" } },
    right: { yaml: sampled, context: { replicas: 3, upstreamRouting: "trace-id" } },
  },
  check: (config, { replicas, upstreamRouting, role }) => {
    const many = role === "agent" || (replicas !== undefined && replicas > 1);
    const torn = upstreamRouting === "any" || (role === "agent" && upstreamRouting === undefined);
    if (!many || !torn) return [];
    const where = role === "agent" ? "on every node" : `in ${replicas} pods`;
    return config.processors
      .filter(({ type, id }) => type === "tail_sampling" && config.pipelines.some((one) => one.processors.includes(id)))
      .map(({ path }) => ({ path, message: `runs ${where}, and nothing sends a trace's spans to the same one` }));
  },
};

const buffer: Rule = {
  id: "trace-buffer",
  title: "tail_sampling keeps as many traces as arrive while it waits for the decision.",
  why: "Beyond num_traces the oldest trace is thrown out before it is decided on.",
  source: tailSampling,
  severity: "error",
  fix: "num_traces: the new traces per second times the seconds of decision_wait",
  example: {
    wrong: {
      yaml: sampled.replace("num_traces: 20000", "num_traces: 20000, expected_new_traces_per_sec: 5000"),
    },
    right: {
      yaml: sampled.replace("num_traces: 20000", "num_traces: 50000, expected_new_traces_per_sec: 5000"),
    },
  },
  check: (config, { tracesPerSecond = 0 }) =>
    config.processors
      .filter(({ type }) => type === "tail_sampling")
      .flatMap(({ config: settings, path }) => {
        const kept = numberOr(settings["num_traces"], 50_000);
        const wait = settings["decision_wait"] === undefined ? 30 : seconds(settings["decision_wait"]);
        const rate = Math.max(tracesPerSecond, numberOr(settings["expected_new_traces_per_sec"], 0) ?? 0);
        if (kept === undefined || wait === undefined || kept >= rate * wait) return [];
        return [
          {
            path: `${path}.num_traces`,
            message: `is ${kept}, but ${rate} new traces per second for ${wait} s make ${Math.ceil(rate * wait)}`,
            fix: `num_traces: ${Math.ceil(rate * wait)}`,
          },
        ];
      }),
};

/** Processors that can put back what redaction took. */
const enriching = ["transform", "attributes", "resource", "k8s_attributes", "resource_detection", "span"];

const redaction: Rule = {
  id: "redaction",
  title: "Where spans are redacted, nothing is added afterwards and no exporter gets them unredacted.",
  why: "One way around the redaction is enough for personal data to leave.",
  source: `${contrib}/processor/redactionprocessor/README.md`,
  severity: "warning",
  fix: "processors: [..., redaction]",
  example: {
    wrong: {
      yaml: "processors: {redaction: {allow_all_keys: true}}\nexporters: {debug: {}}\nservice: {pipelines: {traces: {processors: [memory_limiter, redaction]}, traces/debug: {receivers: [otlp], processors: [memory_limiter], exporters: [debug]}}}",
    },
    right: {
      yaml: "processors: {redaction: {allow_all_keys: true}}\nexporters: {debug: {}}\nservice: {pipelines: {traces: {processors: [memory_limiter, redaction]}, traces/debug: {receivers: [otlp], processors: [memory_limiter, redaction], exporters: [debug]}}}",
    },
  },
  check: (config) => {
    const redacts = (pipeline: ReadPipeline) => processorTypes(pipeline).includes("redaction");
    const signals = new Set(config.pipelines.filter(redacts).map(({ signal }) => signal));
    const id = config.processors.find(({ type }) => type === "redaction")?.id ?? "redaction";
    const clean = redactedPipelines(config, redacts);
    return config.pipelines
      .filter(({ signal }) => signals.has(signal))
      .flatMap((pipeline) => {
        const types = processorTypes(pipeline);
        const path = `${pipeline.path}.processors`;
        const exported = pipeline.exporters.filter((one) => config.exporters.some((exporter) => exporter.id === one));
        const added = pipeline.processors.filter(
          (_, index) =>
            redacts(pipeline) && index > types.lastIndexOf("redaction") && enriching.includes(types[index] ?? ""),
        );
        const last = [...pipeline.processors.filter((one) => one !== id), id];
        return [
          ...(added.length > 0 ? [{ path, message: `has ${added.join(", ")} after ${id}` }] : []),
          ...(exported.length > 0 && !clean.has(pipeline)
            ? [{ path, message: `has no redaction on the way to ${exported.join(", ")}, which other pipelines have` }]
            : []),
        ].map((finding) => ({ ...finding, fix: `processors: [${last.join(", ")}]` }));
      });
  },
};

/** The pipelines whose data is redacted: by themselves, or all of it before they get it. */
function redactedPipelines(config: Reading, redacts: (pipeline: ReadPipeline) => boolean): Set<ReadPipeline> {
  const found = new Set(config.pipelines.filter(redacts));
  const cleanInput = (id: string) => {
    const feeding = config.pipelines.filter(({ exporters }) => exporters.includes(id));
    return feeding.length > 0 && feeding.every((pipeline) => found.has(pipeline));
  };
  for (let before = -1; before !== found.size; ) {
    before = found.size;
    for (const pipeline of config.pipelines) {
      if (pipeline.receivers.length > 0 && pipeline.receivers.every(cleanInput)) found.add(pipeline);
    }
  }
  return found;
}

export const samplingRules: readonly Rule[] = [order, redMetrics, routing, buffer, redaction];
