import { type Fields, fields } from "../common/objects.ts";
import { find, matches, ofKind } from "./objects.ts";
import { once } from "./once.ts";
import { containerPort, list, namespaceOf, type Pod } from "./pods.ts";
import type { Manifest } from "./types.ts";

/** The NetworkPolicies of a namespace by the first label that they ask for; empty where they ask for none. */
const byLabel = once((manifests) =>
  Map.groupBy(ofKind(manifests, "NetworkPolicy"), (policy) => {
    const [first] = Object.entries(fields(fields(fields(policy["spec"])["podSelector"])["matchLabels"]));
    return `${namespaceOf(policy)} ${first?.join("=") ?? ""}`;
  }),
);

/** The NetworkPolicies that restrict what a pod takes, or what it sends. */
export function policiesOf(
  pod: Pod,
  direction: "Ingress" | "Egress",
  manifests: readonly Manifest[],
): readonly Manifest[] {
  const keys = ["", ...Object.entries(pod.labels).map((entry) => entry.join("="))];
  const candidates = keys.flatMap((key) => byLabel(manifests).get(`${pod.namespace} ${key}`) ?? []);
  return candidates.filter((policy) => {
    const spec = fields(policy["spec"]);
    // Where no types are named, egress counts only if there are rules for it.
    const types = Array.isArray(spec["policyTypes"])
      ? spec["policyTypes"]
      : ["Ingress", ...(spec["egress"] === undefined ? [] : ["Egress"])];
    return types.includes(direction) && matches(spec["podSelector"], pod.labels);
  });
}

/**
 * Whether the NetworkPolicies let a connection in.
 * @param port The number of the pod's port.
 * @param from Who connects. Default: anyone, so that a rule for some callers is enough.
 */
export function admits(pod: Pod, port: number | undefined, manifests: readonly Manifest[], from?: Pod): boolean {
  const policies = policiesOf(pod, "Ingress", manifests);
  return (
    policies.length === 0 ||
    rules(policies, "ingress").some(
      (rule) =>
        opens(rule["ports"], port, pod) &&
        (from === undefined || reaches(rule["from"], from, namespaceOf(pod.owner), manifests)),
    )
  );
}

/**
 * Whether the NetworkPolicies of a pod let it connect.
 * @param to The pod it connects to. Default: something that is not among the manifests, which a rule for any address covers, and perhaps another.
 */
export function letsOut(
  pod: Pod,
  port: number | undefined,
  manifests: readonly Manifest[],
  to?: Pod,
  protocol: "TCP" | "UDP" = "TCP",
): boolean {
  const policies = policiesOf(pod, "Egress", manifests);
  return (
    policies.length === 0 ||
    rules(policies, "egress").some(
      (rule) =>
        opens(rule["ports"], port, to, protocol) &&
        (to === undefined || reaches(rule["to"], to, namespaceOf(pod.owner), manifests)),
    )
  );
}

function rules(policies: readonly Manifest[], direction: "ingress" | "egress"): Fields[] {
  return policies.flatMap((policy) => list(fields(policy["spec"])[direction]));
}

/** Whether a rule's ports hold this one; without ports, all. */
export function opens(
  ports: unknown,
  port: number | undefined,
  pod: Pod | undefined,
  protocol: "TCP" | "UDP" = "TCP",
): boolean {
  if (!Array.isArray(ports) || ports.length === 0) return true;
  return list(ports).some(({ port: open, endPort, protocol: spoken }) => {
    if ((spoken ?? "TCP") !== protocol) return false;
    if (open === undefined || port === undefined) return open === undefined;
    // The name of a port of a pod that is not known.
    if (typeof open !== "number") return pod === undefined || containerPort(pod, open) === port;
    return typeof endPort === "number" ? port >= open && port <= endPort : port === open;
  });
}

/** Whether one of the peers is this pod, or may be. */
export function reaches(peers: unknown, pod: Pod, home: string, manifests: readonly Manifest[]): boolean {
  if (!Array.isArray(peers) || peers.length === 0) return true;
  return list(peers).some(({ ipBlock, podSelector, namespaceSelector }) => {
    if (ipBlock !== undefined) return true;
    if (namespaceSelector === undefined ? pod.namespace !== home : !inNamespace(namespaceSelector, pod, manifests))
      return false;
    return podSelector === undefined || matches(podSelector, pod.labels);
  });
}

function inNamespace(selector: unknown, { namespace }: Pod, manifests: readonly Manifest[]): boolean {
  const object = find(manifests, "Namespace", "default", namespace);
  // Its other labels are known only where it is among the manifests.
  const others = Object.keys(fields(fields(selector)["matchLabels"])).some((key) => key !== nameLabel);
  if (object === undefined && (others || fields(selector)["matchExpressions"] !== undefined)) return true;
  return matches(selector, { ...fields(object?.metadata["labels"]), [nameLabel]: namespace });
}

/** Every namespace carries its name as a label. */
const nameLabel = "kubernetes.io/metadata.name";
