import { closest } from "../common/nearest.ts";
import { type Fields, fields } from "../common/objects.ts";
import { once } from "./once.ts";
import { isNative, list, namespaceOf, type Pod, podsOf, selects } from "./pods.ts";
import { slip } from "./spelling.ts";
import type { Manifest } from "./types.ts";

const kindsOf = once(
  (manifests): ReadonlyMap<string, readonly Manifest[]> => Map.groupBy(manifests.filter(isNative), ({ kind }) => kind),
);

const identities = once(
  (manifests): ReadonlyMap<string, Manifest> =>
    new Map(
      manifests
        .filter(isNative)
        .map((object) => [identity(object.kind, namespaceOf(object), object.metadata.name), object]),
    ),
);

const placesOf = once((manifests) =>
  Map.groupBy(manifests.filter(isNative), (object) => identity(object.kind, namespaceOf(object), "")),
);

const podsByNamespace = once((manifests) => Map.groupBy(podsOf(manifests), ({ namespace }) => namespace));

function identity(kind: string, namespace: string, name: string): string {
  return `${kind} ${namespace}/${name}`;
}

/** The objects of some kinds of Kubernetes itself. */
export function ofKind(manifests: readonly Manifest[], ...kinds: readonly string[]): readonly Manifest[] {
  const [only, ...more] = kinds.map((kind) => kindsOf(manifests).get(kind) ?? []);
  return more.length === 0 ? (only ?? []) : [only ?? [], ...more].flat();
}

/** The objects of a kind in a namespace. */
export function objectsIn(manifests: readonly Manifest[], kind: string, namespace: string): readonly Manifest[] {
  return placesOf(manifests).get(identity(kind, namespace, "")) ?? [];
}

/** The object of that name, where it is among the manifests. For kinds without namespace that is `default`. */
export function find(
  manifests: readonly Manifest[],
  kind: string,
  namespace: string,
  name: unknown,
): Manifest | undefined {
  return identities(manifests).get(identity(kind, namespace, String(name)));
}

/** The pods that the manifests would make in a namespace. */
export function podsIn(manifests: readonly Manifest[], namespace: string): readonly Pod[] {
  return podsByNamespace(manifests).get(namespace) ?? [];
}

/** The pods by namespace and each of their labels, so that a selector looks only at those that have one of its own. */
const podsByLabel = once((manifests): ReadonlyMap<string, readonly Pod[]> => {
  const found = new Map<string, Pod[]>();
  for (const pod of podsOf(manifests)) {
    for (const [key, value] of Object.entries(pod.labels)) add(found, labelKey(pod.namespace, key, value), pod);
  }
  return found;
});

/** The Services by namespace and the first label that they ask for. */
const servicesByLabel = once((manifests): ReadonlyMap<string, readonly Manifest[]> => {
  const found = new Map<string, Manifest[]>();
  for (const service of ofKind(manifests, "Service")) {
    const [first] = entriesOf(service);
    if (first) add(found, labelKey(namespaceOf(service), ...first), service);
  }
  return found;
});

function entriesOf(service: Manifest): [string, unknown][] {
  const entries = Object.entries(fields(fields(service["spec"])["selector"]));
  // That label is no label of the template.
  return entries.length === 1 ? entries : entries.filter(([key]) => key !== podNameLabel);
}

function labelKey(namespace: string, key: string, value: unknown): string {
  return `${namespace} ${key}=${value}`;
}

function add<T>(all: Map<string, T[]>, key: string, item: T): void {
  const list = all.get(key);
  if (list) list.push(item);
  else all.set(key, [item]);
}

/** The pods that a Service selects; undefined where it selects none by itself, since its endpoints come from elsewhere. */
export function podsBehind(service: Manifest, manifests: readonly Manifest[]): readonly Pod[] | undefined {
  const selector = fields(fields(service["spec"])["selector"]);
  const namespace = namespaceOf(service);
  const [first, ...others] = entriesOf(service);
  if (first === undefined) return undefined;
  if (first[0] === podNameLabel) return podsIn(manifests, namespace).filter((pod) => chosen(selector, pod));
  const candidates = [first, ...others].map((entry) => podsByLabel(manifests).get(labelKey(namespace, ...entry)) ?? []);
  const fewest = candidates.reduce((best, some) => (some.length < best.length ? some : best));
  return fewest.filter((pod) => chosen(selector, pod));
}

/** The Services that select a pod. */
export function servicesOf(pod: Pod, manifests: readonly Manifest[]): Manifest[] {
  const all = [...Object.entries(pod.labels), [podNameLabel, `${pod.owner.metadata.name}-0`] as const];
  return all
    .flatMap(([key, value]) => servicesByLabel(manifests).get(labelKey(pod.namespace, key, value)) ?? [])
    .filter((service) => chosen(fields(fields(service["spec"])["selector"]), pod));
}

const podNameLabel = "statefulset.kubernetes.io/pod-name";

/** Whether a Service's selector finds a pod. Its StatefulSet's controller gives each pod a label with its own name. */
function chosen({ [podNameLabel]: name, ...selector }: Fields, { labels, owner }: Pod): boolean {
  const own = owner.kind === "StatefulSet" && String(name).replace(/-\d+$/, "") === owner.metadata.name;
  return selects(selector, labels) && (name === undefined || own);
}

/** Whether labels fit a selector with `matchLabels` and `matchExpressions`. An empty one fits everything. */
export function matches(selector: unknown, labels: Fields): boolean {
  const { matchLabels, matchExpressions } = fields(selector);
  return (
    Object.entries(fields(matchLabels)).every(([key, value]) => labels[key] === value) &&
    list(matchExpressions).every(({ key, operator, values }) => {
      const value = labels[String(key)];
      if (operator === "Exists") return value !== undefined;
      if (operator === "DoesNotExist") return value === undefined;
      const named = Array.isArray(values) && values.includes(value);
      return operator === "NotIn" ? !named : named;
    })
  );
}

/** The path as the value of an object, undefined where it ends before. */
export function at(value: unknown, ...path: readonly (string | number)[]): unknown {
  let inner = value;
  for (const key of path) inner = Array.isArray(inner) ? inner[Number(key)] : fields(inner)[String(key)];
  return inner;
}

/**
 * The name that was surely meant by one that names nothing: one or two letters away, and not merely numbered differently.
 * What is not among the manifests may well be in the cluster, so anything less stays unsaid.
 */
export function misspelt(name: string, candidates: readonly string[]): string | undefined {
  const slipped = name.length > 4 ? slip(name, candidates) : undefined;
  if (slipped !== undefined) return slipped;
  const near = closest(name, candidates);
  const numbered = (text: string) => text.replaceAll(/\d+/g, "#");
  if (near === undefined || near.score > 2 || near.score * 3 >= name.length) return undefined;
  return numbered(near.candidate) === numbered(name) ? undefined : near.candidate;
}
