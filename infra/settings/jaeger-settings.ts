import { mostPods } from "../profiles.ts";
import { images } from "../versions.ts";
import { isHosts, isUrl } from "./addresses.ts";
import { type KafkaSetting, kafkaKind, secretName } from "./backend-settings.ts";
import { type IngressSetting, ingressKind } from "./ingress-settings.ts";
import { atLeastOne, count, flag, image, type Kind, type Kinds, listOf, oneOf, record, text } from "./values.ts";

export const storageKinds = ["memory", "badger", "opensearch", "elasticsearch", "cassandra", "clickhouse"] as const;

/** Where Jaeger keeps traces. Which fields go with which kind is in `storageFields`. */
export interface StorageSetting {
  /** Default: memory. */
  readonly kind: (typeof storageKinds)[number];
  /** Size of the volume of badger. Default: - the profile's. */
  readonly volumeGiB: number | undefined;
  /** Hours after which traces go. Default: 72. */
  readonly retentionHours: number | undefined;
  /** URL of OpenSearch or Elasticsearch; `host:port` of Cassandra or ClickHouse, several with commas between. */
  readonly endpoint: string | undefined;
  /** Name of a Secret with the keys `username` and `password`. Default: - no login. */
  readonly secret: string | undefined;
  /** Whether a connection that has no URL is TLS. Default: - where `ca` is set. */
  readonly tls: boolean | undefined;
  /** Name of a Secret whose key `ca.crt` holds the authority that signed the server's certificate. Default: - the image's own. */
  readonly ca: string | undefined;
  /** In front of the names of indices. Default: - nothing. */
  readonly indexPrefix: string | undefined;
  /** How often a new index begins. Default: day. */
  readonly rotation: "day" | "hour" | undefined;
  /** Who removes indices beyond the retention: a nightly `job` of ours, or `none`. Default: job. */
  readonly cleanup: "job" | "none" | undefined;
  /** Who works out each night which service called which: a `job` of ours, or `none`. Default: job; none where indices begin by the hour. */
  readonly dependencies: "job" | "none" | undefined;
  /** The job's image. Default: - the one in versions.ts for the kind. */
  readonly dependenciesImage: string | undefined;
  /** Of Cassandra. Default: jaeger_v1_dc1. */
  readonly keyspace: string | undefined;
  /** Of Cassandra. Default: dc1. */
  readonly datacenter: string | undefined;
  /** Copies of each trace in Cassandra. Default: 1. */
  readonly replicationFactor: number | undefined;
  /** Of ClickHouse; must exist. Default: default. */
  readonly database: string | undefined;
}

const dependencies = ["dependencies", "dependenciesImage"] as const;

/** The fields that each kind of storage takes, besides `kind`; those that must be set come first, and are told by `storageNeeds`. */
export const storageFields: Readonly<Record<StorageSetting["kind"], readonly (keyof StorageSetting)[]>> = {
  memory: [],
  badger: ["volumeGiB", "retentionHours"],
  opensearch: ["endpoint", "retentionHours", "secret", "ca", "indexPrefix", "rotation", "cleanup", ...dependencies],
  elasticsearch: ["endpoint", "retentionHours", "secret", "ca", "indexPrefix", "rotation", "cleanup", ...dependencies],
  cassandra: [
    "endpoint",
    "retentionHours",
    "secret",
    "tls",
    "ca",
    "keyspace",
    "datacenter",
    "replicationFactor",
    ...dependencies,
  ],
  clickhouse: ["endpoint", "retentionHours", "secret", "tls", "ca", "database"],
};

/** Pods of one role of Jaeger. */
export interface RoleSetting {
  /** Default: 2. */
  readonly replicas: number | undefined;
  /** Pods under load; makes an autoscaler. Default: - none. */
  readonly maxReplicas: number | undefined;
}

/** Who may ask Jaeger's API. It does not keep traces of several tenants apart. */
export interface TenancySetting {
  /** The header that every request must have; a proxy in front sets it. Default: x-tenant. */
  readonly header: string;
  /** Its values that may pass. */
  readonly tenants: readonly string[];
}

