import { read } from "../collector-config/rules/reading.ts";
import { fields } from "../common/objects.ts";
import { collectorPods, replicasOf } from "./configurations.ts";
import { at, matches, objectsIn, ofKind, podsIn, servicesOf } from "./objects.ts";
import { list, namespaceOf, type Pod, podsOf } from "./pods.ts";
import type { Finding, Manifest, Rule } from "./types.ts";

const rolloutKeepsOne: Rule = {
  name: "rollout-keeps-one",
  description: "An update of Collectors never takes all pods, or the only one of a node, before there is a new one.",
  why: "Meanwhile every sender is refused, and SDKs give up after seconds.",
  source: "https://kubernetes.io/docs/tasks/manage-daemon/update-daemon-set/",
  severity: "warning",
  example: {
    wrong: "updateStrategy: {rollingUpdate: {maxUnavailable: 1}}",
    right: "updateStrategy: {rollingUpdate: {maxSurge: 1, maxUnavailable: 0}}",
  },
  check: (manifests) =>
    podsOf(manifests)
      .filter((pod) => collectorPods(manifests).has(pod) && servicesOf(pod, manifests).length > 0)
      .flatMap((pod): Finding[] => {
        const { owner } = pod;
        const key = owner.kind === "Deployment" ? "strategy" : "updateStrategy";
        const strategy = fields(at(owner, "spec", key));
        const { maxUnavailable, maxSurge } = fields(strategy["rollingUpdate"]);
        const replicas = Number(at(owner, "spec", "replicas") ?? 1);
        const finding = (message: string, fix: string) => [{ object: owner, path: `spec.${key}`, message, fix }];
        if (owner.kind === "DaemonSet") {
          // Two pods can't have the same port of a node.
          const pinned = list(pod.spec["containers"]).some(({ ports }) => list(ports).some(({ hostPort }) => hostPort));
          const surges = !none(maxSurge ?? 0) && none(maxUnavailable ?? (maxSurge === undefined ? 1 : 0));
          return pinned || pod.spec["hostNetwork"] === true || strategy["type"] === "OnDelete" || surges
            ? []
            : finding(
                "leaves each node without an agent while its pod is replaced",
                `${key}: {type: RollingUpdate, rollingUpdate: {maxSurge: 1, maxUnavailable: 0}}`,
              );
        }
        if (owner.kind !== "Deployment" || ownsVolume(pod)) return [];
        if (strategy["type"] === "Recreate") {
          return finding("is Recreate: all pods go before a new one comes", `${key}: {type: RollingUpdate}`);
        }
        return takesAll(maxUnavailable, replicas)
          ? finding(`lets all ${replicas} pods go at once`, `${key}: {rollingUpdate: {maxUnavailable: 0}}`)
          : [];
      }),
};

/** Whether an amount of pods, as an update takes or adds them, is no pod. */
export function none(amount: unknown): boolean {
  return amount === 0 || amount === "0" || amount === "0%";
}

/** Whether so many pods are all of them. */
function takesAll(amount: unknown, replicas: number): boolean {
  if (typeof amount === "number") return replicas > 0 && amount >= replicas;
  const share = /^(\d+)%$/.exec(String(amount))?.[1];
  return share !== undefined && Math.floor((Number(share) * replicas) / 100) >= replicas && replicas > 0;
}

function ownsVolume(pod: Pod): boolean {
  return list(pod.spec["volumes"]).some((volume) => volume["persistentVolumeClaim"] !== undefined);
}

const updatesRoll: Rule = {
  name: "updates-roll",
  description: "Pods are replaced by themselves when their template changes.",
  why: "With OnDelete, a partition or paused the old configuration runs on, though the new one was applied.",
  source: "https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/#update-strategies",
  severity: "warning",
  example: { wrong: "updateStrategy: {type: OnDelete}", right: "updateStrategy: {type: RollingUpdate}" },
  check: (manifests) =>
    podsOf(manifests).flatMap(({ owner }) => {
      const strategy = fields(at(owner, "spec", "updateStrategy"));
      const partition = at(strategy, "rollingUpdate", "partition");
      const held: [string, string, boolean][] = [
        ["spec.updateStrategy.type", "is OnDelete, so that a change reaches no pod", strategy["type"] === "OnDelete"],
        [
          "spec.updateStrategy.rollingUpdate.partition",
          `is ${partition}, so that a change does not reach all pods`,
          typeof partition === "number" && partition > 0,
        ],
        ["spec.paused", "is true, so that a change reaches no pod", at(owner, "spec", "paused") === true],
      ];
      return held
        .filter(([, , bad]) => bad)
        .map(([path, message]) => ({ object: owner, path, message, fix: "updateStrategy: {type: RollingUpdate}" }));
    }),
};

const budgetAllows: Rule = {
  name: "budget-allows-eviction",
  description: "A PodDisruptionBudget lets at least one pod go.",
  why: "A budget that allows nothing stops every drain, and with it the upgrade of the nodes.",
  source: "https://kubernetes.io/docs/tasks/run-application/configure-pdb/",
  severity: "error",
  example: {
    wrong: "kind: PodDisruptionBudget\nspec: {minAvailable: 2} # for 2 replicas",
    right: "kind: PodDisruptionBudget\nspec: {maxUnavailable: 1}",
  },
  check: (manifests) =>
    ofKind(manifests, "PodDisruptionBudget").flatMap((object) => {
      const { minAvailable, maxUnavailable, selector } = fields(object["spec"]);
      const replicas = podsIn(manifests, namespaceOf(object))
        .filter(({ labels }) => matches(selector, labels))
        .map((pod) => replicasOf(pod, manifests));
      const all = replicas.includes(undefined) ? undefined : replicas.reduce((sum: number, one) => sum + (one ?? 0), 0);
      const keepsAll =
        minAvailable === "100%" ||
        (typeof minAvailable === "number" && all !== undefined && all > 0 && minAvailable >= all);
      if (!none(maxUnavailable) && !keepsAll) return [];
      const [path, value] = none(maxUnavailable)
        ? ["spec.maxUnavailable", maxUnavailable]
        : ["spec.minAvailable", minAvailable];
      const message = `is ${value}${all === undefined ? "" : ` of ${all} pods`}, so that none may ever go`;
      return [{ object, path: String(path), message, fix: "maxUnavailable: 1" }];
    }),
};

