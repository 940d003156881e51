import { fields } from "../common/objects.ts";
import type { Spelling } from "./assemble.ts";
import type { ComponentKind } from "./component.ts";
import { type CollectorConfig, typeOf } from "./types.ts";
import { connectors } from "./versions/connectors.ts";
import { exporters } from "./versions/exporters.ts";
import { extensions } from "./versions/extensions.ts";
import { processors } from "./versions/processors.ts";
import { receivers } from "./versions/receivers.ts";
import {
  collectorInJaeger,
  coverage,
  type Distribution,
  distributions,
  type Row,
  removed,
  type Span,
  type Table,
} from "./versions/table.ts";

export { type Distribution, distributions };

/** Every known component by kind and newest name. */
export const components: Readonly<Record<ComponentKind, Table>> = {
  receiver: receivers,
  processor: processors,
  exporter: exporters,
  connector: connectors,
  extension: extensions,
};
const kinds = Object.keys(components) as ComponentKind[];

const newestNames: Readonly<Record<ComponentKind, ReadonlyMap<string, string>>> = {
  receiver: newestByOld(receivers),
  processor: newestByOld(processors),
  exporter: newestByOld(exporters),
  connector: newestByOld(connectors),
  extension: newestByOld(extensions),
};

/** The newest name of a component: `canonical("exporter", "otlp")` is `otlp_grpc`. A name that is not known stays as it is. */
export function canonical(kind: ComponentKind, type: string): string {
  return newestNames[kind].get(type) ?? type;
}

/**
 * How a Collector of that version (`0.159.0`) spells component types, for `assemble`. Takes newest and old names.
 * A version that can't be read, or is newer than the table, gets the newest names, and one that is older the oldest; `versionProblem` tells of both.
 */
export function spelling(version: string | undefined): Spelling {
  const release = version === undefined ? undefined : collectorRelease(version);
  return (kind, type) => {
    const newest = canonical(kind, type);
    const was = rowOf(kind, newest)?.was;
    return was && release !== undefined && release < was[1] ? was[0] : newest;
  };
}

/** What an image's reference tells: the distribution, and the version in its tag. Both are missing where they can't be told. */
export interface Image {
  readonly distribution?: Distribution;
  /** The image's own version: for Jaeger that of Jaeger. */
  readonly version?: string;
}

const repositories: Readonly<Record<string, Distribution>> = {
  "opentelemetry-collector": "core",
  "opentelemetry-collector-contrib": "contrib",
  "opentelemetry-collector-k8s": "k8s",
  "opentelemetry-collector-otlp": "otlp",
};

/** Reads `registry/path/name:tag@digest`. The registry and the path are not looked at, since mirrors keep the name; only `jaeger` must follow `jaegertracing/`. */
export function parseImage(image: string): Image {
  const { path, tag } = parts(image);
  const name = path.split("/").at(-1)!;
  const distribution = Object.hasOwn(repositories, name)
    ? repositories[name]
    : /(^|\/)jaegertracing\/jaeger$/.test(path)
      ? "jaeger"
      : undefined;
  const version = /^v?(\d+\.\d+(?:\.\d+)?)(?![\d.])/.exec(tag)?.[1];
  return { ...(distribution && { distribution }), ...(version && { version }) };
}

/** The version of the Collector inside an image, for `spelling`: of Jaeger the one that it is built on, of any other its tag. */
export function collectorVersion(image: string): string | undefined {
  const { distribution, version } = parseImage(image);
  if (distribution !== "jaeger" || version === undefined) return version;
  const release = ownRelease("jaeger", version);
  return release === undefined ? undefined : `0.${inJaeger(release)}.0`;
}

/**
 * One sentence where the version of a known distribution's image is older than the table, so that nothing can be said about it.
 * None for newer ones: they get the newest names, and their contents are not judged.
 */
export function versionProblem(image: string): string | undefined {
  const { distribution, version } = parseImage(image);
  if (distribution === undefined || version === undefined) return undefined;
  const range = rangeOf(distribution);
  const release = ownRelease(distribution, version);
  if (release === undefined || release >= range.since) return undefined;
  const [first, last] = [label(distribution, range.since), label(distribution, range.until - 1)];
  return `the image ${image} has the version ${version}; names and contents are known from ${first} to ${last}. Write a tag within these, such as ${parts(image).path}:${last}.0`;
}

