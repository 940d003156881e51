import { at, type Cases, exporter, reader, receiver } from "./yaml.ts";

/** Rules of addresses.ts and secrets.ts. */
export const network: Readonly<Record<string, Cases>> = {
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
      at(
        "exporters: {otlp_grpc: {endpoint: '[2001:db8::9]:4317', tls: {insecure: true}, headers: {authorization: a}}}",
      ),
      at(exporter("{brokers: ['a.svc:9092', 'b.example.org:9092'], auth: {sasl: {password: a}}}", "kafka")),
      at(exporter("{brokers: ['b.example.org:9092'], tls: {insecure: true}, auth: {sasl: {password: a}}}", "kafka")),
    ],
    passes: [
      at("exporters: {otlp_grpc: {endpoint: 'otlp.example.org:4317', tls: {insecure: true}}}"),
      at(
        "exporters: {otlp_grpc: {endpoint: 'a.b.svc.cluster.local:4317', tls: {insecure: true}, headers: {authorization: a}}}",
      ),
      at(exporter("{brokers: ['b.example.org:9092'], tls: {}, auth: {sasl: {password: a}}}", "kafka")),
      at(exporter("{brokers: ['b.example.org:9092'], auth: {tls: {}, sasl: {password: a}}}", "kafka")),
      at(exporter("{brokers: ['kafka.data.svc:9092'], auth: {sasl: {password: a}}}", "kafka")),
      at(exporter("{brokers: ['b.example.org:9092']}", "kafka")),
      at("exporters: {otlp_grpc: {endpoint: '[fd00::9]:4317', tls: {insecure: true}, headers: {authorization: a}}}"),
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
};
