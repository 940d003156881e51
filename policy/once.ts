import type { Manifest } from "./types.ts";

/** The same function, which works only once for each list: many rules ask the same of one, and lists of manifests are never changed. */
export function once<T extends object>(
  compute: (manifests: readonly Manifest[]) => T,
): (manifests: readonly Manifest[]) => T {
  const known = new WeakMap<readonly Manifest[], T>();
  return (manifests) => {
    const result = known.get(manifests) ?? compute(manifests);
    known.set(manifests, result);
    return result;
  };
}
