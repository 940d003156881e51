import { fields } from "../common/objects.ts";
import { hits } from "./edges.ts";
import { at, matches, ofKind, podsIn } from "./objects.ts";
import { list, namespaceOf, type Pod, podsOf } from "./pods.ts";
import { sameProgram } from "./relations.ts";
import { scalersOf } from "./rollout.ts";
import type { Rule } from "./types.ts";

const disruptions = "https://kubernetes.io/docs/tasks/run-application/configure-pdb/";

/** The first pod of another program. */
function stranger(pods: readonly Pod[], own: Pod): Pod | undefined {
  return pods.find((pod) => pod.owner !== own.owner && !sameProgram(pod, own));
}

const budgetOfOne: Rule = {
  name: "budget-of-one-program",
  description: "A PodDisruptionBudget counts the pods of one program.",
  why: "While one pod of any of them is away, no pod of the others may go: node drains wait, and evictions of pods with two budgets fail.",
  source: disruptions,
  severity: "warning",
  example: {
    wrong: "selector: {matchLabels: {app.kubernetes.io/part-of: throughline}}",
    right: "selector: {matchLabels: {app.kubernetes.io/name: otel-gateway}}",
  },
  check: (manifests) =>
    ofKind(manifests, "PodDisruptionBudget").flatMap((object) => {
      const selector = at(object, "spec", "selector");
      const pods = podsIn(manifests, namespaceOf(object)).filter(({ labels }) => matches(selector, labels));
      const [first] = pods;
      const other = first && stranger(pods, first);
      if (first === undefined || other === undefined) return [];
      const message = `counts pods of ${first.owner.metadata.name} and ${other.owner.metadata.name} together`;
      return [
        { object, path: "spec.selector", message, fix: "selector: {matchLabels: labels that only its own pods have}" },
      ];
    }),
};

const budgetKeepsOne: Rule = {
  name: "budget-keeps-one",
  description: "A PodDisruptionBudget keeps at least one of several pods.",
  why: "A node drain may take all of them at once, as if there were no budget.",
  source: disruptions,
  severity: "warning",
  example: { wrong: "maxUnavailable: 2 # of 2 replicas", right: "maxUnavailable: 1" },
  check: (manifests) =>
    ofKind(manifests, "PodDisruptionBudget").flatMap((object) => {
      const { selector, maxUnavailable, minAvailable } = fields(object["spec"]);
      const none = minAvailable === 0 || minAvailable === "0%";
      // One that lets a single pod go keeps one of several.
      if (!none && maxUnavailable !== "100%" && !(typeof maxUnavailable === "number" && maxUnavailable > 1)) return [];
      const pods = podsIn(manifests, namespaceOf(object)).filter(({ labels }) => matches(selector, labels));
      const counts = pods.map(({ owner }) => at(owner, "spec", "replicas"));
      const replicas = counts.reduce<number>((sum, count) => sum + (typeof count === "number" ? count : Number.NaN), 0);
      const scaled = pods.some(({ owner }) => scalersOf(owner, manifests).length > 0);
      const all =
        maxUnavailable === "100%" || (typeof maxUnavailable === "number" && !scaled && maxUnavailable >= replicas);
      if (!(replicas > 1) || !(all || none)) return [];
      const [key, value] = none ? ["minAvailable", minAvailable] : ["maxUnavailable", maxUnavailable];
      return [
        {
          object,
          path: `spec.${key}`,
          message: `is ${value}, and there are ${replicas} pods`,
          fix: none ? "minAvailable: 1" : "maxUnavailable: 1",
        },
      ];
    }),
};

const spreadOwn: Rule = {
  name: "spread-counts-own-pods",
  description: "A topology spread constraint counts the pods of its own workload.",
  why: "Pods of others count as if they were its own, so its own pods may all end up on one node.",
  source: "https://kubernetes.io/docs/concepts/scheduling-eviction/topology-spread-constraints/",
  severity: "warning",
  example: {
    wrong: "topologySpreadConstraints: [{labelSelector: {}}]",
    right: "topologySpreadConstraints: [{labelSelector: {matchLabels: {app: collector}}}]",
  },
  check: (manifests) =>
    podsOf(manifests).flatMap((own) =>
      list(own.spec["topologySpreadConstraints"]).flatMap(({ labelSelector, topologyKey }) => {
        if (labelSelector === undefined) return [];
        const pods = podsIn(manifests, own.namespace).filter(({ labels }) => matches(labelSelector, labels));
        const other = stranger(pods, own);
        if (other === undefined) return [];
        const message = `over ${topologyKey} count the pods of ${other.owner.metadata.name} too`;
        return [
          {
            object: own.owner,
            path: "topologySpreadConstraints",
            message,
            fix: "labelSelector: {matchLabels: labels that only its own pods have}",
          },
        ];
      }),
    ),
};

const receiverRuns: Rule = {
  name: "receiver-runs",
  description: "What others send to has at least one replica.",
  why: "Nothing answers, and every sender's queue fills until spans are dropped.",
  source: "https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#replicas",
  severity: "error",
  example: {
    wrong: "kind: Deployment\nspec: {replicas: 0} # a gateway",
    right: "kind: Deployment\nspec: {replicas: 2}",
  },
  check: (manifests) => {
    const idle = new Map(
      hits(manifests)
        .flatMap(({ pods, from }) => pods.map((pod) => ({ pod, from })))
        .filter(({ pod: { owner } }) => at(owner, "spec", "replicas") === 0 && scalersOf(owner, manifests).length === 0)
        .map(({ pod, from }) => [pod.owner, from] as const),
    );
    return [...idle].map(([object, from]) => ({
      object,
      path: "spec.replicas",
      message: `is 0, and ${from?.owner.metadata.name ?? "a Collector"} sends to it`,
      fix: "replicas: 1",
    }));
  },
};

/** Rules for what is counted together. */
export const budgetRules: readonly Rule[] = [budgetOfOne, budgetKeepsOne, spreadOwn, receiverRuns];
