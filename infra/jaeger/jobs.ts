import type { SearchStorage } from "../../collector-config/jaeger-storage.ts";
import { names } from "../kubernetes/metadata.ts";
import type { SecretFile, SecretVariable } from "../part.ts";
import { secretsOf, usesTls } from "../secrets.ts";
import type { StorageSetting } from "../settings/jaeger-settings.ts";
import type { Settings } from "../settings/settings.ts";
import { images } from "../versions.ts";
import { serversOf, usualRetentionHours } from "./storage.ts";

/** A program that tends a storage of Jaeger once a night, as plain data. */
export interface StorageJob {
  /** Its name, also of its account and container. */
  readonly name: string;
  readonly image: string;
  /** When it runs, in UTC, by whose days Jaeger counts. */
  readonly schedule: string;
  /** Seconds by which it may start late. Without a limit a hundred missed runs would end them all. */
  readonly latestSeconds: number;
  /** Numeric user, which the image knows. */
  readonly user: number;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly variables: readonly SecretVariable[];
  readonly files: readonly SecretFile[];
  /** Port of the storage. */
  readonly port: number;
  /** Requested and most memory in MiB. */
  readonly memory: number;
  readonly memoryLimit: number;
  /** Command of the same image that runs before, with the same files. Default: - none. */
  readonly prepare?: readonly string[];
  /** Folder it may write to, and how much. Default: - none. */
  readonly scratch?: { readonly path: string; readonly gib: number };
}

/** What has to run for the storage beside Jaeger itself; none where the storage sees to it, or somebody else does. */
export function storageJobs(settings: Settings): StorageJob[] {
  return [retention(settings), dependencies(settings)].filter((job) => job !== undefined);
}

/**
 * Removes indices that are older than the retention.
 * @see https://www.jaegertracing.io/docs/latest/storage/elasticsearch/#index-cleaner
 */
function retention({ storage, jaegerImage }: Settings): StorageJob | undefined {
  if (!isSearch(storage) || storage.cleanup === "none") return undefined;
  const { endpoint = "", indexPrefix, retentionHours = usualRetentionHours } = storage;
  const { variables, files } = secretsOf("es", storage, ["username", "password"]);
  const [authority] = files;
  return {
    name: names.jaegerRetention,
    // It comes with each release, beside Jaeger's own image; a digest would be another one.
    image: jaegerImage.replace(/([^/:@]+)(:[^@/]+)(@.*)?$/, "$1-es-index-cleaner$2"),
    schedule: "55 23 * * *",
    latestSeconds: 6 * 3600,
    user: 10001,
    args: [`${Math.ceil(retentionHours / 24)}`, endpoint],
    env: {
      ...(indexPrefix && { INDEX_PREFIX: indexPrefix }),
      ...(authority && { ES_TLS_ENABLED: "true", ES_TLS_CA: pathOf(authority) }),
    },
    variables,
    files,
    port: urlPort(endpoint),
    memory: 32,
    memoryLimit: 128,
  };
}

/** Where the job keeps its work, and the authorities in the form that Java reads. */
const scratch = "/tmp";
const trustStore = `${scratch}/authorities.p12`;
/** Of a file without secrets, which Java wants to have a password all the same. */
const trustStorePassword = "changeit";

/**
 * Works out once a day which service called which, for Jaeger's page of dependencies. Memory and badger do so when asked.
 * @see https://github.com/jaegertracing/spark-dependencies#configuration
 */
