import { at, isProps, type Props } from "./values.ts";

/** What identifies an object on a cluster. `namespace` is absent for kinds that have none. */
export interface Target {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly namespace?: string;
}

/** The resource type of a URN, e.g. `kubernetes:apps/v1:Deployment`. */
export function typeOf(urn: string): string {
  return urn.split("::")[2]?.split("$").at(-1) ?? "";
}

/** The resource name of a URN. */
export function nameOf(urn: string): string {
  return urn.split("::").slice(3).join("::");
}

/** Reads apiVersion and kind from a resource type; the SDK calls the group without a name `core`. */
export function kindOfType(type: string): { apiVersion: string; kind: string } {
  const [, version = "", kind = ""] = type.split(":");
  return { apiVersion: version.replace(/^core\//, ""), kind };
}

/**
 * Why a resource type cannot be handled here; undefined when it can.
 * Patch resources and Helm releases work differently from an object that is applied whole.
 */
export function refusal(type: string): string | undefined {
  const { apiVersion, kind } = kindOfType(type);
  const official = "Use the official Kubernetes provider (--provider official)";
  if (apiVersion.startsWith("helm.sh/"))
    return `${type}: the stand-in provider installs no Helm charts. ${official}, or typed resources.`;
  if (kind.endsWith("Patch"))
    return `${type}: the stand-in provider has no patch resources. ${official}, or own the whole object.`;
  if (kind.endsWith("List")) return `${type}: the stand-in provider takes one object per resource, not a list.`;
  return undefined;
}

/** The identity of a complete object. */
export function targetOf(object: Props): Target {
  const namespace = at(object, ["metadata", "namespace"]);
  return {
    apiVersion: String(object["apiVersion"]),
    kind: String(object["kind"]),
    name: String(at(object, ["metadata", "name"]) ?? ""),
    ...(typeof namespace === "string" ? { namespace } : {}),
  };
}

/** The resource id: `namespace/name`, or `name` for kinds without namespaces. */
export function idOf(target: Target): string {
  return target.namespace ? `${target.namespace}/${target.name}` : target.name;
}

/** Reads an id as given to `pulumi import`. */
export function parseId(id: string): { name: string; namespace?: string } {
  const cut = id.indexOf("/");
  return cut < 0 ? { name: id } : { namespace: id.slice(0, cut), name: id.slice(cut + 1) };
}

/** A short name for people, e.g. `Deployment shop/cart`. */
export function describe(target: Target): string {
  return `${target.kind} ${idOf(target)}`;
}

/** The value of an annotation of the object, if it has one. */
export function annotation(object: Props, key: string): string | undefined {
  const value = at(object, ["metadata", "annotations", key]);
  return typeof value === "string" ? value : undefined;
}

/** The labels that select an object's pods, as the API's `labelSelector` writes them; undefined when nothing is selected. */
export function podSelector(object: Props): string | undefined {
  const selector = at(object, ["spec", "selector"]);
  if (!isProps(selector)) return undefined;
  const labels = isProps(selector["matchLabels"])
    ? selector["matchLabels"]
    : object["kind"] === "Service"
      ? selector
      : {};
  const terms = Object.entries(labels).map(([key, value]) => `${key}=${String(value)}`);
  const expressions = Array.isArray(selector["matchExpressions"]) ? selector["matchExpressions"] : [];
  for (const expression of expressions) {
    const key = String(at(expression, ["key"]));
    const values = at(expression, ["values"]);
    const list = Array.isArray(values) ? values.map(String).join(",") : "";
    const operator = at(expression, ["operator"]);
    if (operator === "In") terms.push(`${key} in (${list})`);
    if (operator === "NotIn") terms.push(`${key} notin (${list})`);
    if (operator === "Exists") terms.push(key);
    if (operator === "DoesNotExist") terms.push(`!${key}`);
  }
  return terms.length ? terms.join(",") : undefined;
}
