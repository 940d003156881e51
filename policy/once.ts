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

/** The same function, which works only once for each object, however many lists it stands in: objects are never changed. */
export function onceEach<T>(compute: (object: Manifest) => T): (object: Manifest) => T {
  const known = new WeakMap<Manifest, { readonly value: T }>();
  return (object) => {
    const result = known.get(object) ?? { value: compute(object) };
    known.set(object, result);
    return result.value;
  };
}