function dependencies({ storage }: Settings): StorageJob | undefined {
  if (!computesDependencies(storage)) return undefined;
  const { kind, endpoint = "", indexPrefix, keyspace, datacenter, ca, dependenciesImage } = storage;
  const prefix = { cassandra: "cassandra", opensearch: "os", elasticsearch: "es" }[kind];
  const { variables, files } = secretsOf(prefix, storage, ["username", "password"]);
  const [authority] = files;
  const servers = kind === "cassandra" ? serversOf(storage) : undefined;
  const java = [
    "-Xmx768m",
    ...(ca
      ? [`-Djavax.net.ssl.trustStore=${trustStore} -Djavax.net.ssl.trustStorePassword=${trustStorePassword}`]
      : []),
  ];
  return {
    name: names.jaegerDependencies,
    image: dependenciesImage ?? images.dependencies[kind],
    // Just before the day of the indices ends, which is the day it reads; the cleaner comes after it.
    schedule: "45 23 * * *",
    // After midnight it would read another day.
    latestSeconds: 600,
    // The image's own user has no entry in its list of users, without which Hadoop does not start.
    user: 65534,
    args: [],
    env: {
      JAVA_OPTS: java.join(" "),
      SPARK_LOCAL_DIRS: scratch,
      ...(servers
        ? {
            CASSANDRA_CONTACT_POINTS: servers.servers.map((server) => `${server}:${servers.port}`).join(","),
            CASSANDRA_KEYSPACE: keyspace ?? "jaeger_v1_dc1",
            CASSANDRA_LOCAL_DC: datacenter ?? "dc1",
            ...(usesTls(storage) && { CASSANDRA_USE_SSL: "true" }),
            // The job refuses to go without a login, also where the server asks for none and reads none.
            ...(variables.length === 0 && {
              CASSANDRA_USERNAME: "nobody",
              CASSANDRA_PASSWORD: "$(CASSANDRA_USERNAME)",
            }),
          }
        : {
            [variableOf(prefix, "nodes")]: withPort(endpoint),
            ...(indexPrefix && { [variableOf(prefix, "index_prefix")]: indexPrefix }),
          }),
    },
    variables,
    files,
    port: servers?.port ?? urlPort(endpoint),
    memory: 512,
    memoryLimit: 1_280,
    // What of a day's spans does not fit into its memory.
    scratch: { path: scratch, gib: 10 },
    ...(authority && { prepare: importAuthority(pathOf(authority)) }),
  };
}

function importAuthority(file: string): string[] {
  const store = ["-keystore", trustStore, "-storetype", "PKCS12", "-storepass", trustStorePassword];
  return ["keytool", "-importcert", "-noprompt", "-alias", "storage", "-file", file, ...store];
}

type Computing = StorageSetting & { readonly kind: "cassandra" | "opensearch" | "elasticsearch" };

function computesDependencies(storage: StorageSetting | undefined): storage is Computing {
  if (!isSearch(storage) && storage?.kind !== "cassandra") return false;
  return storage.dependencies !== "none" && dependenciesObstacle(storage) === undefined;
}

/** Why the job that works out dependencies can't do so in this storage; undefined where it can. */
export function dependenciesObstacle({ rotation, endpoint }: StorageSetting): "rotation" | "path" | undefined {
  // It looks for indices by their day, and takes of a URL the host and the port.
  if (rotation === "hour") return "rotation";
  return /^https?:\/\/[^/]+\/./.test(endpoint ?? "") ? "path" : undefined;
}

function isSearch(
  storage: StorageSetting | undefined,
): storage is StorageSetting & { readonly kind: SearchStorage["kind"] } {
  return storage?.kind === "opensearch" || storage?.kind === "elasticsearch";
}

function pathOf({ directory, key }: SecretFile): string {
  return `${directory}/${key}`;
}

function variableOf(prefix: string, name: string): string {
  return `${prefix}_${name}`.toUpperCase();
}

/** Without a port the job would ask 9200, whatever the scheme. */
function withPort(endpoint: string): string {
  const { protocol, hostname, pathname } = new URL(endpoint);
  return `${protocol}//${hostname}:${urlPort(endpoint)}${pathname === "/" ? "" : pathname}`;
}

function urlPort(endpoint: string): number {
  const { port, protocol } = new URL(endpoint);
  return Number(port || (protocol === "https:" ? 443 : 80));
}
