import { destinations } from "../collector-config/graph.ts";
import type { CollectorConfig } from "../collector-config/types.ts";
import { type Fields, fields } from "../common/objects.ts";
import { collectorPods } from "./configurations.ts";
import { endOf, heardIn, hits } from "./edges.ts";
import { opens, policiesOf, reaches } from "./network-policies.ts";
import { at, ofKind } from "./objects.ts";
import { once } from "./once.ts";
import { list, namespaceOf, type Pod } from "./pods.ts";
import type { Finding, Manifest, Rule } from "./types.ts";

const policies = "https://kubernetes.io/docs/concepts/services-networking/network-policies/";
const directions = [
  ["ingress", "Ingress", "from"],
  ["egress", "Egress", "to"],
] as const;

const typesFit: Rule = {
  name: "network-policy-types-fit",
  description: "A NetworkPolicy with rules for a direction names that direction in policyTypes.",
  why: "The rules have no effect, and everything is let through in that direction.",
  source: policies,
  severity: "error",
  example: {
    wrong: "policyTypes: [Ingress]\negress: [{ports: [{port: 4317}]}]",
    right: "policyTypes: [Ingress, Egress]\negress: [{ports: [{port: 4317}]}]",
  },
  check: (manifests) =>
    ofKind(manifests, "NetworkPolicy").flatMap((object) => {
      const types = at(object, "spec", "policyTypes");
      if (!Array.isArray(types)) return [];
      return directions
        .filter(([key, type]) => list(at(object, "spec", key)).length > 0 && !types.includes(type))
        .map(([key, type]) => ({
          object,
          path: "spec.policyTypes",
          message: `does not name ${type}, so the rules under ${key} have no effect`,
          fix: `policyTypes: [${[...types, type].join(", ")}]`,
        }));
    }),
};

/** Who sends to a Collector or Jaeger, and to whom a Collector sends, as far as both are among the manifests. */
interface Neighbours {
  readonly peers: Set<Pod>;
  /** Ports where the connections end. */
  readonly ports: Set<number>;
  /** Others may be there too. */
  open: boolean;
}

/** For each receiver its senders; open where a program sends to it, since others of its kind may. */
const sendersOf = once((manifests) => neighbours(manifests, "from"));
/** For each Collector its receivers; open where one of them is not among the manifests. */
const receiversOf = once((manifests) => neighbours(manifests, "to"));

function neighbours(manifests: readonly Manifest[], side: "from" | "to"): ReadonlyMap<Pod, Neighbours> {
  const found = new Map<Pod, Neighbours>();
  const collectors = collectorPods(manifests);
  for (const hit of hits(manifests)) {
    for (const pod of hit.pods) {
      const [own, peer] = side === "from" ? [pod, hit.from] : [hit.from, pod];
      if (own === undefined || peer === undefined || own === peer) continue;
      const entry = found.get(own) ?? { peers: new Set(), ports: new Set(), open: false };
      const port = endOf(hit, pod);
      entry.peers.add(peer);
      if (port !== undefined) entry.ports.add(port);
      entry.open ||= !collectors.has(side === "from" ? peer : own);
      found.set(own, entry);
    }
  }
  if (side === "to") for (const [pod, entry] of found) entry.open ||= !staysInside(pod, manifests);
  return found;
}

/** Whether all that a Collector sends to is among the manifests. */
function staysInside(pod: Pod, manifests: readonly Manifest[]): boolean {
  const inside = new Set(hits(manifests).flatMap(({ from, host }) => (from === pod ? [host] : [])));
  return (collectorPods(manifests).get(pod) ?? []).every(
    ({ config }) => tellsAll(config) && destinations(config as CollectorConfig).every(({ host }) => inside.has(host)),
  );
}

/** Whether the addresses of exporters are written out. */
function tellsAll(config: unknown): boolean {
  return !JSON.stringify(at(config, "exporters") ?? {}).includes('endpoint":"${');
}

/** The pods of Collectors that connect to none but those they name. */
const telling = once((manifests): readonly Pod[] =>
  [...collectorPods(manifests)].flatMap(([pod, read]) => (read.every(({ config }) => tellsAll(config)) ? [pod] : [])),
);

/** Every rule of a policy for a pod that has neighbours, which are all known. */
function rulesOf(manifests: readonly Manifest[]) {
  return directions.flatMap(([key, type, peersKey]) =>
    [...(key === "ingress" ? sendersOf : receiversOf)(manifests)]
      .filter(([, { open }]) => !open)
      .flatMap(([pod, { peers, ports }]) =>
        policiesOf(pod, type, manifests).flatMap((policy) =>
          list(at(policy, "spec", key))
            .filter((rule) => key === "egress" || receives(pod, rule, manifests))
            .map((rule) => ({ pod, peers, ports, policy, key, rule, peersKey })),
        ),
      ),
  );
}

/** Whether a rule opens a port of a receiver. */
function receives(pod: Pod, rule: Fields, manifests: readonly Manifest[]): boolean {
  return heardIn(pod, manifests).some(
    ({ path, port, udp }) => path.startsWith("receivers.") && !udp && opens(rule["ports"], port, pod),
  );
}

