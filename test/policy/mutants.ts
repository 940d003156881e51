import { isObject } from "../../common/objects.ts";
import type { Manifest } from "../../policy/types.ts";

/** One field of one object removed or changed. */
export interface Mutant {
  /** `Kind namespace/name path: what was done`. */
  readonly name: string;
  readonly kind: string;
  /** With list positions as `*`. */
  readonly place: string;
  readonly way: "removed" | "changed";
  readonly before: unknown;
  readonly after: unknown;
  readonly object: Manifest;
  readonly manifests: readonly Manifest[];
}

/** A number from 0 to below `count`. */
export type Pick = (count: number) => number;

/** Numbers from a seed, the same each time. @see https://en.wikipedia.org/wiki/Linear_congruential_generator */
export function picks(seed: number): Pick {
  let state = BigInt(seed);
  return (count) => {
    state = (state * 6364136223846793005n + 1442695040888963407n) % 2n ** 64n;
    return Number((state >> 33n) % BigInt(count));
  };
}

interface Place {
  readonly index: number;
  readonly path: readonly (string | number)[];
  readonly value: unknown;
}

/** Every field of every object; what identifies the object, and texts that are files of their own, as a whole. */
export function placesOf(manifests: readonly Manifest[]): Place[] {
  const inside = (index: number, value: unknown, path: readonly (string | number)[]): Place[] => {
    const own = path.length === 0 ? [] : [{ index, path, value }];
    if (Array.isArray(value)) return [...own, ...value.flatMap((item, key) => inside(index, item, [...path, key]))];
    // A schema is a text of its own, which the API server judges when it meets an object of the kind.
    if (!isObject(value) || path.at(-1) === "openAPIV3Schema") return own;
    return [...own, ...Object.entries(value).flatMap(([key, inner]) => inside(index, inner, [...path, key]))];
  };
  return manifests.flatMap((object, index) => inside(index, object, []));
}

/** A mutant of the manifests: one place, removed or changed. */
export function mutant(manifests: readonly Manifest[], { index, path, value }: Place, pick: Pick): Mutant | undefined {
  const object = manifests[index];
  const way = pick(2) === 0 || typeof value === "object" ? "removed" : "changed";
  const after = way === "removed" ? undefined : changed(value, pick);
  // Without these it is no object, which the reader of files tells.
  if (way === "removed" && ["apiVersion", "kind", "metadata", "metadata.name"].includes(path.join(".")))
    return undefined;
  if (object === undefined || (way === "changed" && after === value)) return undefined;
  const broken = put(object, path, after) as Manifest;
  const place = path.map((key) => (typeof key === "number" ? "*" : key)).join(".");
  const { kind, metadata } = object;
  const done = way === "removed" ? "removed" : `${JSON.stringify(value)} becomes ${JSON.stringify(after)}`;
  return {
    name: `${kind} ${metadata.namespace ?? ""}/${metadata.name} ${path.join(".")}: ${done}`,
    ...{ kind, place, way, before: value, after, object },
    manifests: manifests.map((one, at) => (at === index ? broken : one)),
  };
}

/** Another value of the same kind: a slip of the pen in a text, a number a little or much off, a switch turned over. */
function changed(value: unknown, pick: Pick): unknown {
  if (typeof value === "boolean") return !value;
  if (typeof value === "number") return [value + 1, value * 10, Math.max(0, value - 1), 0][pick(4)];
  if (typeof value !== "string") return "x";
  if (/^\d+$/.test(value)) return String(Number(value) + 1);
  const at = pick(Math.max(1, value.length));
  return [
    `${value.slice(0, at)}${value.slice(at + 1)}`,
    `${value.slice(0, at)}x${value.slice(at)}`,
    `${value.slice(0, at)}${value[at + 1] ?? ""}${value[at] ?? ""}${value.slice(at + 2)}`,
  ][pick(3)];
}

function put(value: unknown, [key, ...rest]: readonly (string | number)[], by: unknown): unknown {
  if (key === undefined) return by;
  if (Array.isArray(value)) {
    const item = put(value[Number(key)], rest, by);
    return item === undefined ? value.filter((_, at) => at !== key) : value.with(Number(key), item);
  }
  const { [String(key)]: before, ...others } = value as Record<string, unknown>;
  const item = put(before, rest, by);
  return item === undefined ? others : { ...(value as object), [String(key)]: item };
}
