import fc from "fast-check";
import { profileNames } from "../infra/profiles.ts";

const inside = fc.constantFrom("backend", "backend.data.svc", "10.0.0.7");
const host = fc.oneof(inside, fc.constant("backend.example.com"));
// A login may not leave the cluster without TLS.
const http = fc.tuple(inside, fc.integer({ min: 1, max: 65535 })).map(([name, port]) => `http://${name}:${port}`);
const https = fc.tuple(host, fc.integer({ min: 1, max: 65535 })).map(([name, port]) => `https://${name}:${port}`);
const secret = fc.constantFrom("login", "team-a.login");
const optional = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });

const backend = fc.oneof(
  fc.record({ endpoint: http, secret: optional(secret) }),
  fc.record({ endpoint: https, secret: optional(secret), ca: optional(fc.constant("authority")) }),
);
const search = fc
  .tuple(backend, optional(fc.constantFrom("traces", "spans-2026")))
  .map(([one, index]) => ({ ...one, index }));
const brokers = (one: fc.Arbitrary<string>) =>
  fc
    .array(
      one.map((name) => `${name}:9092`),
      { minLength: 1, maxLength: 3 },
    )
    .map((list) => list.join(","));
const mechanism = optional(fc.constantFrom("PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"));
const topic = optional(fc.constantFrom("spans", "otlp_spans"));
const kafka = fc.oneof(
  fc.record({ brokers: brokers(host), topic }),
  fc.record({ brokers: brokers(inside), topic, secret, mechanism }),
  fc.record({ brokers: brokers(host), topic, secret, mechanism, tls: fc.constant(true) }),
  fc.record({ brokers: brokers(host), topic, secret, mechanism, ca: fc.constant("authority") }),
);
const dimensions = optional(fc.subarray(["http.route", "http.request.method", "rpc.method"]));
const prometheus = fc.oneof(
  fc.record({ scrape: fc.constant(true), dimensions }),
  fc.record({ scrape: fc.boolean(), dimensions, remoteWrite: fc.oneof(http, https), secret: optional(secret) }),
);
const tailSampling = fc.record({
  keepShare: fc.constantFrom("0", "0.01", "0.5", "1"),
  keepErrors: fc.boolean(),
  keepSlowerThanMs: optional(fc.integer({ min: 1, max: 60_000 })),
  decisionWaitSeconds: optional(fc.integer({ min: 1, max: 30 })),
});
const extra = fc.constantFrom(
  {
    processors: { "transform/team": { error_mode: "ignore", trace_statements: ['set(span.attributes["team"], "a")'] } },
    pipelines: { traces: { processors: ["transform/team"] } },
  },
  {
    exporters: { "otlp_http/vendor": { endpoint: "https://vendor.example.com" } },
    pipelines: { traces: { exporters: ["otlp_http/vendor"] } },
  },
);

type Raw = Record<string, string>;

/** Settings as `pulumi config` holds them, all of which are allowed together: any topology that our users can ask for. */
export const rawSettings: fc.Arbitrary<Raw> = fc
  .record({
    profile: fc.constantFrom(...profileNames),
    namespace: fc.constantFrom("observability", "o11y"),
    gatewayReplicas: optional(fc.integer({ min: 1, max: 5 }).map(String)),
    spansPerSecond: optional(fc.integer({ min: 1, max: 2_000 }).map(String)),
    tls: optional(fc.constantFrom("off", "server", "mutual")),
    debug: optional(fc.boolean().map(String)),
    redact: optional(fc.subarray(["(?i)password", "^card\\.", "token"]).map((list) => JSON.stringify(list))),
    tailSampling: optional(tailSampling.map((value) => JSON.stringify(value))),
    otlp: optional(backend.map((value) => JSON.stringify(value))),
    zipkin: optional(backend.map((value) => JSON.stringify(value))),
    elasticsearch: optional(search.map((value) => JSON.stringify(value))),
    opensearch: optional(search.map((value) => JSON.stringify(value))),
    kafka: optional(kafka.map((value) => JSON.stringify(value))),
    prometheus: optional(prometheus.map((value) => JSON.stringify(value))),
    agentExtra: optional(extra.map((value) => JSON.stringify(value))),
    gatewayExtra: optional(extra.map((value) => JSON.stringify(value))),
  })
  .map((raw) =>
    Object.fromEntries(Object.entries(raw).filter((entry): entry is [string, string] => entry[1] !== undefined)),
  )
  // The gateways of tail sampling have a limit of memory, which the small profile meets first.
  .filter(
    ({ profile, tailSampling: sampled }) =>
      profile !== "laptop" || sampled === undefined || !/"decisionWaitSeconds":(2\d|30)/.test(sampled),
  );