/** Whether a release has a component. */
export interface Availability {
  /** Also true where the table can't tell; then `note` says why. */
  readonly available: boolean;
  /** The distributions that have it: those of the Collector in the release asked for, Jaeger in that or else its newest known one. */
  readonly in: readonly Distribution[];
  readonly note?: string;
}

/** The question that `availability` answers. `type` may be an old name. `version` is the distribution's own. */
export type AvailabilityQuery = { readonly kind: ComponentKind; readonly type: string } & (
  | { readonly image: string }
  | { readonly distribution: Distribution; readonly version: string }
);

const none: Availability = { available: false, in: [], note: "no distribution has it" };

/** Whether an image, or a distribution in one version, has a component. */
export function availability(query: AvailabilityQuery): Availability {
  const { distribution, version } = "image" in query ? parseImage(query.image) : query;
  if (distribution === undefined) return untold("the image is none of the known distributions");
  if (version === undefined) return untold("the image's tag names no version");
  const release = ownRelease(distribution, version);
  const range = rangeOf(distribution);
  if (release === undefined || release < range.since) return untold(`${version} is no release that the table knows`);
  if (Object.hasOwn(removed[query.kind], query.type)) return none;
  if (release >= range.until) return untold(`${version} is newer than the table`);
  const row = rowOf(query.kind, canonical(query.kind, query.type));
  const collector = distribution === "jaeger" ? inJaeger(release) : release;
  if (row === undefined) return collector > coverage.whole ? untold("the component is not in the table") : none;
  const has = (candidate: Distribution) =>
    covers(row[candidate], candidate === distribution ? release : candidate === "jaeger" ? newestJaeger : collector);
  return { available: has(distribution), in: distributions.filter(has) };
}

/** A component that an image does not have, or not under that name. */
export interface Missing {
  /** Its place, such as `exporters.zipkin`. */
  readonly path: string;
  readonly message: string;
  /** What to do, as a sentence or as `Write: ` with the line. */
  readonly advice: string;
  /** Whether it left every distribution, whatever the version. */
  readonly gone?: true;
}

/**
 * One sentence, with what to write, for each component of the configuration that the image does not have, or not under that name.
 * Nothing for images that are no known distribution, or whose version the table does not cover.
 * @param write The line that sets another image. Default: the setting of the stack.
 */
export function missingComponents(
  config: CollectorConfig,
  image: string,
  write = (other: string) => `pulumi config set throughline:collectorImage ${other}`,
): string[] {
  return missing(config, image, write).map(({ path, message, advice }) => `${path} ${message}. ${advice}`);
}

/** The same in parts, for a configuration of any shape. */
export function missing(config: unknown, image: string, write: (image: string) => string): Missing[] {
  const { distribution, version } = parseImage(image);
  if (distribution === undefined || version === undefined || versionProblem(image) !== undefined) return [];
  return kinds.flatMap((kind) =>
    Object.keys(fields(fields(config)[`${kind}s`])).flatMap((id) => {
      const found: Found = { kind, id, type: typeOf(id), image };
      const { available, in: having } = availability(found);
      if (available) return misspelt(found);
      // Where no distribution of this version has it, its name in this version helps nobody.
      return [absent(found, write), ...(having.length > 0 ? misspelt(found) : [])];
    }),
  );
}

interface Found {
  readonly kind: ComponentKind;
  readonly id: string;
  readonly type: string;
  readonly image: string;
}

