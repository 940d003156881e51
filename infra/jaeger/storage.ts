import type { Storage } from "../../collector-config/jaeger-storage.ts";
import { jaegerVersion } from "../../collector-config/jaeger-versions.ts";
import { parseImage } from "../../collector-config/versions.ts";
import { profiles } from "../profiles.ts";
import { caFile, login, type Secrets, secretsOf, tlsClient } from "../secrets.ts";
import type { StorageSetting } from "../settings/jaeger-settings.ts";
import type { Settings } from "../settings/settings.ts";

/** Where the volume of badger is mounted. */
export const badgerMount = "/var/lib/jaeger";

/** Hours after which traces go where nothing else is said. */
export const usualRetentionHours = 72;
/** Archived traces are looked for so long. */
const archiveHours = 10 * 365 * 24;

/** Where the settings have Jaeger keep traces. */
export function storageOf(settings: Settings): Storage {
  return storageFor(settings, settings.storage?.retentionHours ?? usualRetentionHours, "");
}

/** The place beside it for archived traces. */
export function archiveOf(settings: Settings): Storage {
  const storage = storageFor(settings, archiveHours, "archive");
  return storage.kind === "opensearch" || storage.kind === "elasticsearch" ? { ...storage, rotation: "year" } : storage;
}

/** @param suffix Keeps what is archived apart from the rest. */
function storageFor(settings: Settings, retentionHours: number, suffix: string): Storage {
  const { storage } = settings;
  const named = (name: string, separator: string) => (suffix === "" ? name : `${name}${separator}${suffix}`);
  const access = { login: storage && login("storage", storage) };
  switch (storage?.kind) {
    case undefined:
    case "memory":
      return { kind: "memory", maxTraces: maxTracesOf(settings) };
    case "badger":
      // Below the mount point: the volume's own folder may hold lost+found.
      return { kind: "badger", directory: `${badgerMount}/${suffix || "traces"}`, retentionHours };
    case "opensearch":
    case "elasticsearch": {
      const { kind, endpoint = "", indexPrefix, rotation = "day" } = storage;
      const prefix = [indexPrefix, suffix].filter(Boolean).join("-");
      return {
        kind,
        endpoint,
        indexPrefix: prefix || undefined,
        rotation,
        retentionHours,
        ...access,
        caFile: storage.ca && caFile("storage"),
      };
    }
    case "cassandra":
      return {
        kind: "cassandra",
        ...serversOf(storage),
        keyspace: named(storage.keyspace ?? "jaeger_v1_dc1", "_"),
        datacenter: storage.datacenter ?? "dc1",
        replicationFactor: storage.replicationFactor ?? 1,
        retentionHours,
        ...access,
        tls: tlsClient("storage", storage),
      };
    case "clickhouse": {
      const { clickhouse } = jaegerVersion(parseImage(settings.jaegerImage).version);
      return {
        kind: "clickhouse",
        addresses: (storage.endpoint ?? "").split(",").map((one) => (one.includes(":") ? one : `${one}:9000`)),
        database: storage.database ?? "default",
        retentionHours: clickhouse.ttl ? retentionHours : undefined,
        ...access,
        tls: tlsClient("storage", storage),
      };
    }
  }
}

/** Traces that are kept in memory. */
export function maxTracesOf({ maxTraces, profile }: Settings): number {
  return maxTraces ?? profiles[profile].jaeger.maxTraces;
}

/** What the storage's Secrets give to the pods that reach it. */
export function storageSecrets({ storage }: Pick<Settings, "storage">): Secrets {
  return storage === undefined ? { variables: [], files: [] } : secretsOf("storage", storage, ["username", "password"]);
}

/** Port of Cassandra's servers where none is said. */
export const usualCassandraPort = 9042;

/** Cassandra's servers share one port. */
export function serversOf({ endpoint = "" }: StorageSetting): { servers: string[]; port: number } {
  const all = endpoint.split(",").map((one) => one.split(":"));
  return { servers: all.map(([host = ""]) => host), port: Number(all[0]?.[1] ?? usualCassandraPort) };
}

/** What becomes of stored traces, for people. */
export function storageText(settings: Settings): string {
  const storage = storageOf(settings);
  switch (storage.kind) {
    case "memory":
      return `memory (the newest ${storage.maxTraces} traces; traces are lost when Jaeger restarts)`;
    case "badger": {
      const GiB = settings.storage?.volumeGiB ?? profiles[settings.profile].jaeger.volumeGiB;
      const size = settings.target === "docker" ? "" : ` of ${GiB} GiB`;
      return `badger (on a volume${size}, for ${hoursText(storage.retentionHours)})`;
    }
    case "opensearch":
    case "elasticsearch":
      return `${storage.kind} (${storage.endpoint}, for ${hoursText(storage.retentionHours)})`;
    case "cassandra":
      return `cassandra (${storage.servers.join(", ")}, for ${hoursText(storage.retentionHours)})`;
    case "clickhouse":
      return storage.retentionHours === undefined
        ? `clickhouse (${storage.addresses.join(", ")}, for ever: this version of Jaeger removes nothing)`
        : `clickhouse (${storage.addresses.join(", ")}, for ${hoursText(storage.retentionHours)})`;
  }
}

/** Whether traces are gone with the pod. */
export function isVolatile({ storage }: Pick<Settings, "storage">): boolean {
  return storage === undefined || storage.kind === "memory";
}

function hoursText(hours: number): string {
  return hours % 24 === 0 && hours > 48 ? `${hours / 24} days` : `${hours} hours`;
}
