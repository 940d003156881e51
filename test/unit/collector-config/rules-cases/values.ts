import { at, type Cases, exporter, limiter, queue, reader, receiver, sampler, spans } from "./yaml.ts";

/** Rules of values.ts. */
export const values: Readonly<Record<string, Cases>> = {
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
      at(exporter("{max_idle_conns_per_host: 0.5}", "otlp_http")),
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
