import { jaegerVersion, jaegerVersionProblem } from "../../collector-config/jaeger-versions.ts";
import { parseImage } from "../../collector-config/versions.ts";
import { dependenciesObstacle } from "../jaeger/jobs.ts";
import { usualCassandraPort } from "../jaeger/storage.ts";
import { mostPods } from "../profiles.ts";
import { type StorageSetting, storageFields, storageKinds } from "./jaeger-settings.ts";
import type { Settings } from "./settings.ts";

/** Settings of Jaeger that are each allowed but do not go together, one sentence each, which ends with the line to write. */
export function jaegerProblems(settings: Settings): string[] {
  return [
    ...imageProblems(settings),
    ...fieldProblems(settings),
    ...serverProblems(settings),
    ...jobProblems(settings),
    ...roleProblems(settings),
    ...viewProblems(settings),
  ];
}

const set = (name: string, value: string | number) => `pulumi config set --path 'throughline:${name}' ${value}`;
const remove = (name: string) => `pulumi config rm --path 'throughline:${name}'`;

function imageProblems({ jaegerImage }: Settings): string[] {
  const problem = jaegerVersionProblem(parseImage(jaegerImage).version);
  return problem === undefined
    ? []
    : [
        `throughline:jaegerImage is "${jaegerImage}", which ${problem}; allowed: 2.13 and newer. Write: pulumi config rm throughline:jaegerImage`,
      ];
}

const kindOf = ({ storage }: Settings) => storage?.kind ?? "memory";

/** Fields that are set although the kind of storage does not take them. */
function fieldProblems(settings: Settings): string[] {
  const kind = kindOf(settings);
  const { storage, maxTraces } = settings;
  const given = Object.entries(storage ?? {}).filter(([name, value]) => name !== "kind" && value !== undefined);
  const problems = given
    .filter(([name]) => !storageFields[kind].some((field) => field === name))
    .map(([name, value]) => {
      const owners = storageKinds.filter((one) => storageFields[one].some((field) => field === name));
      return `throughline:storage.${name} is ${JSON.stringify(value)}, but throughline:storage.kind is ${kind}; it goes with ${owners.join(", ")}. Write: ${remove(`storage.${name}`)}`;
    });
  if (maxTraces !== undefined && kind !== "memory") {
    problems.push(
      `throughline:maxTraces is ${maxTraces}, but throughline:storage.kind is ${kind}; it goes with memory. Write: pulumi config rm throughline:maxTraces`,
    );
  }
  return problems;
}

const usualEndpoints: Partial<Record<StorageSetting["kind"], string>> = {
  opensearch: "http://opensearch.search.svc:9200",
  elasticsearch: "http://elasticsearch.search.svc:9200",
  cassandra: "cassandra.data.svc:9042",
  clickhouse: "clickhouse.data.svc:9000",
};

function serverProblems({ storage, jaegerImage }: Settings): string[] {
  const usual = storage && usualEndpoints[storage.kind];
  if (storage === undefined || usual === undefined) return [];
  const { kind, endpoint } = storage;
  const asUrl = kind === "opensearch" || kind === "elasticsearch";
  const shape = asUrl ? "an http or https URL" : "host:port, several with commas between";
  const write = `Write: ${set("storage.endpoint", usual)}`;
  if (endpoint === undefined) {
    return [
      `throughline:storage.endpoint is not set, but throughline:storage.kind is ${kind}; allowed: ${shape}. ${write}`,
    ];
  }
  if (/^https?:/.test(endpoint) !== asUrl) {
    return [`throughline:storage.endpoint is "${endpoint}", but ${kind} is reached by ${shape}. ${write}`];
  }
  if (kind === "cassandra") return cassandraProblems(endpoint);
  return kind === "clickhouse" ? clickhouseProblems(storage, jaegerImage) : [];
}

function cassandraProblems(endpoint: string): string[] {
  const servers = endpoint.split(",");
  const withDot = (server: string) => /^[^:]*\./.test(server);
  const short = servers.filter((server) => !withDot(server));
  const dotted = servers.map((server) => (withDot(server) ? server : server.replace(/^[^:]*/, "$&.data.svc")));
  const problems: string[] = [];
  if (short.length > 0) {
    problems.push(
      `throughline:storage.endpoint has ${short.map((one) => `"${one}"`).join(", ")}, but Jaeger takes only names with a dot for cassandra. Write: ${set("storage.endpoint", dotted.join(","))}`,
    );
  }
  const ports = servers.map((server) => server.split(":")[1] ?? `${usualCassandraPort}`);
  if (new Set(ports).size > 1) {
    const alike = dotted.map((server) => server.replace(/(:.*)?$/, `:${ports[0]}`)).join(",");
    problems.push(
      `throughline:storage.endpoint is "${endpoint}", but Jaeger takes one port for all servers of cassandra; allowed: the same at each, where none is written ${usualCassandraPort}. Write: ${set("storage.endpoint", alike)}`,
    );
  }
  return problems;
}

function clickhouseProblems({ ca, tls, retentionHours }: StorageSetting, jaegerImage: string): string[] {
  const { clickhouse } = jaegerVersion(parseImage(jaegerImage).version);
  const lacking = [
    ["ca", clickhouse.tls ? undefined : ca, "2.19"],
    ["tls", clickhouse.tls ? undefined : tls || undefined, "2.19"],
    ["retentionHours", clickhouse.ttl ? undefined : retentionHours, "2.18"],
  ] as const;
  return lacking
    .filter(([, value]) => value !== undefined)
    .map(
      ([name, value, since]) =>
        `throughline:storage.${name} is ${JSON.stringify(value)}, which Jaeger knows for clickhouse from ${since} on, but throughline:jaegerImage is "${jaegerImage}". Write: ${remove(`storage.${name}`)}`,
    );
}

