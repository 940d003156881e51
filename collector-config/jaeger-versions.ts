/** What a version of Jaeger reads and can do, where versions differ. */
export interface JaegerVersion {
  /** How the rotation of indices is written: 2.20 refuses the keys that were there before. */
  readonly searchKeys: "flat" | "rotation";
  /** Whether a write to Elasticsearch and OpenSearch can be answered after it is done instead of before. */
  readonly syncWrites: boolean;
  readonly clickhouse: {
    /** The feature gate without which the storage is refused. */
    readonly gate: string | undefined;
    readonly ttl: boolean;
    readonly tls: boolean;
  };
  /** Whether the receiver for Kafka reads a list of topics, or one. */
  readonly kafkaTopics: "list" | "one";
  /** Names in the query of `/api/v3`: `query.serviceName` or `query.service_name`. */
  readonly queryNames: "camelCase" | "snake_case";
}

/** The oldest and the newest version of Jaeger, major and minor, that were read for this table. */
export const jaegerCoverage = { from: [2, 13], to: [2, 20] } as const;

/**
 * What the version in an image's tag (`2.13.0`) means. A tag that is no version counts as the newest.
 * @see https://github.com/jaegertracing/jaeger/blob/main/CHANGELOG.md
 */
export function jaegerVersion(version: string | undefined): JaegerVersion {
  const since = (minor: number) => minorOf(version) >= minor;
  return {
    searchKeys: since(20) ? "rotation" : "flat",
    syncWrites: since(21),
    clickhouse: {
      gate: since(18) && !since(21) ? "storage.clickhouse" : undefined,
      ttl: since(18),
      tls: since(19),
    },
    kafkaTopics: since(14) ? "list" : "one",
    queryNames: since(19) ? "camelCase" : "snake_case",
  };
}

/** Undefined for a version that this table knows or that is newer; else what is wrong with it. */
export function jaegerVersionProblem(version: string | undefined): string | undefined {
  const [major = 2, minor = 0] = numbers(version) ?? [];
  const [oldest, oldestMinor] = jaegerCoverage.from;
  if (numbers(version) === undefined || major > oldest || (major === oldest && minor >= oldestMinor)) return undefined;
  return `is older than ${oldest}.${oldestMinor}, whose configuration differs`;
}

function minorOf(version: string | undefined): number {
  const found = numbers(version);
  if (found === undefined) return Number.POSITIVE_INFINITY;
  const [major, minor] = found;
  return major > jaegerCoverage.from[0] ? Number.POSITIVE_INFINITY : minor;
}

function numbers(version: string | undefined): readonly [number, number] | undefined {
  const found = /^v?(\d+)\.(\d+)/.exec(version ?? "");
  return found ? [Number(found[1]), Number(found[2])] : undefined;
}
