/** Stands for a value that is only known after an update; never sent to a server. */
export const unknown: unique symbol = Symbol("unknown");

export type Value = null | boolean | number | string | typeof unknown | Value[] | Props;
export type Props = { [key: string]: Value };
/** Where a value stands in a tree: keys and list positions from the root. */
export type Path = readonly (string | number)[];

/** Whether a value is an object with keys: not null, not a list. */
export function isProps(value: unknown): value is Props {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The value at a path; undefined where the tree has none. */
export function at(value: Value | undefined, path: Path): Value | undefined {
  let here: Value | undefined = value;
  for (const key of path) {
    if (Array.isArray(here) && typeof key === "number") here = here[key];
    else if (isProps(here)) here = Object.hasOwn(here, key) ? here[key] : undefined;
    else return undefined;
  }
  return here;
}

/** The same tree with one value replaced; parents that are missing are made. */
export function withValue(tree: Value | undefined, path: Path, value: Value): Value {
  const [key, ...rest] = path;
  if (key === undefined) return value;
  if (Array.isArray(tree) && typeof key === "number") {
    const copy = [...tree];
    copy[key] = withValue(copy[key], rest, value);
    return copy;
  }
  const parent = isProps(tree) ? tree : {};
  return { ...parent, [key]: withValue(parent[key], rest, value) } as Props;
}

export function hasUnknown(value: Value): boolean {
  if (Array.isArray(value)) return value.some(hasUnknown);
  return isProps(value) ? Object.values(value).some(hasUnknown) : value === unknown;
}

/** The tree without null: Kubernetes reads a null field as one that was not set. */
export function withoutNulls<V extends Value>(value: V): V {
  if (Array.isArray(value)) return value.map((item) => withoutNulls(item)) as V;
  if (!isProps(value)) return value;
  const kept = Object.entries(value).filter(([, child]) => child !== null && child !== undefined);
  return Object.fromEntries(kept.map(([key, child]) => [key, withoutNulls(child as Value)])) as V;
}

/** Whether two trees hold the same values; the order of keys does not matter. */
export function equal(a: Value | undefined, b: Value | undefined): boolean {
  if (Array.isArray(a)) return Array.isArray(b) && a.length === b.length && a.every((item, i) => equal(item, b[i]));
  if (!isProps(a)) return a === b;
  if (!isProps(b)) return false;
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => Object.hasOwn(b, key) && equal(a[key], b[key]));
}

/** All strings in a tree. */
export function strings(value: Value | undefined): string[] {
  if (typeof value === "string") return [value];
  if (Array.isArray(value)) return value.flatMap(strings);
  return isProps(value) ? Object.values(value).flatMap(strings) : [];
}
