import { jaegerVersion, jaegerVersionProblem } from "../collector-config/jaeger-versions.ts";
import { isOutside } from "../collector-config/rules/secrets.ts";
import { parseImage } from "../collector-config/versions.ts";
import { dependenciesObstacle } from "./jaeger-jobs.ts";
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
  const { kind, endpoint, secret, ca } = storage;
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
  const problems: string[] = [];
  const short = kind === "cassandra" ? endpoint.split(",").filter((one) => !/^[^:]*\./.test(one)) : [];
  if (short.length > 0) {
    problems.push(
      `throughline:storage.endpoint has ${short.map((one) => `"${one}"`).join(", ")}, but Jaeger takes only names with a dot for cassandra. Write: ${set("storage.endpoint", short.map((one) => one.replace(/^[^:]*/, "$&.data.svc")).join(","))}`,
    );
  }
  const secured = `Write: ${set("storage.endpoint", endpoint.replace("http:", "https:"))}`;
  if (asUrl && endpoint.startsWith("http:")) {
    if (secret !== undefined && isOutside(endpoint)) {
      problems.push(
        `throughline:storage.secret is "${secret}", but throughline:storage.endpoint leads out of the cluster without TLS, where anyone can read the login. ${secured}`,
      );
    }
    if (ca !== undefined) {
      problems.push(`throughline:storage.ca is "${ca}", but throughline:storage.endpoint is not https. ${secured}`);
    }
  }
  const { clickhouse } = jaegerVersion(parseImage(jaegerImage).version);
  if (kind === "clickhouse") {
    const lacking = [
      ...(ca !== undefined && !clickhouse.tls ? [["ca", ca, "2.19"] as const] : []),
      ...(storage.retentionHours !== undefined && !clickhouse.ttl
        ? [["retentionHours", storage.retentionHours, "2.18"] as const]
        : []),
    ];
    for (const [name, value, since] of lacking) {
      problems.push(
        `throughline:storage.${name} is ${JSON.stringify(value)}, which Jaeger knows for clickhouse from ${since} on, but throughline:jaegerImage is "${jaegerImage}". Write: ${remove(`storage.${name}`)}`,
      );
    }
  }
  return problems;
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
        `throughline:jaeger.${role}.maxReplicas is ${maxReplicas}, but it has ${replicas} pods to begin with; allowed: more than that. Write: ${set(`jaeger.${role}.maxReplicas`, replicas * 2)}`,
      );
    }
  }
  return problems;
}

function viewProblems(settings: Settings): string[] {
  const { jaeger, prometheus } = settings;
  const kind = kindOf(settings);
  const problems: string[] = [];
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