/** A component that the image does not have. */
function absent({ kind, id, type, image }: Found, write: (image: string) => string): Missing {
  const lacks = (more: string, advice: string): Missing => ({
    path: `${kind}s.${id}`,
    message: `is not in the image ${image}${more}`,
    advice,
  });
  const gone = Object.hasOwn(removed[kind], type) ? removed[kind][type] : undefined;
  if (gone) return { ...lacks(`; it left every distribution with 0.${gone.gone}`, gone.instead), gone: true };
  const row = rowOf(kind, canonical(kind, type));
  if (!row) return lacks(", nor in any other distribution of that version", "Remove it, or correct its name.");
  const { distribution = "contrib", version = "" } = parseImage(image);
  if (distribution !== "jaeger" && availability({ image, kind, type }).in.includes("contrib")) {
    // The distribution with everything, so that a second component does not need a third image.
    return lacks("; the distribution contrib has it", `Write: ${write(inDistribution(image, "contrib", version))}`);
  }
  const place = distribution !== "jaeger" && row[distribution] === undefined ? "contrib" : distribution;
  const span = row[place];
  if (span && ownRelease(place, version)! >= span.until) {
    return lacks(`; it left the distribution ${place} with ${label(place, span.until)}`, "Remove it.");
  }
  if (span) {
    const first = label(place, span.since);
    const right = inDistribution(image, place, `${first}.0`);
    const advice = place === "jaeger" ? `Use the image ${right}` : `Write: ${write(right)}`;
    return lacks(`; the distribution ${place} has it since ${first}`, advice);
  }
  if (distribution === "jaeger") return lacks("", "Remove it there, and put it in a Collector before Jaeger.");
  if (row.jaeger) return lacks("; only Jaeger's own image has it", "Remove it.");
  return lacks(", nor in any other distribution", "Remove it, or build an image that has it.");
}

/** A component under a name that another version has: one that is too new, or an old one without an alias. */
function misspelt({ kind, id, type, image }: Found): Missing[] {
  const newest = canonical(kind, type);
  const was = rowOf(kind, newest)?.was;
  const version = collectorVersion(image);
  const release = version === undefined ? undefined : collectorRelease(version);
  if (was === undefined || release === undefined) return [];
  const [old, renamed, alias = renamed] = was;
  const known = release < renamed ? [old] : alias === "never" || release < alias ? [newest] : [newest, old];
  if (known.includes(type)) return [];
  const told = release < renamed ? `${newest} is its name since 0.${renamed}` : `it was renamed with 0.${renamed}`;
  const right = `${kind}s.${known[0]}${id.slice(type.length)}`;
  const message = `is called ${known[0]} in the image ${image}; ${told}`;
  return [{ path: `${kind}s.${id}`, message, advice: `Write: ${right}` }];
}

function newestByOld(table: Table): Map<string, string> {
  return new Map(Object.entries(table).flatMap(([type, { was }]) => (was ? [[was[0], type]] : [])));
}

function untold(note: string): Availability {
  return { available: true, in: [], note };
}

function rowOf(kind: ComponentKind, type: string): Row | undefined {
  return Object.hasOwn(components[kind], type) ? components[kind][type] : undefined;
}

function covers(span: Span | undefined, release: number): boolean {
  return span !== undefined && release >= span.since && release < span.until;
}

const jaegerReleases = Object.keys(collectorInJaeger).map(Number);
const newestJaeger = Math.max(...jaegerReleases);

/** The releases of a distribution that the table covers. */
function rangeOf(distribution: Distribution): Span {
  if (distribution === "jaeger") return { since: Math.min(...jaegerReleases), until: newestJaeger + 1 };
  return { since: coverage.oldest, until: coverage.newest + 1 };
}

/** The Collector in that release of Jaeger, or in the nearest known one before it, or else in the oldest. */
function inJaeger(release: number): number {
  const before = jaegerReleases.filter((known) => known <= release);
  return collectorInJaeger[before.length > 0 ? Math.max(...before) : Math.min(...jaegerReleases)]!;
}

/** The minor number of a version that starts with the distribution's major one. */
function ownRelease(distribution: Distribution, version: string): number | undefined {
  const match = (distribution === "jaeger" ? /^v?2\.(\d+)/ : /^v?0\.(\d+)/).exec(version);
  return match ? Number(match[1]) : undefined;
}

function collectorRelease(version: string): number | undefined {
  return ownRelease("core", version);
}

/** A reference without its digest, in its parts. */
function parts(image: string): { path: string; tag: string } {
  const [reference = ""] = image.split("@", 1);
  const match = /^(.*):([^:/]*)$/.exec(reference);
  return match ? { path: match[1]!, tag: match[2]! } : { path: reference, tag: "" };
}

/** The image of another distribution, or of another version, from the same place. */
function inDistribution(image: string, distribution: Distribution, version: string): string {
  const { path } = parts(image);
  const name = Object.keys(repositories).find((key) => repositories[key] === distribution);
  return `${name ? path.replace(/[^/]*$/, name) : path}:${version}`;
}

/** A release as people write it. */
function label(distribution: Distribution, release: number): string {
  return `${distribution === "jaeger" ? 2 : 0}.${release}`;
}
