import { nearest } from "../../common/nearest.ts";
import { fields, items } from "../../common/objects.ts";
import { components, leaves, type ReadComponent, type Reading, seconds } from "./reading.ts";
import type { Finding, Rule } from "./rule.ts";

const core = "https://github.com/open-telemetry/opentelemetry-collector/blob/main";
const contrib = "https://github.com/open-telemetry/opentelemetry-collector-contrib/blob/main";

/** Settings that many components share and that are spans of time. */
const durationKeys =
  /^(timeout|check_interval|flush_timeout|initial_interval|max_interval|max_elapsed_time|decision_wait|reload_interval|collection_interval|metrics_flush_interval|metrics_expiration|ttl|max_connection_(age|age_grace|idle))$/;

const durations: Rule = {
  id: "durations",
  title: "Every span of time has a unit and is not negative.",
  why: "A bare number counts nanoseconds, so that a wait is none at all; the Collector takes it without a word.",
  source: `${core}/exporter/exporterhelper/README.md`,
  severity: "error",
  fix: "a number with ms, s, m or h",
  example: {
    wrong: { yaml: "exporters: {otlp_grpc: {retry_on_failure: {initial_interval: 5}}}" },
    right: { yaml: "exporters: {otlp_grpc: {retry_on_failure: {initial_interval: 5s}}}" },
  },
  check: (config) =>
    settings(config)
      .filter(({ key }) => durationKeys.test(key))
      .flatMap(({ key, path, value }) => {
        if (typeof value === "string" ? /^-/.test(value) : value < 0) {
          return [{ path, message: `is ${value}, less than no time`, fix: `${key}: 1s` }];
        }
        // From a millisecond on, somebody may have counted the nanoseconds.
        return typeof value === "number" && value > 0 && value < 1_000_000
          ? [{ path, message: `is ${value}, which means nanoseconds`, fix: `${key}: ${value}s` }]
          : [];
      }),
};

/** Settings of the components that we know, which count or measure something. */
const countKeys =
  /^(queue_size|min_size|max_size|num_consumers|num_traces|expected_new_traces_per_sec|max_items|aggregation_cardinality_limit|max_recv_msg_size_mib|max_request_body_size|max_(idle_)?conns(_per_host)?|(spike_)?limit_(mib|percentage))$/;

const counts: Rule = {
  id: "counts",
  title: "Sizes and limits are whole numbers, none of them below zero, and no retry waits less than the one before.",
  why: "The Collector cuts a fraction off, so that 0.5 is 0, which often means its default; a retry without wait floods the backend.",
  source: `${core}/exporter/exporterhelper/README.md`,
  severity: "error",
  fix: "a whole number",
  example: {
    wrong: {
      yaml: 'receivers: {otlp: {protocols: {grpc: {endpoint: "[${env:POD_IP}]:4317", max_recv_msg_size_mib: 0.5}}}}',
    },
    right: {
      yaml: 'receivers: {otlp: {protocols: {grpc: {endpoint: "[${env:POD_IP}]:4317", max_recv_msg_size_mib: 1}}}}',
    },
  },
  check: (config) =>
    settings(config).flatMap(({ key, path, value }) => {
      if (typeof value !== "number") return [];
      if (path.endsWith(".retry_on_failure.multiplier")) {
        return value < 1
          ? [{ path, message: `is ${value}, so that retries come ever faster`, fix: `${key}: 1.5` }]
          : [];
      }
      if (!countKeys.test(key) || (Number.isInteger(value) && value >= 0)) return [];
      const what = value < 0 ? "less than nothing" : "no whole number";
      return [{ path, message: `is ${value}, ${what}`, fix: `${key}: ${Math.max(1, Math.ceil(value))}` }];
    }),
};

const listenPort: Rule = {
  id: "listen-port",
  title: "Every address to listen on ends with a port from 0 to 65535.",
  why: "The Collector accepts the configuration and ends as soon as it listens.",
  source: `${core}/receiver/otlpreceiver/README.md`,
  severity: "error",
  fix: 'endpoint: "[${env:POD_IP}]:4317"',
  example: {
    wrong: { yaml: 'receivers: {otlp: {protocols: {grpc: {endpoint: "${env:POD_IP}"}}}}' },
    right: { yaml: 'receivers: {otlp: {protocols: {grpc: {endpoint: "[${env:POD_IP}]:4317"}}}}' },
  },
  check: (config) => [
    ...[...config.receivers, ...config.extensions, ...config.exporters]
      .filter(({ kind, type }) => servers[kind]?.includes(type))
      .flatMap(({ config: written, path }) => leaves(written, path))
      .filter(({ key, value }) => key === "endpoint" && lacksPort(String(value)))
      .map(({ path, value }) => ({
        path,
        message: `is ${value}, without a port that there is`,
        fix: `endpoint: "${String(value).replace(/:\d+$/, "")}:<port>"`,
      })),
    ...readersWithoutPort(config),
  ],
};