/** How Jaeger runs, and what its UI shows. */
export interface JaegerSetting {
  /** One program for everything, or one for each role. Default: all-in-one. */
  readonly roles: "all-in-one" | "separate";
  readonly collector: RoleSetting | undefined;
  readonly ingester: RoleSetting | undefined;
  readonly query: RoleSetting | undefined;
  /** Kafka between collector and ingester. Default: - none. */
  readonly buffer: KafkaSetting | undefined;
  /** Where the Monitor tab gets its numbers: the URL of a Prometheus, or `storage`. Default: - no such tab. */
  readonly metrics: string | undefined;
  /** Whether users can keep single traces beyond the retention. Default: false. */
  readonly archive: boolean;
  /** Path of a file with sampling strategies, relative to the project. Default: - none are served. */
  readonly samplingFile: string | undefined;
  /** Path under which the UI stands. Default: - the root. */
  readonly basePath: string | undefined;
  /** Default: - requests need no such header. */
  readonly tenancy: TenancySetting | undefined;
}

const role = record<RoleSetting>({
  replicas: count(mostPods, 2, "2"),
  maxReplicas: count(mostPods, 6, "no autoscaler"),
});
const identifier = /^[a-zA-Z]\w{0,47}$/;

const storage: Kind<StorageSetting | undefined> = record<StorageSetting>({
  kind: oneOf(storageKinds, "memory", "badger"),
  volumeGiB: count(65_536, 50),
  retentionHours: count(87_600, 72, "72"),
  endpoint: text(
    (value) => isUrl(value) || isHosts(value),
    undefined,
    "a URL without login, or host:port",
    "http://opensearch.search.svc:9200",
  ),
  secret: secretName("storage-login"),
  tls: flag(undefined, "true"),
  ca: secretName("storage-ca"),
  indexPrefix: text(/^[a-z0-9][a-z0-9._-]{0,80}$/, undefined, "the beginning of a name (lower case)", "team-a"),
  rotation: oneOf(["day", "hour"], undefined, "day"),
  cleanup: oneOf(["job", "none"], undefined, "none"),
  dependencies: oneOf(["job", "none"], undefined, "none"),
  dependenciesImage: image(undefined, images.dependencies.opensearch),
  keyspace: text(identifier, undefined, "the name of a keyspace (letters, digits, _)", "jaeger_v1_dc1"),
  datacenter: text(/^[\w-]{1,48}$/, undefined, "the name of a data centre", "dc1"),
  replicationFactor: count(9, 3, "1"),
  database: text(identifier, undefined, "the name of a database (letters, digits, _)", "jaeger"),
});

export interface JaegerSettings {
  readonly ingress: IngressSetting | undefined;
  readonly storage: StorageSetting | undefined;
  readonly jaeger: JaegerSetting | undefined;
}

export const jaegerKinds: Kinds<JaegerSettings> = {
  storage,
  ingress: ingressKind,
  jaeger: record<JaegerSetting>({
    roles: oneOf(["all-in-one", "separate"], "all-in-one", "separate"),
    collector: role,
    ingester: role,
    query: role,
    buffer: kafkaKind,
    metrics: text(
      (value) => value === "storage" || isUrl(value),
      undefined,
      "the URL of a Prometheus, or storage",
      "http://prometheus.monitoring.svc:9090",
    ),
    archive: flag(false),
    samplingFile: text(/\S/, undefined, "the path of a JSON file", "sampling.json"),
    basePath: text(/^(\/[\w.~-]+)+$/, undefined, "a path that begins with / and does not end with it", "/jaeger"),
    tenancy: record<TenancySetting>(
      {
        header: text(/^[\w-]+$/, "x-tenant", "the name of an HTTP header", "x-tenant"),
        // Without any, Jaeger lets every tenant in.
        tenants: atLeastOne(listOf((item) => /^[\w.-]+$/.test(item), [], "a list of names", "acme")),
      },
      ["tenants"],
    ),
  }),
};
