import { parse } from "yaml";
import type { Context, Example } from "../../../collector-config/rules/rule.ts";
import { isObject } from "../../../common/objects.ts";

/** A configuration that breaks no rule, wherever it runs. */
export const sound: unknown = parse(`
extensions: {health_check: {endpoint: "[\${env:POD_IP}]:13133"}}
receivers: {otlp: {protocols: {grpc: {endpoint: "[\${env:POD_IP}]:4317"}}}}
processors: {memory_limiter: {check_interval: 1s, limit_percentage: 80, spike_limit_percentage: 20}}
exporters: {otlp_grpc: {endpoint: "jaeger:4317", tls: {insecure: true}}}
service:
  extensions: [health_check]
  telemetry: {metrics: {readers: [{pull: {exporter: {prometheus: {host: "", port: 8888}}}}]}}
  pipelines: {traces: {receivers: [otlp], processors: [memory_limiter], exporters: [otlp_grpc]}}
`);

/** The second value over the first: objects key by key, all else replaced. */
export function laidOver(base: unknown, over: unknown): unknown {
  if (!isObject(base) || !isObject(over)) return over;
  const merged: Record<string, unknown> = { ...base };
  for (const [key, value] of Object.entries(over)) {
    merged[key] = Object.hasOwn(merged, key) ? laidOver(merged[key], value) : value;
  }
  return merged;
}

const at = (yaml: string, context: Context = {}): Example => ({ yaml, context });
const traces = (text: string) => `service: {pipelines: {traces: {${text}}}}`;
const limiter = (text: string) => `processors: {memory_limiter: ${text}}`;
const exporter = (text: string, id = "otlp_grpc") =>
  `exporters: {${id}: ${text}}\nservice: {pipelines: {traces: {exporters: [${id}, otlp_grpc]}}}`;
const sampler = (text: string, order = "memory_limiter, tail_sampling") =>
  `processors: {tail_sampling: ${text}, k8sattributes: {}, k8s_attributes/two: {}}\n${traces(`processors: [${order}]`)}`;
const spans = (text: string, id = "span_metrics") =>
  `connectors: {${id}: ${text}}\nservice: {pipelines: {traces: {exporters: [otlp_grpc, ${id}]}, metrics: {receivers: [${id}], exporters: [otlp_grpc]}}}`;
const disk = (directory: string, rest = "") =>
  `extensions: {file_storage/a: {directory: ${directory}, ${rest}}}\nservice: {extensions: [health_check, file_storage/a]}`;
const queue = (text: string) => `exporters: {otlp_grpc: {sending_queue: ${text}}}`;
const levels = (own: string, first: string) =>
  `connectors: {failover: {priority_levels: [[traces/a], [traces/b]], ${own}}}
exporters: {zipkin/a: {endpoint: "http://a:9411/api/v2/spans", ${first}}}
service: {pipelines: {traces: {exporters: [failover]}, traces/a: {receivers: [failover], exporters: [zipkin/a]}, traces/b: {receivers: [failover], exporters: [otlp_grpc]}}}`;
const fast = "sending_queue: {enabled: false}, retry_on_failure: {enabled: false}";
const receiver = (text: string, id = "otlp") => `receivers: {${id}: ${text}}\n${traces(`receivers: [${id}]`)}`;
const reader = (text: string) => `service: {telemetry: {metrics: ${text}}}`;