const spreads: Rule = {
  name: "replicas-spread",
  description: "Replicas of a Collector or webhook are spread over nodes, by a constraint that selects them.",
  why: "All of them may stand on one node, and go with it.",
  source: "https://kubernetes.io/docs/concepts/scheduling-eviction/topology-spread-constraints/",
  severity: "warning",
  example: {
    wrong: "replicas: 3",
    right:
      "replicas: 3\ntopologySpreadConstraints: [{maxSkew: 1, topologyKey: kubernetes.io/hostname, whenUnsatisfiable: ScheduleAnyway, labelSelector: {matchLabels: {app: collector}}}]",
  },
  check: (manifests) =>
    podsOf(manifests).flatMap((pod) => {
      const { owner, spec, labels } = pod;
      const constraints = list(spec["topologySpreadConstraints"]);
      const blind = constraints.filter(
        ({ labelSelector }) => labelSelector === undefined || !matches(labelSelector, labels),
      );
      const fix = "labelSelector: {matchLabels: the labels of the pod template}";
      if (blind.length > 0) {
        const message = `spreads by ${blind[0]?.["topologyKey"]} pods that are not its own`;
        return [{ object: owner, path: "topologySpreadConstraints", message, fix }];
      }
      const replicas = at(owner, "spec", "replicas");
      const apart = constraints.length > 0 || at(spec, "affinity", "podAntiAffinity") !== undefined;
      if (typeof replicas !== "number" || replicas < 2 || apart || !answers(pod, manifests)) return [];
      const message = `has ${replicas} replicas, and nothing keeps them on different nodes`;
      return [
        {
          object: owner,
          path: "topologySpreadConstraints",
          message,
          fix: `[{maxSkew: 1, topologyKey: kubernetes.io/hostname, whenUnsatisfiable: ScheduleAnyway, ${fix}}]`,
        },
      ];
    }),
};

/** Whether a pod is one that others can't do without: a Collector, or what answers the API server. */
function answers(pod: Pod, manifests: readonly Manifest[]): boolean {
  if (collectorPods(manifests).has(pod)) return true;
  const asked = ofKind(manifests, "MutatingWebhookConfiguration", "ValidatingWebhookConfiguration")
    .flatMap((object) => list(object["webhooks"]))
    .map((webhook) => fields(at(webhook, "clientConfig", "service")));
  return servicesOf(pod, manifests).some(({ metadata }) =>
    asked.some(({ name, namespace }) => name === metadata.name && namespace === pod.namespace),
  );
}

const diskNotScaled: Rule = {
  name: "disk-queue-not-scaled",
  description: "No autoscaler changes the number of Collectors that keep a queue on disk.",
  why: "A pod that is scaled away leaves the spans on its volume behind, until it comes back.",
  source: "https://opentelemetry.io/docs/collector/resiliency/",
  severity: "error",
  example: {
    wrong:
      "kind: HorizontalPodAutoscaler\nspec: {scaleTargetRef: {kind: StatefulSet, name: otel-gateway}} # with file_storage",
    right: "kind: StatefulSet\nspec: {replicas: 3}",
  },
  check: (manifests) =>
    [...collectorPods(manifests)].flatMap(([pod, configurations]) => {
      if (
        !keepsOnDisk(
          pod,
          configurations.map(({ config }) => config),
        )
      )
        return [];
      return scalersOf(pod.owner, manifests).map((object) => ({
        object,
        path: "spec.scaleTargetRef",
        message: `scales ${pod.owner.metadata.name}, whose pods keep queues on volumes of their own`,
        fix: "replicas of the StatefulSet, and no autoscaler",
      }));
    }),
};

/** The autoscalers of a workload. */
export function scalersOf(owner: Manifest, manifests: readonly Manifest[]): Manifest[] {
  return objectsIn(manifests, "HorizontalPodAutoscaler", namespaceOf(owner)).filter((object) => {
    const { kind, name } = fields(at(object, "spec", "scaleTargetRef"));
    return kind === owner.kind && name === owner.metadata.name;
  });
}

/** Whether a Collector has a queue on a volume that outlives its pod. */
export function keepsOnDisk(pod: Pod, configs: readonly unknown[]): boolean {
  const lasting = list(at(pod.owner, "spec", "volumeClaimTemplates")).length > 0 || ownsVolume(pod);
  return (
    lasting &&
    configs.some((config) => {
      const { exporters, extensions } = read(config);
      const stores = extensions.filter(({ type }) => type === "file_storage").map(({ id }) => id);
      return exporters.some((exporter) => stores.includes(String(at(exporter.config, "sending_queue", "storage"))));
    })
  );
}

export const rolloutRules: readonly Rule[] = [rolloutKeepsOne, updatesRoll, budgetAllows, spreads, diskNotScaled];
