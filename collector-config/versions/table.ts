import type { ComponentKind } from "../component.ts";

/**
 * Which components the released images hold, and under which names.
 *
 * Releases are counted by their minor number: 159 is the Collector 0.159, and for `jaeger` 13 is Jaeger 2.13. Patch releases never differed.
 *
 * Sources:
 * - Contents, 0.140 to 0.159: `distributions/<name>/manifest.yaml` at each tag v0.140.0 to v0.159.0 of
 *   https://github.com/open-telemetry/opentelemetry-collector-releases.
 * - Contents, 0.160 and 0.161: `reports/distributions/*.yaml` in the root modules of the contrib repository at these tags.
 * - Contents, 0.162 to 0.165: those of the core repository from `reports/distributions/*.yaml` at v0.165.0. Of the others only the
 *   removals at the head of the release notes are known (the wavefront receiver, 0.162); the rest is taken to have stayed.
 * - Names: the `type` and `deprecated_type` of metadata.yaml, and CHANGELOG.md of
 *   https://github.com/open-telemetry/opentelemetry-collector-contrib (to v0.161.0) and
 *   https://github.com/open-telemetry/opentelemetry-collector (to v0.165.0). Names that contrib changed in 0.162 to 0.165 are not known.
 * - Jaeger: `cmd/jaeger/internal/components.go` and `go.mod` at the tags v2.13.0 to v2.20.0 of https://github.com/jaegertracing/jaeger.
 */
export type Table = Readonly<Record<string, Row>>;

/** The images that this table knows: those of the Collector's own project, and Jaeger, which is a Collector with a bundle of its own. */
export const distributions = ["core", "contrib", "k8s", "otlp", "jaeger"] as const;
export type Distribution = (typeof distributions)[number];

/** One component. Distributions that are not named do not have it; one that none has is only had in images that people build. */
export interface Row extends Readonly<Partial<Record<Distribution, Span>>> {
  /**
   * The name before, the release that brought the new one, and the release since which the old one works beside it as an alias.
   * Default of the last: at once, which is also taken where the changelog names no alias. None is known to be removed: CHANGELOG.md tells of
   * no removal up to 0.161, and metadata.yaml still has `otlp`, `spanmetrics` and `k8sattributes` in 0.165.
   */
  readonly was?: readonly [name: string, renamed: number, alias?: number | "never"];
}

/** The releases that have a component: from `since` on, and those before `until`. */
export interface Span {
  readonly since: number;
  readonly until: number;
}

export const all: Span = { since: 0, until: Number.POSITIVE_INFINITY };
export const since = (release: number): Span => ({ ...all, since: release });
export const until = (release: number): Span => ({ ...all, until: release });
export const between = (first: number, end: number): Span => ({ since: first, until: end });

/** Rows of components that contrib alone has, in every release and by one name: the names with blanks between them. */
export function contribOnly(names: string): Table {
  return Object.fromEntries(
    names
      .trim()
      .split(/\s+/)
      .map((name) => [name, { contrib: all }]),
  );
}

/** What the table covers. */
export const coverage = {
  /** The oldest and the newest Collector that the table says anything about. */
  oldest: 140,
  newest: 165,
  /** Up to here the lists are whole: a component that no row names is in no distribution. */
  whole: 159,
} as const;

/** Which Collector is inside a release of Jaeger (2.N: 0.M). */
export const collectorInJaeger: Readonly<Record<number, number>> = {
  13: 140,
  14: 142,
  15: 145,
  16: 147,
  17: 148,
  18: 152,
  19: 153,
  20: 155,
};

/** Components of old configurations that left every distribution before the table begins: the release they left with, and what took their place. */
export const removed: Readonly<
  Record<ComponentKind, Readonly<Record<string, { readonly gone: number; readonly instead: string }>>>
> = {
  receiver: {
    opencensus: { gone: 132, instead: "Write: receivers.otlp in its place." },
    sapm: { gone: 133, instead: "Write: receivers.otlp in its place." },
  },
  processor: {
    routing: { gone: 120, instead: "Write: connectors.routing in its place." },
    servicegraph: { gone: 94, instead: "Write: connectors.service_graph in its place." },
    spanmetrics: { gone: 96, instead: "Write: connectors.span_metrics in its place." },
  },
  exporter: {
    jaeger: { gone: 85, instead: "Write: exporters.otlp_grpc in its place; Jaeger takes OTLP." },
    jaeger_thrift: { gone: 85, instead: "Write: exporters.otlp_http in its place; Jaeger takes OTLP." },
    logging: { gone: 111, instead: "Write: exporters.debug in its place." },
    loki: { gone: 131, instead: "Write: exporters.otlp_http in its place; Loki takes OTLP." },
    opencensus: { gone: 132, instead: "Write: exporters.otlp_grpc in its place." },
  },
  connector: {},
  extension: {
    memory_ballast: { gone: 108, instead: "Set GOMEMLIMIT on the container, and remove the extension." },
  },
};
