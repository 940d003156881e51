import { at, type Cases, exporter, queue, reader, receiver, traces } from "./yaml.ts";

const routes = (text: string) =>
  `connectors: {routing: {${text}}}
service: {pipelines: {traces: {exporters: [routing]}, traces/a: {receivers: [routing], exporters: [otlp_grpc]}}}`;

/** Rules of shape.ts, references.ts, pipelines.ts, extensions.ts and removed.ts. */
export const structure: Readonly<Record<string, Cases>> = {
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
  "connector-pipelines": {
    fails: [
      at(`connectors: {failover: {priority_levels: [[traces]]}}\n${traces("exporters: [failover]")}`),
      at(routes("table: [{condition: 'true', pipelines: [traces/a]}], default_pipelines: [traces/c]")),
      at(routes("table: [{condition: 'true', pipelines: [traces/a, traces/c]}]")),
    ],
    passes: [
      at(routes("table: [{condition: 'true', pipelines: [traces/a]}], default_pipelines: [traces/a, '${env:REST}']")),
      at(routes("table: 5, default_pipelines: 5")),
      at("connectors: {routing: {default_pipelines: [traces/c]}}"),
      at("connectors: {forward: {pipelines: [traces/c]}}"),
    ],
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
  "debug-detail": {
    fails: [at(exporter("{verbosity: detailed}", "debug/a"))],
    passes: [
      at(`exporters: {debug: {verbosity: detailed}}\n${traces("exporters: [debug]")}`),
      at("exporters: {debug: {verbosity: detailed}}"),
    ],
  },
};