/** A job that was asked for and can't do its work here. */
function jobProblems({ storage }: Settings): string[] {
  const obstacle = storage && dependenciesObstacle(storage);
  if (storage?.dependencies !== "job" || obstacle === undefined) return [];
  const [why, write] = {
    rotation: [
      "it reads indices by day and throughline:storage.rotation is hour",
      set("storage.rotation", "day"),
    ] as const,
    path: [
      `it takes no path in a URL and throughline:storage.endpoint is "${storage.endpoint}"`,
      set("storage.dependencies", "none"),
    ] as const,
  }[obstacle];
  return [`throughline:storage.dependencies is job, but ${why}. Write: ${write}`];
}

function roleProblems(settings: Settings): string[] {
  const { jaeger } = settings;
  if (jaeger === undefined) return [];
  const kind = kindOf(settings);
  const problems: string[] = [];
  if (jaeger.roles === "separate" && (kind === "memory" || kind === "badger")) {
    const why = kind === "memory" ? "is in the memory of one pod" : "belongs to one pod";
    problems.push(
      `throughline:jaeger.roles is separate, but the storage ${kind} ${why} and can't be shared; allowed: opensearch, elasticsearch, cassandra, clickhouse. Write: ${set("jaeger.roles", "all-in-one")}`,
    );
  }
  const parts = ["collector", "ingester", "query", "buffer"] as const;
  for (const part of parts.filter((one) => jaeger.roles !== "separate" && jaeger[one] !== undefined)) {
    const pods = part === "buffer" ? "stands between collector and ingester" : "is a program of its own";
    problems.push(
      `throughline:jaeger.${part} is set, but it ${pods} only where throughline:jaeger.roles is separate. Write: ${kind === "memory" || kind === "badger" ? remove(`jaeger.${part}`) : set("jaeger.roles", "separate")}`,
    );
  }
  if (jaeger.roles === "separate" && jaeger.ingester !== undefined && jaeger.buffer === undefined) {
    problems.push(
      `throughline:jaeger.ingester is set, but without throughline:jaeger.buffer it has nothing to read from. Write: ${set("jaeger.buffer.brokers", "kafka.data.svc:9092")}`,
    );
  }
  for (const role of ["collector", "ingester", "query"] as const) {
    const { replicas = 2, maxReplicas } = jaeger[role] ?? {};
    if (maxReplicas !== undefined && maxReplicas <= replicas) {
      problems.push(
        `throughline:jaeger.${role}.maxReplicas is ${maxReplicas}, but it has ${replicas} pods to begin with; allowed: more than that, ${mostPods} at most. Write: ${replicas < mostPods ? set(`jaeger.${role}.maxReplicas`, Math.min(replicas * 2, mostPods)) : remove(`jaeger.${role}.maxReplicas`)}`,
      );
    }
  }
  return problems;
}

/** Letters of a keyspace's name that leave room for what the archive's has besides. */
const longestBesideArchive = 48 - "_archive".length;

function viewProblems(settings: Settings): string[] {
  const { jaeger, prometheus, ingress } = settings;
  const kind = kindOf(settings);
  const problems: string[] = [];
  if (jaeger?.tenancy && ingress?.login === "oauth2-proxy") {
    problems.push(
      `throughline:jaeger.tenancy is set, but throughline:ingress.login is oauth2-proxy, which sends no ${jaeger.tenancy.header}, so that Jaeger would let nobody in; allowed: auth-url or none, with a proxy in front that sets it. Write: ${remove("jaeger.tenancy")}`,
    );
  }
  if (jaeger?.tenancy && kind === "memory") {
    problems.push(
      `throughline:jaeger.tenancy is set, but memory looks for a tenant's traces under its name, and nothing that writes them has one; allowed: every other storage. Write: ${remove("jaeger.tenancy")}`,
    );
  }
  if (jaeger?.archive && kind === "clickhouse") {
    problems.push(
      `throughline:jaeger.archive is true, but it needs a second database of clickhouse, which Jaeger does not make. Write: ${set("jaeger.archive", "false")}`,
    );
  }
  const { keyspace = "" } = settings.storage ?? {};
  if (jaeger?.archive && keyspace.length > longestBesideArchive) {
    problems.push(
      `throughline:storage.keyspace is "${keyspace}", but with throughline:jaeger.archive there is a second one, named ${keyspace}_archive; allowed: ${longestBesideArchive} letters, since Cassandra takes 48. Write: ${set("storage.keyspace", keyspace.slice(0, longestBesideArchive))}`,
    );
  }
  if (jaeger?.metrics === "storage" && kind !== "opensearch" && kind !== "elasticsearch") {
    problems.push(
      `throughline:jaeger.metrics is storage, but ${kind} computes no metrics; it goes with opensearch, elasticsearch. Write: ${set("jaeger.metrics", "http://prometheus.monitoring.svc:9090")}`,
    );
  }
  if (jaeger?.metrics !== undefined && jaeger.metrics !== "storage" && prometheus === undefined) {
    problems.push(
      `throughline:jaeger.metrics is "${jaeger.metrics}", but the gateway makes no metrics for it. Write: ${set("prometheus.scrape", "true")}`,
    );
  }
  return problems;
}
