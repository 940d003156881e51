import { read, seconds } from "../collector-config/rules/reading.ts";
import { collectorPods, replicasOf } from "./configurations.ts";
import { at, servicesOf } from "./objects.ts";
import { list, type Pod, podsOf } from "./pods.ts";
import { none, scalersOf } from "./rollout.ts";
import type { Manifest, Rule } from "./types.ts";

const graceDrains: Rule = {
  name: "grace-period-drains",
  description: "A Collector has the time between SIGTERM and SIGKILL that its requests under way need.",
  why: "What is still in memory when the time is over is lost at every update.",
  source: "https://github.com/open-telemetry/opentelemetry-collector/blob/main/exporter/exporterhelper/README.md",
  severity: "warning",
  example: {
    wrong: "terminationGracePeriodSeconds: 5 # before an exporter with timeout: 5s",
    right: "terminationGracePeriodSeconds: 30",
  },
  check: (manifests) =>
    [...collectorPods(manifests)].flatMap(([pod, configurations]) => {
      const given = pod.spec["terminationGracePeriodSeconds"] ?? 30;
      const before = list(pod.spec["containers"]).map(sleepSeconds);
      const needed = Math.max(...configurations.map(({ config }) => drainSeconds(config))) + Math.max(0, ...before);
      if (typeof given !== "number" || given >= needed) return [];
      return [
        {
          object: pod.owner,
          path: "terminationGracePeriodSeconds",
          message: `is ${given}, and the Collector may need ${needed} s to send what it has taken`,
          fix: `terminationGracePeriodSeconds: ${needed}`,
        },
      ];
    }),
};

/** Seconds in which listeners close and processors hand over what they hold. */
const closingSeconds = 10;

/** Seconds that a Collector needs at its end at least, should a request take its whole time. How full its queues are nobody knows. */
function drainSeconds(config: unknown): number {
  const { exporters, pipelines } = read(config);
  const used = new Set(pipelines.flatMap((pipeline) => pipeline.exporters));
  const rounds = exporters
    .filter(({ id, type }) => used.has(id) && !/^(debug|nop|prometheus|file)$/.test(type))
    // A request whose spans are on disk is found again.
    .filter(({ config }) => at(config, "sending_queue", "storage") === undefined)
    .map(({ config: { timeout } }) => seconds(timeout ?? "5s") ?? 5);
  return rounds.length === 0 ? 0 : closingSeconds + Math.max(...rounds);
}

const leavesFirst: Rule = {
  name: "leaves-before-it-closes",
  description: "A Collector that another pod replaces answers for some seconds after it is to end.",
  why: "Proxies of the nodes send callers to it until they learn that it goes; the address of a pod that is gone does not even refuse them, and SDKs give up.",
  source: "https://kubernetes.io/docs/tutorials/services/pods-and-endpoint-termination-flow/",
  severity: "warning",
  example: {
    wrong: "containers: [{name: collector}]",
    right: "containers: [{name: collector, lifecycle: {preStop: {sleep: {seconds: 5}}}}]",
  },
  check: (manifests) =>
    podsOf(manifests)
      .filter((pod) => collectorPods(manifests).has(pod) && servicesOf(pod, manifests).length > 0)
      .filter((pod) => isReplaced(pod, manifests) && !list(pod.spec["containers"]).some(waits))
      .map(({ owner }) => ({
        object: owner,
        path: "lifecycle",
        message: "has no preStop: its pod closes its ports while callers are still sent to it",
        fix: "lifecycle: {preStop: {sleep: {seconds: 5}}}",
      })),
};

/** Whether another pod serves when this one ends: one that was made before, or one of its like. */
function isReplaced(pod: Pod, manifests: readonly Manifest[]): boolean {
  const { owner } = pod;
  const strategy = at(owner, "spec", owner.kind === "Deployment" ? "strategy" : "updateStrategy");
  if (owner.kind === "DaemonSet") return !none(at(strategy, "rollingUpdate", "maxSurge") ?? 0);
  if (owner.kind === "Deployment") return at(strategy, "type") !== "Recreate";
  return (replicasOf(pod, manifests) ?? 1) > 1 || scalersOf(owner, manifests).length > 0;
}

/** Seconds that a container sleeps before it is told to end. */
function sleepSeconds({ lifecycle }: Record<string, unknown>): number {
  return Number(at(lifecycle, "preStop", "sleep", "seconds") ?? 0);
}

function waits(container: Record<string, unknown>): boolean {
  return sleepSeconds(container) > 0 || at(container, "lifecycle", "preStop", "exec") !== undefined;
}

export const endingRules: readonly Rule[] = [graceDrains, leavesFirst];
