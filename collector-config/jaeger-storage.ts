import type { Fields } from "../common/objects.ts";
import type { TlsClient } from "./components/connection.ts";
import type { JaegerVersion } from "./jaeger-versions.ts";

/** A user of a storage. Both are secrets: write `${env:NAME}`. */
export interface StorageLogin {
  readonly username: string;
  readonly password: string;
}

interface Server {
  /** Default: - no login. */
  readonly login?: StorageLogin | undefined;
}

interface ServerWithoutUrl extends Server {
  /** Default: - plain. */
  readonly tls?: TlsClient | undefined;
}

/** The newest traces, in the memory of the pod. */
export interface MemoryStorage {
  readonly kind: "memory";
  readonly maxTraces: number;
}

/** A database inside Jaeger, on a volume. */
export interface BadgerStorage {
  readonly kind: "badger";
  /** A folder that outlives the pod. */
  readonly directory: string;
  readonly retentionHours: number;
}

export interface SearchStorage extends Server {
  readonly kind: "opensearch" | "elasticsearch";
  readonly endpoint: string;
  /** The authority that signed the server's certificate. Default: - the image's own. */
  readonly caFile?: string | undefined;
  /** In front of the names of indices. Default: - nothing. */
  readonly indexPrefix?: string | undefined;
  /** How often a new index begins. */
  readonly rotation: "day" | "hour" | "year";
  /** How far back a trace is searched by its id. Older indices have to be removed by a job. */
  readonly retentionHours: number;
}

export interface CassandraStorage extends ServerWithoutUrl {
  readonly kind: "cassandra";
  /** Names of servers, without port. */
  readonly servers: readonly string[];
  readonly port: number;
  /** Is made where it does not exist. */
  readonly keyspace: string;
  readonly datacenter: string;
  readonly replicationFactor: number;
  readonly retentionHours: number;
}

export interface ClickHouseStorage extends ServerWithoutUrl {
  readonly kind: "clickhouse";
  /** `host:port` of the native protocol. */
  readonly addresses: readonly string[];
  readonly database: string;
  /** Undefined where the version of Jaeger can't forget. */
  readonly retentionHours: number | undefined;
}

/** Where traces are kept. */
export type Storage = MemoryStorage | BadgerStorage | SearchStorage | CassandraStorage | ClickHouseStorage;

export type StorageKind = Storage["kind"];

/**
 * One entry of `backends` of the extension `jaeger_storage`, in the keys of that version.
 * @see https://www.jaegertracing.io/docs/latest/storage/
 */
export function storageBackend(storage: Storage, version: JaegerVersion): Fields {
  return { [storage.kind]: settings(storage, version) };
}

function settings(storage: Storage, version: JaegerVersion): Fields {
  switch (storage.kind) {
    case "memory":
      return { max_traces: storage.maxTraces };
    case "badger":
      return {
        directories: { keys: `${storage.directory}/keys`, values: `${storage.directory}/values` },
        ephemeral: false,
        ttl: { spans: hours(storage.retentionHours) },
      };
    case "opensearch":
    case "elasticsearch":
      return search(storage, version);
    case "cassandra":
      return cassandra(storage);
    case "clickhouse":
      return {
        protocol: "native",
        addresses: [...storage.addresses],
        database: storage.database,
        create_schema: true,
        ...basicAuth(storage),
        ...(storage.tls && { tls: storage.tls }),
        ...(storage.retentionHours !== undefined && { ttl: hours(storage.retentionHours) }),
      };
  }
}

/** As Go writes times. */
const layouts = { hour: "2006-01-02-15", day: "2006-01-02", year: "2006" } as const;
const indices = ["spans", "services", "dependencies", "sampling"] as const;

function search(storage: SearchStorage, version: JaegerVersion): Fields {
  const { endpoint, indexPrefix, rotation, retentionHours, caFile } = storage;
  // It knows no year, but counts an index that has the same name on the next day once.
  const periodic = { date_layout: layouts[rotation], rollover_frequency: rotation === "hour" ? "hour" : "day" };
  const each = version.searchKeys === "rotation" ? { rotation: { periodic } } : periodic;
  return {
    server_urls: [endpoint],
    ...basicAuth(storage),
    ...(caFile && { tls: { ca_file: caFile } }),
    indices: {
      ...(indexPrefix && { index_prefix: indexPrefix }),
      ...Object.fromEntries(indices.map((name) => [name, each])),
    },
    max_span_age: hours(retentionHours),
    // Its answer comes after the write, so that a failure reaches the gateway's queue.
    ...(version.syncWrites && { write_mode: "sync" }),
  };
}

function cassandra(storage: CassandraStorage): Fields {
  const ttl = hours(storage.retentionHours);
  return {
    schema: {
      create: true,
      keyspace: storage.keyspace,
      datacenter: storage.datacenter,
      replication_factor: storage.replicationFactor,
      trace_ttl: ttl,
      dependencies_ttl: ttl,
    },
    connection: {
      servers: [...storage.servers],
      port: storage.port,
      local_dc: storage.datacenter,
      // Without a time of its own a connection waits for ever.
      timeout: "10s",
      ...basicAuth(storage),
      tls: storage.tls ?? { insecure: true },
    },
    query: { timeout: "10s" },
  };
}

function basicAuth({ login }: Server): Fields {
  if (login === undefined) return {};
  return { auth: { basic: { username: asText(login.username), password: asText(login.password) } } };
}

/**
 * Jaeger's storages take `1234` or `true` out of the environment for a number or a truth value, and refuse it, or `~` for nothing.
 * Two references in one text are a text.
 */
const asText = (reference: string) => `${reference}\${env:AS_TEXT:-}`;

const hours = (count: number) => `${count}h`;
