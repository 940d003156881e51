import fc from "fast-check";
import { storageKinds } from "../infra/settings/jaeger-settings.ts";

const optional = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });
const hours = optional(fc.integer({ min: 1, max: 10_000 }));
const secret = optional(fc.constantFrom("login", "team-a.login"));
const ca = optional(fc.constant("authority"));
const tls = optional(fc.constant(true));

const search = (kind: string) =>
  fc.record({
    kind: fc.constant(kind),
    endpoint: fc.constantFrom("https://search:9200", "https://search.example.com/es"),
    retentionHours: hours,
    secret,
    ca,
    indexPrefix: optional(fc.constantFrom("a", "team-a", "9")),
    rotation: optional(fc.constantFrom("day", "hour")),
    cleanup: optional(fc.constantFrom("job", "none")),
    // The job, when asked for, reads indices by day at the root of a URL.
    dependencies: optional(fc.constant("none")),
  });

const storages: Readonly<Record<(typeof storageKinds)[number], fc.Arbitrary<object>>> = {
  memory: fc.constant({}),
  badger: fc.record({
    kind: fc.constant("badger"),
    retentionHours: hours,
    volumeGiB: optional(fc.integer({ min: 1, max: 99 })),
  }),
  opensearch: search("opensearch"),
  elasticsearch: search("elasticsearch"),
  cassandra: fc.record({
    kind: fc.constant("cassandra"),
    endpoint: fc.constantFrom("a.data.svc", "a.data.svc:9142,b.data.svc:9142", "10.0.0.1"),
    retentionHours: hours,
    secret,
    tls,
    ca,
    keyspace: optional(fc.constantFrom("jaeger", "k_1")),
    datacenter: optional(fc.constantFrom("dc1", "eu-1")),
    replicationFactor: optional(fc.integer({ min: 1, max: 5 })),
    dependencies: optional(fc.constantFrom("job", "none")),
  }),
  clickhouse: fc.record({
    kind: fc.constant("clickhouse"),
    endpoint: fc.constantFrom("ch", "ch.data.svc:9440,ch2.data.svc"),
    secret,
    database: optional(fc.constant("traces")),
  }),
};

const pods = optional(fc.record({ replicas: optional(fc.integer({ min: 1, max: 5 })) }));
const brokers = fc.constantFrom("kafka:9092", "a.data.svc:9092,b.data.svc:9092");
const topic = optional(fc.constant("spans"));
const mechanism = optional(fc.constantFrom("PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"));
const kafka = fc.oneof(
  fc.record({ brokers, topic, tls, ca }),
  fc.record({ brokers, topic, mechanism, tls, ca, secret: fc.constantFrom("login", "team-a.login") }),
);

/** What Jaeger can be asked for with a storage that several pods share, or with one that they can't. */
function view(kind: string): fc.Arbitrary<object> {
  const shared = kind !== "memory" && kind !== "badger";
  const common = {
    archive: optional(fc.boolean().map((wanted) => wanted && kind !== "clickhouse")),
    metrics: optional(fc.constantFrom("http://prometheus:9090", ...(/search/.test(kind) ? ["storage"] : []))),
    basePath: optional(fc.constantFrom("/traces", "/a/b")),
    tenancy: kind === "memory" ? fc.constant(undefined) : optional(fc.constant({ tenants: ["acme"] })),
  };
  const together = fc.record(common);
  if (!shared) return together;
  const apart = fc
    .record({ ...common, roles: fc.constant("separate"), collector: pods, query: pods, buffer: optional(kafka) })
    .map((one) => one);
  return fc.oneof(together, apart);
}

/** Who lets people in from outside; the proxy has no word for tenants. */
function ingress(jaeger: object): fc.Arbitrary<object> {
  const open = fc.constant({ host: "traces.example.com", tlsSecret: "traces-tls", login: "none" });
  const proxied = open.map((one) => ({
    ...one,
    login: "oauth2-proxy",
    issuer: "https://i.example.com",
    secret: "login",
  }));
  const nobody = fc.constant({});
  return "tenancy" in jaeger && jaeger.tenancy ? fc.oneof(nobody, open) : fc.oneof(nobody, open, proxied);
}

/** Settings of Jaeger as `pulumi config` holds them, all of which are allowed together. */
export const rawJaegerSettings: fc.Arbitrary<Record<string, string>> = fc
  .constantFrom(...storageKinds)
  .chain((kind) => fc.tuple(storages[kind], view(kind)))
  .chain(([storage, jaeger]) => fc.tuple(fc.constant(storage), fc.constant(jaeger), ingress(jaeger)))
  .map(([storage, jaeger, outside]) => ({
    storage: JSON.stringify(storage),
    jaeger: JSON.stringify(jaeger),
    ingress: JSON.stringify(outside),
    prometheus: '{"scrape":true}',
  }));