/** Components whose `endpoint` is where they listen, whatever its form. */
const servers: Readonly<Record<string, readonly string[]>> = {
  receiver: ["otlp", "zipkin", "jaeger"],
  extension: ["health_check", "pprof", "zpages"],
  exporter: ["prometheus"],
};

function lacksPort(address: string): boolean {
  // The address of a pod is known to have no port; any other variable may hold one. A path is a Unix socket.
  const known = address.replace(/\$\{(env:)?\w*IP\}/g, "pod");
  if (known.includes("$") || known.startsWith("/") || known.startsWith("unix:")) return false;
  const port = /:(\d+)$/.exec(known)?.[1];
  return port === undefined || Number(port) > 65_535;
}

function readersWithoutPort({ telemetry }: Reading): Finding[] {
  const readers = fields(telemetry["metrics"])["readers"];
  return items(readers).flatMap((reader, index) => {
    const pull = fields(fields(fields(reader)["pull"])["exporter"])["prometheus"];
    return pull === undefined || fields(pull)["port"] !== undefined
      ? []
      : [
          {
            path: `service.telemetry.metrics.readers.${index}.pull.exporter.prometheus`,
            message: "has no port",
            fix: "port: 8888",
          },
        ];
  });
}

const policyTypes =
  "always_sample latency numeric_attribute probabilistic status_code string_attribute rate_limiting bytes_limiting composite and not drop span_count trace_state trace_flags boolean_attribute ottl_condition".split(
    " ",
  );

const policies: Rule = {
  id: "policies",
  title: "tail_sampling has policies, each with a name of its own and a type that there is.",
  why: "Without policies it drops every trace, and with an unknown one the Collector ends after it accepted the configuration.",
  source: `${contrib}/processor/tailsamplingprocessor/README.md`,
  severity: "error",
  fix: "policies: [{name: errors, type: status_code, status_code: {status_codes: [ERROR]}}]",
  example: {
    wrong: { yaml: sampling("[]") },
    right: { yaml: sampling("[{name: all, type: always_sample}]") },
  },
  check: (config) =>
    config.processors
      .filter(({ type }) => type === "tail_sampling")
      .flatMap((processor) => policyProblems(processor, config)),
};

function sampling(list: string): string {
  return `processors: {tail_sampling: {decision_wait: 10s, num_traces: 20000, policies: ${list}}}\nservice: {pipelines: {traces: {processors: [memory_limiter, tail_sampling]}}}`;
}

function policyProblems({ config: sampler, path: place }: ReadComponent, { enabled }: Reading): Finding[] {
  const path = `${place}.policies`;
  const written = sampler["policies"];
  const list = items(written).map(fields);
  if (list.length === 0) return typeof written === "string" ? [] : [{ path, message: "holds no policy" }];
  const known = [...policyTypes, ...enabled];
  const names = list.map(({ name }) => name);
  const misnamed = names.flatMap((name, index): Finding[] => {
    if (name === undefined || name === "")
      return [{ path, message: "holds a policy without name", fix: "- name: <name>" }];
    return names.indexOf(name) < index ? [{ path, message: `names ${name} twice`, fix: `- name: ${name}-2` }] : [];
  });
  const mistyped = list.flatMap(({ type }, index): Finding[] => {
    if (typeof type !== "string" || type.includes("$") || known.includes(type)) return [];
    const fix = `type: ${nearest(type, policyTypes) ?? "always_sample"}`;
    return [{ path: `${path}.${index}.type`, message: `is ${type}, which is no policy`, fix }];
  });
  return [...misnamed, ...mistyped];
}

