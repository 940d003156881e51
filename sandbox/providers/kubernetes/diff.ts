import { equal, isProps, type Path, type Value } from "./values.ts";

/** One changed place. `add`: only the new tree has it; `delete`: only the old one. */
export interface Change {
  readonly path: Path;
  readonly kind: "add" | "delete" | "update";
}

/**
 * The smallest places in which two trees differ, in the order of the new tree's keys. A value that is not known yet differs from everything.
 * Lists are compared position by position, as the engine displays them.
 */
export function changes(before: Value | undefined, after: Value | undefined, path: Path = []): Change[] {
  if (before === undefined && after === undefined) return [];
  if (before === undefined) return [{ path, kind: "add" }];
  if (after === undefined) return [{ path, kind: "delete" }];
  if (Array.isArray(before) && Array.isArray(after)) {
    const longest = Math.max(before.length, after.length);
    return Array.from({ length: longest }, (_, i) => changes(before[i], after[i], [...path, i])).flat();
  }
  if (isProps(before) && isProps(after)) {
    const keys = [...new Set([...Object.keys(after), ...Object.keys(before)])];
    return keys.flatMap((key) => changes(own(before, key), own(after, key), [...path, key]));
  }
  return equal(before, after) && typeof after !== "symbol" ? [] : [{ path, kind: "update" }];
}

const own = (tree: { [key: string]: Value }, key: string) => (Object.hasOwn(tree, key) ? tree[key] : undefined);

/** Writes a path as the engine reads it: `spec.ports[0].port`, `metadata.labels["app.kubernetes.io/name"]`. */
export function pathText(path: Path): string {
  return path
    .map((key, i) => {
      if (typeof key === "number") return `[${key}]`;
      if (!/^[A-Za-z_$][\w$-]*$/.test(key)) return `[${JSON.stringify(key)}]`;
      return i === 0 ? key : `.${key}`;
    })
    .join("");
}

/** Reads such a path. */
export function parsePath(text: string): Path {
  const found = text.matchAll(/\[(\d+)\]|\["((?:[^"\\]|\\.)*)"\]|([^.[\]]+)/g);
  return [...found].map(([, index, quoted, key]) => {
    if (index !== undefined) return Number(index);
    return quoted === undefined ? (key as string) : quoted.replace(/\\(.)/g, "$1");
  });
}