/** Cases beside the examples that the rules hold themselves; a rule without an entry fails the suite. */
export const cases: Readonly<Record<string, { fails: Example[]; passes: Example[] }>> = {
  sections: {
    fails: [at("exporters: [debug]"), at("service: 5"), at("exporters: {debug: 5}"), at(traces("receivers: otlp"))],
    passes: [at("exporters: {otlp_grpc: }"), at("processors: ")],
  },
  "null-sections": { fails: [at("processors: ")], passes: [at("exporters: {otlp_grpc: }")] },
  references: {
    fails: [at("service: {extensions: [pprof]}"), at(traces("processors: [batch]")), at("exporters: ")],
    passes: [
      at(
        `connectors: {forward: {}}\nservice: {pipelines: {traces: {exporters: [forward]}, traces/b: {receivers: [forward]}}}`,
      ),
    ],
  },
  unused: {
    fails: [at("connectors: {forward: {}}"), at("extensions: {pprof: {}}"), at("processors: {otlp: {}}")],
    passes: [at("{}")],
  },
  pipelines: {
    fails: [
      at(traces("receivers: []")),
      at("service: {pipelines: }"),
      at("service: "),
      at("service: {pipelines: {spans: {receivers: [otlp], exporters: [otlp_grpc]}}}"),
      at(traces("processors: [memory_limiter, memory_limiter]")),
    ],
    passes: [at("service: {pipelines: {logs/two: {receivers: [otlp], exporters: [otlp_grpc]}}}")],
  },
  connectors: {
    fails: [at(`connectors: {forward: }\n${traces("receivers: [otlp, forward]")}`)],
    passes: [at("connectors: {forward: {}}")],
  },
  ambiguous: { fails: [at("connectors: {otlp_grpc: {}}")], passes: [at("connectors: {forward: {}}")] },
  extensions: {
    fails: [
      at(queue("{storage: file_storage}")),
      at(`extensions: {file_storage: {}}\n${queue("{storage: file_storage}")}`),
      at(receiver("{protocols: {grpc: {auth: {authenticator: oidc}}}}")),
      at(receiver("{storage: file_storage/checkpoints}", "filelog")),
    ],
    passes: [
      at(`extensions: {file_storage: {}}\n${queue("{storage: file_storage}")}\nservice: {extensions: [file_storage]}`),
      at(queue("{storage: '${env:STORAGE}'}")),
      at("extensions: {jaeger_query: {storage: {traces: mem}}}"),
    ],
  },
  storage: {
    fails: [at("extensions: {jaeger_query: {storage: {traces: mem}}}")],
    passes: [
      at("extensions: {jaeger_query: {storage: {traces: mem}}, jaeger_storage: {backends: {mem: {memory: {}}}}}"),
    ],
  },
  removed: {
    fails: [
      at("extensions: {memory_ballast: {size_mib: 64}}"),
      at("exporters: {jaeger/old: {endpoint: jaeger:14250}}"),
      at(reader("{address: ':8888'}")),
    ],
    passes: [at("receivers: {jaeger: {}}")],
  },
  components: {
    fails: [
      at(receiver("{}", "kafka/a"), { image: "otel/opentelemetry-collector-otlp:0.159.0" }),
      at(exporter("{endpoint: 'a:4317'}"), { image: "otel/opentelemetry-collector:0.140.0" }),
    ],
    passes: [
      at(receiver("{}", "kafka/a"), { image: "mine/collector:1" }),
      at(exporter("{endpoint: 'a:4317'}", "otlp"), { image: "otel/opentelemetry-collector:0.159.0" }),
      at("exporters: {logging: {}}", { image: "otel/opentelemetry-collector:0.159.0" }),
    ],
  },
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
  "no-batch": {
    fails: [at(`processors: {batch/a: {}}\n${traces("processors: [memory_limiter, batch/a]")}`)],
    passes: [at("processors: {batch: {}}")],
  },
  queues: {
    fails: [
      at(queue("{storage: file_storage, wait_for_result: true}")),
      at(queue("{queue_size: 0}")),
      at(queue("{batch: {min_size: 20, max_size: 10}}")),
      at(queue("{sizer: requests, batch: {flush_timeout: 1s}}")),
    ],
    passes: [
      at(queue("{queue_size: 10, batch: {sizer: items, min_size: 20}}")),
      at(queue("{queue_size: 100, batch: {min_size: 20, max_size: 0}}")),
      at(queue("{wait_for_result: true}")),
    ],
  },
  retry: {
    fails: [
      at(`${queue("{storage: file_storage}")}\n`),
      at("exporters: {otlp_grpc: {retry_on_failure: {max_elapsed_time: 1h}, sending_queue: {storage: a}}}"),
      at("exporters: {otlp_grpc: {retry_on_failure: {enabled: false}, sending_queue: {storage: a}}}"),
      at("exporters: {elasticsearch: {sending_queue: {storage: a}}}"),
      at("exporters: {elasticsearch: {retry: {enabled: false}, sending_queue: {storage: a}}}"),
    ],
    passes: [
      at("exporters: {otlp_grpc: {retry_on_failure: {max_elapsed_time: 0}, sending_queue: {storage: a}}}"),
      at("exporters: {otlp_grpc: {retry_on_failure: {max_elapsed_time: 60s}, sending_queue: {}}}"),
      at("exporters: {elasticsearch: {retry: {max_retries: 100000}, sending_queue: {storage: a}}}"),
    ],
  },
  fsync: {
    fails: [at(`extensions: {file_storage: {fsync: false}}\n${queue("{storage: file_storage}")}`)],
    passes: [
      at(`extensions: {file_storage: {}}`),
      at(`extensions: {db_storage: {}}\n${queue("{storage: db_storage}")}`),
    ],
  },
  "durable-queue": {
    fails: [at("{}", { role: "durable-gateway" })],
    passes: [
      at("{}"),
      at("{}", { role: "gateway" }),
      at(queue("{wait_for_result: true}"), { role: "durable-gateway" }),
      at(queue("{enabled: false}"), { role: "durable-gateway" }),
      at("exporters: {otlp_grpc: {sending_queue: {storage: a}}, debug: {}, file: {}}", { role: "durable-gateway" }),
    ],
  },
  failover: {
    fails: [
      at(levels("sending_queue: {enabled: true}", fast)),
      at(levels("sending_queue: {storage: file_storage}", fast)),
      at(levels("sending_queue: {enabled: false}", "")),
      at(levels("sending_queue: {enabled: false}", "sending_queue: {storage: a}, retry_on_failure: {enabled: false}")),
      at(levels("sending_queue: {enabled: false}", "sending_queue: {enabled: false}")),
      at(
        levels(
          "sending_queue: {enabled: false}",
          "sending_queue: {enabled: false}, retry_on_failure: {max_elapsed_time: 0s}",
        ),
      ),
    ],
    passes: [
      at(
        levels(
          "sending_queue: {enabled: false}",
          "sending_queue: {enabled: false}, retry_on_failure: {max_elapsed_time: 5s}",
        ),
      ),
      at(levels("sending_queue: {enabled: false}", `${fast}, timeout: 2s`)),
      at("connectors: {failover/a: {sending_queue: {enabled: false}, priority_levels: 5}}"),
      at("connectors: {forward: {}}"),
    ],
  },
  "storage-directory": {
    fails: [
      at(disk("/var/lib/otelcolumn"), { volumeMounts: [{ path: "/var/lib/otelcol" }] }),
      at(disk("/q/a"), { volumeMounts: [{ path: "/" }, { path: "/q", readOnly: true }] }),
      at(disk("/q", "compaction: {on_start: true}"), { volumeMounts: [{ path: "/q" }] }),
      at("extensions: {file_storage: }", { volumeMounts: [] }),
    ],
    passes: [
      at(disk("/q")),
      at(disk("/q/a/b"), { volumeMounts: [{ path: "/q/" }] }),
      at(disk("'${env:DIR}'"), { volumeMounts: [] }),
      at(disk("/q", "compaction: {on_rebound: true, directory: /q/c}"), { volumeMounts: [{ path: "/q" }] }),
    ],
  },
  "fs-group": {
    fails: [at(disk("/q"), { fsGroup: null, volumeMounts: [{ path: "/q", persistent: true }] })],
    passes: [
      at(disk("/q"), { volumeMounts: [{ path: "/q", persistent: true }] }),
      at(disk("/q"), { fsGroup: null, volumeMounts: [{ path: "/q" }] }),
    ],
  },
  addresses: {
    fails: [
      at(receiver("{endpoint: ':9411'}", "zipkin")),
      at(receiver("{protocols: {http: {endpoint: '[::]:4318'}}}")),
      at(receiver("{endpoint: '10.0.0.5:9411'}", "zipkin"), { role: "agent" }),
    ],
    passes: [
      at(receiver("{endpoint: '10.0.0.5:9411'}", "zipkin")),
      at(receiver("{endpoint: '${env:MY_POD_IP}:9411'}", "zipkin"), { role: "agent" }),
      at(receiver("{endpoint: '127.0.0.1:9411'}", "zipkin")),
    ],
  },
  loopback: {
    fails: [
      at(receiver("{protocols: {http: }}"), { alone: true }),
      at(receiver("{endpoint: 'localhost:9411'}", "zipkin"), { alone: true }),
    ],
    passes: [at(receiver("{protocols: {http: }}")), at(receiver("{protocols: {http: }}"), { alone: false })],
  },
  "local-export": {
    fails: [
      at(exporter("{endpoint: 'http://127.0.0.1:9411/api/v2/spans'}", "zipkin"), { alone: true }),
      at(exporter("{brokers: ['localhost:9092']}", "kafka"), { alone: true }),
      at(exporter("{endpoints: ['http://localhost:9200']}", "elasticsearch"), { alone: true }),
    ],
    passes: [
      at(exporter("{endpoint: 'localhost:4317'}")),
      at(exporter("{endpoint: 'localhost:4317'}"), { alone: false }),
      at(exporter("{endpoint: 'localhost:8889'}", "prometheus"), { alone: true }),
    ],
  },
  ports: {
    fails: [
      at(receiver("{endpoint: ':8888'}", "zipkin")),
      at("receivers: {otlp/two: {protocols: {grpc: {endpoint: '0.0.0.0:4317'}}}}"),
      at("exporters: {prometheus: {endpoint: ':8888'}}"),
    ],
    passes: [
      at("receivers: {otlp/two: {protocols: {grpc: {endpoint: '127.0.0.1:4317'}}}}"),
      at("receivers: {statsd: {endpoint: '[${env:POD_IP}]:4317'}}"),
      at(receiver("{endpoint: 'localhost:8888'}", "redis")),
    ],
  },
  "service-ports": {
    fails: [at(receiver("{endpoint: '[${env:POD_IP}]:9411'}", "zipkin"), { servicePorts: [4317] })],
    passes: [
      at(receiver("{endpoint: '127.0.0.1:9411'}", "zipkin"), { servicePorts: [4317] }),
      at(receiver("{endpoint: '[${env:POD_IP}]:9411'}", "zipkin")),
    ],
  },
  "otlp-protocol": {
    fails: [
      at(exporter("{endpoint: 'http://a:4317'}", "otlphttp")),
      at(exporter("{endpoint: 'http://a:4318/v1/traces'}", "otlp_http/b")),
      at(exporter("{endpoint: 'a:4318'}", "otlp_http")),
      at(exporter("{endpoint: 'https://a:4317/v1/traces'}", "otlp")),
      at(exporter("{protocol: {otlp: {endpoint: 'a:4318'}}}", "loadbalancing")),
    ],
    passes: [
      at(exporter("{endpoint: 'https://a/otlp'}", "otlp_http")),
      at(exporter("{traces_endpoint: 'http://a:4318/v1/traces'}", "otlp_http")),
      at(exporter("{endpoint: '${env:ENDPOINT}'}", "otlp_http")),
      at(exporter("{endpoint: 'dns:///a:4317'}", "otlp")),
    ],
  },
  "own-metrics": {
    fails: [
      at("service: {telemetry: }", { role: "agent" }),
      at(reader("{readers: [{pull: {exporter: {prometheus: {port: 8888}}}}]}"), { role: "agent" }),
    ],
    passes: [
      at("service: {telemetry: }"),
      at(reader("{level: none, readers: }"), { role: "agent" }),
      at(reader("{readers: [{periodic: {exporter: {otlp: {}}}}]}"), { role: "agent" }),
    ],
  },
  secrets: {
    fails: [
      at(exporter("{headers: {x-honeycomb-team: abc}}")),
      at(exporter("{auth: {user: me, password: 1234}}", "elasticsearch")),
      at("extensions: {bearertokenauth: {token: abc}}"),
      at(exporter("{endpoint: 'https://me:hunter2@logs.example.com'}", "elasticsearch")),
      at("extensions: {basicauth: {client_auth: {username: me, password: abc}}}"),
    ],
    passes: [
      at(exporter("{headers: {x-honeycomb-team: '${env:TEAM}'}}")),
      at("extensions: {bearertokenauth: {filename: /var/run/token, scheme: Bearer}}"),
      at(exporter("{tls: {key_file: /tls/tls.key, cert_file: /tls/tls.crt}}")),
      at("processors: {attributes: {actions: [{key: password, action: delete}]}}"),
    ],
  },
  tls: {
    fails: [
      at(exporter("{endpoint: 'http://otlp.example.org:4318', auth: {authenticator: basicauth}}", "otlp_http")),
      at(
        exporter(
          "{endpoint: 'https://otlp.example.org', tls: {insecure_skip_verify: true}, headers: {api-key: a}}",
          "otlp_http",
        ),
      ),
      at("exporters: {otlp_grpc: {endpoint: '203.0.113.9:4317', tls: {insecure: true}, headers: {authorization: a}}}"),
    ],
    passes: [
      at("exporters: {otlp_grpc: {endpoint: 'otlp.example.org:4317', tls: {insecure: true}}}"),
      at(
        "exporters: {otlp_grpc: {endpoint: 'a.b.svc.cluster.local:4317', tls: {insecure: true}, headers: {authorization: a}}}",
      ),
      at("exporters: {otlp_grpc: {endpoint: '10.1.2.3:4317', tls: {insecure: true}, headers: {authorization: a}}}"),
      at(exporter("{endpoint: 'https://otlp.example.org', tls: {insecure: true}, headers: {api-key: a}}", "otlp_http")),
    ],
  },
  env: {
    fails: [
      at("{}", { env: [] }),
      at("exporters: {otlp_grpc: {endpoint: '${BACKEND}:1'}}", { env: ["POD_IP"] }),
      at("exporters: {otlp_grpc: {headers: {x-team: '${env:TEAM'}}}"),
    ],
    passes: [
      at("{}", { env: ["POD_IP"] }),
      at("exporters: {otlp_grpc: {endpoint: '${env:BACKEND:-jaeger}:1'}}", { env: ["POD_IP"] }),
      at("exporters: {otlp_grpc: {endpoint: '$${env:BACKEND}'}}", { env: ["POD_IP"] }),
      at("exporters: {otlp_grpc: {endpoint: '${file:/etc/backend}'}}", { env: ["POD_IP"] }),
    ],
  },
  "debug-detail": {
    fails: [at(exporter("{verbosity: detailed}", "debug/a"))],
    passes: [
      at(`exporters: {debug: {verbosity: detailed}}\n${traces("exporters: [debug]")}`),
      at("exporters: {debug: {verbosity: detailed}}"),
    ],
  },
  durations: {
    fails: [
      at(queue("{batch: {flush_timeout: 200}}")),
      at(sampler("{decision_wait: -1s}")),
      at(limiter("{check_interval: -5}")),
    ],
    passes: [
      at(queue("{batch: {flush_timeout: 200000000}}")),
      at("exporters: {otlp_grpc: {retry_on_failure: {max_elapsed_time: 0}}}"),
      at(sampler("{decision_wait: '${env:WAIT}'}")),
    ],
  },
  counts: {
    fails: [
      at(queue("{queue_size: 10.5}")),
      at(queue("{batch: {min_size: -1}}")),
      at(receiver("{protocols: {http: {max_request_body_size: -1}}}")),
      at("exporters: {otlp_grpc: {retry_on_failure: {multiplier: 0}}}"),
    ],
    passes: [
      at(queue("{batch: {max_size: 0}}")),
      at(receiver("{max_connections: -1}", "mysql")),
      at("exporters: {otlp_grpc: {retry_on_failure: {multiplier: 1.5}}}"),
      at(limiter("{limit_mib: '${env:LIMIT}'}")),
    ],
  },
  "listen-port": {
    fails: [
      at(receiver("{endpoint: '${env:POD_IP}'}", "zipkin")),
      at(receiver("{protocols: {http: {endpoint: '[${env:POD_IP}]:70000'}}}")),
      at("extensions: {health_check: {endpoint: localhost}}"),
      at("exporters: {prometheus: {endpoint: 0.0.0.0}}"),
      at(reader("{readers: [{pull: {exporter: {prometheus: {host: ''}}}}]}")),
    ],
    passes: [
      at(receiver("{endpoint: '${env:LISTEN}'}", "zipkin")),
      at(receiver("{protocols: {grpc: {endpoint: /run/otlp.sock, transport: unix}}}")),
      at(receiver("{protocols: {grpc: {endpoint: ':0'}}}")),
      at(exporter("{endpoint: gateway}")),
      at(reader("{readers: [{periodic: {exporter: {otlp: {}}}}]}")),
    ],
  },
  policies: {
    fails: [
      at(sampler("{}")),
      at(sampler("{policies: [{name: a, type: sometimes}]}")),
      at(sampler("{policies: [{name: a, type: latency}, {name: a, type: drop}]}")),
      at(sampler("{policies: [{type: latency}]}")),
    ],
    passes: [
      at(sampler("{policies: [{name: a, type: latency}, {name: b, type: drop}]}")),
      at(sampler("{policies: [{name: a, type: '${env:TYPE}'}]}")),
      at(
        `extensions: {mine: {}}\nservice: {extensions: [mine]}\nprocessors: {tail_sampling: {policies: [{name: a, type: mine}]}}`,
      ),
    ],
  },
  "pod-association": {
    fails: [at("processors: {k8sattributes: {pod_association: [{sources: [{from: connection}, {from: label}]}]}}")],
    passes: [
      at("processors: {k8s_attributes: {}}"),
      at("processors: {k8s_attributes: {extract: {labels: [{from: node, key: a}]}}}"),
    ],
  },
  "kafka-encoding": {
    fails: [at(exporter("{logs: {encoding: morse}}", "kafka"))],
    passes: [
      at(exporter("{}", "kafka")),
      at(receiver("{traces: {encoding: text_utf-8}}", "kafka")),
      at(`extensions: {morse: {}}\nservice: {extensions: [morse]}\nexporters: {kafka: {traces: {encoding: morse}}}`),
    ],
  },
  buckets: {
    fails: [
      at(spans("{histogram: {explicit: {buckets: [10ms, 2s, 300ms]}}}", "spanmetrics")),
      at(spans("{histogram: {explicit: {buckets: [1s, 1s]}}}")),
    ],
    passes: [at(spans("{}")), at(spans("{histogram: {explicit: {buckets: [10ms, 1s, '${env:MOST}']}}}"))],
  },
};