const namesPeers: Rule = {
  name: "network-policy-names-peers",
  description:
    "Where only Collectors of the manifests send to a receiver, its NetworkPolicy admits those, and theirs lets them out to it alone.",
  why: "Any pod may put spans of its own among yours, and a Collector that was broken into sends them wherever it likes.",
  source: "https://opentelemetry.io/docs/security/hosting-best-practices/",
  severity: "warning",
  example: {
    wrong: "ingress: [{ports: [{port: 4317}]}] # of a gateway behind agents",
    right: "ingress: [{from: [{podSelector: {matchLabels: {app: agent}}}], ports: [{port: 4317}]}]",
  },
  check: (manifests) =>
    rulesOf(manifests).flatMap(({ pod, peers, ports, policy, key, rule, peersKey }) => {
      const named = list(rule[peersKey]);
      const anyone =
        named.length === 0 ||
        named.some(({ namespaceSelector, podSelector }) => isAll(namespaceSelector) && podSelector === undefined);
      const concerned = key === "ingress" || [...ports].some((port) => opens(rule["ports"], port, undefined));
      if (!anyone || !concerned || (key === "egress" && !namesPorts(rule))) return [];
      const names = [...peers].map(({ owner }) => owner.metadata.name).join(", ");
      const message =
        key === "ingress"
          ? `admits anyone to the receivers of ${pod.owner.metadata.name}, to which only ${names} sends`
          : `lets ${pod.owner.metadata.name} out to anyone, and it sends to ${names} only`;
      return [
        {
          object: policy,
          path: `spec.${key}`,
          message,
          fix: peersFix(peersKey, peers),
        },
      ];
    }),
};

/** The peers as a line to write. */
function peersFix(key: string, peers: ReadonlySet<Pod>): string {
  const written = [...peers].map(({ labels }) => JSON.stringify(labels).replaceAll('"', "").replaceAll(/[:,]/g, "$& "));
  return `${key}: [${written.map((labels) => `{podSelector: {matchLabels: ${labels}}}`).join(", ")}]`;
}

function isAll(selector: unknown): boolean {
  return selector !== undefined && Object.keys(fields(selector)).length === 0;
}

function namesPorts(rule: Fields): boolean {
  const ports = list(rule["ports"]);
  return ports.length > 0 && ports.every(({ port }) => port !== undefined);
}

const onlyPeers: Rule = {
  name: "network-policy-only-peers",
  description: "No NetworkPolicy lets Collectors connect that send each other nothing.",
  why: "The selector has lost a label, or stands in the wrong policy, and closes less than it seems to.",
  source: policies,
  severity: "warning",
  example: {
    wrong: "from: [{podSelector: {matchLabels: {app.kubernetes.io/part-of: throughline}}}]",
    right: "from: [{podSelector: {matchLabels: {app.kubernetes.io/name: otel-agent}}}]",
  },
  check: (manifests) => {
    const seen = new Set<string>();
    return rulesOf(manifests).flatMap(({ pod, peers, policy, key, rule, peersKey }): Finding[] => {
      if (list(rule[peersKey]).length === 0) return [];
      const stranger = telling(manifests).find(
        (other) => other !== pod && !peers.has(other) && reaches(rule[peersKey], other, namespaceOf(policy), manifests),
      );
      if (stranger === undefined) return [];
      const [own, other] = [pod.owner.metadata.name, stranger.owner.metadata.name];
      const id = `${namespaceOf(policy)} ${policy.metadata.name} ${key} ${own}`;
      if (seen.has(id)) return [];
      seen.add(id);
      const message =
        key === "ingress"
          ? `lets ${other} in to ${own}, to which it sends nothing`
          : `lets ${own} out to ${other}, to which it sends nothing`;
      return [
        {
          object: policy,
          path: `spec.${key}`,
          message,
          fix: peersFix(peersKey, peers),
        },
      ];
    });
  },
};

const namesItsPorts: Rule = {
  name: "network-policy-names-ports",
  description: "A NetworkPolicy rule that lets Collectors connect names the ports.",
  why: "Without ports the peers reach everything else that listens in the pod, such as health checks and metrics, too.",
  source: policies,
  severity: "warning",
  example: {
    wrong: "ingress: [{from: [{podSelector: {matchLabels: {app: agent}}}]}]",
    right: "ingress: [{from: [{podSelector: {matchLabels: {app: agent}}}], ports: [{port: 4317}]}]",
  },
  check: (manifests) => {
    const found = rulesOf(manifests)
      .filter(({ rule, peersKey }) => list(rule[peersKey]).length > 0 && !namesPorts(rule))
      .filter(({ peers, rule, policy, peersKey }) =>
        [...peers].some((peer) => reaches(rule[peersKey], peer, namespaceOf(policy), manifests)),
      );
    return found.map(({ policy, key, ports }) => ({
      object: policy,
      path: `spec.${key}`,
      message: "has a rule for a Collector that opens all of its ports",
      fix: `ports: [${[...ports].map((port) => `{port: ${port}}`).join(", ")}]`,
    }));
  },
};

/** Rules for NetworkPolicies that open more than the pipeline asks for. */
export const narrowRules: readonly Rule[] = [typesFit, namesPeers, onlyPeers, namesItsPorts];