const associations: Rule = {
  id: "pod-association",
  title: "k8s_attributes finds pods by connection or by resource_attribute.",
  why: "Any other word is passed over without a word, and the spans go on without their pod.",
  source: `${contrib}/processor/k8sattributesprocessor/README.md`,
  severity: "error",
  fix: "- from: resource_attribute, with name: k8s.pod.uid",
  example: {
    wrong: { yaml: associated("{from: address}") },
    right: { yaml: associated("{from: connection}") },
  },
  check: ({ processors }) =>
    processors
      .filter(({ type }) => type === "k8s_attributes")
      .flatMap(({ config: written, path }) =>
        leaves(written["pod_association"], `${path}.pod_association`)
          .filter(({ key, value }) => key === "from" && !/^(connection|resource_attribute)$|\$/.test(String(value)))
          .map(({ path: place, value }) => ({
            path: place,
            message: `is ${value}, by which no pod is found`,
            fix: `from: ${nearest(String(value), ["connection", "resource_attribute"]) ?? "resource_attribute"}`,
          })),
      ),
};

function associated(source: string): string {
  return `processors: {k8s_attributes: {pod_association: [{sources: [${source}]}]}}\nservice: {pipelines: {traces: {processors: [memory_limiter, k8s_attributes]}}}`;
}

const encodings = ["otlp_proto", "otlp_json", "zipkin_proto", "zipkin_json", "jaeger_proto", "jaeger_json", "raw"];

const encoding: Rule = {
  id: "kafka-encoding",
  title: "The kafka exporter writes an encoding that it has, or that an extension brings.",
  why: "The Collector accepts the configuration and ends when the exporter starts.",
  source: `${contrib}/exporter/kafkaexporter/README.md`,
  severity: "error",
  fix: "encoding: otlp_proto",
  example: {
    wrong: { yaml: toKafka("protobuf") },
    right: { yaml: toKafka("otlp_proto") },
  },
  check: ({ exporters, enabled }) =>
    exporters
      .filter(({ type }) => type === "kafka")
      .flatMap(({ config: written, path }) => leaves(written, path))
      .filter(({ key }) => key === "encoding")
      .filter(({ value }) => ![...encodings, ...enabled].includes(String(value)) && !String(value).includes("$"))
      .map(({ path, value }) => ({
        path,
        message: `is ${value}, which is neither one of the exporter's nor an extension`,
        fix: `encoding: ${nearest(String(value), encodings) ?? "otlp_proto"}`,
      })),
};

function toKafka(name: string): string {
  return `exporters: {kafka: {brokers: ["kafka:9092"], traces: {encoding: ${name}}}}\nservice: {pipelines: {traces: {exporters: [otlp_grpc, kafka]}}}`;
}

const buckets: Rule = {
  id: "buckets",
  title: "The buckets of span_metrics rise.",
  why: "The connector searches them as if they were in order, and counts spans into the wrong ones.",
  source: `${contrib}/connector/spanmetricsconnector/README.md`,
  severity: "error",
  fix: "buckets: [10ms, 100ms, 1s, 10s]",
  example: {
    wrong: { yaml: counted("[1s, 100ms]") },
    right: { yaml: counted("[100ms, 1s]") },
  },
  check: ({ connectors }) =>
    connectors
      .filter(({ type }) => type === "span_metrics")
      .flatMap(({ config: written, path }) => {
        const list = items(fields(fields(written["histogram"])["explicit"])["buckets"]);
        const bounds = list.map(seconds);
        const wrong = bounds.findIndex(
          (bound, index) => (bound ?? 0) <= (bounds[index - 1] ?? -1) && bound !== undefined,
        );
        if (wrong === -1) return [];
        const sorted = [...new Set(list)].sort((a, b) => (seconds(a) ?? 0) - (seconds(b) ?? 0));
        return [
          {
            path: `${path}.histogram.explicit.buckets`,
            message: `has ${list[wrong]} after ${list[wrong - 1]}`,
            fix: `buckets: [${sorted.join(", ")}]`,
          },
        ];
      }),
};

function counted(list: string): string {
  return `connectors: {span_metrics: {aggregation_cardinality_limit: 2000, histogram: {explicit: {buckets: ${list}}}}}\nservice: {pipelines: {traces: {exporters: [otlp_grpc, span_metrics]}, metrics: {receivers: [span_metrics], exporters: [otlp_grpc]}}}`;
}

/** Every text and number of every component. */
function settings(config: Reading) {
  return components(config).flatMap((component) => leaves(component.config, component.path));
}

export const valueRules: readonly Rule[] = [durations, counts, listenPort, policies, associations, encoding, buckets];
