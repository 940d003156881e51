import { fields } from "../common/objects.ts";
import { type Container, containersOf, list, podsOf } from "./pods.ts";
import type { Finding, Rule } from "./types.ts";

const at = ({ pod, name }: Container, message: string, fix: string): Finding => ({
  object: pod.owner,
  message: `container ${name} ${message}`,
  fix,
});

const resourcesSet: Rule = {
  name: "resources-set",
  description: "Every container requests CPU and memory and has a memory limit.",
  why: "Without requests the scheduler overfills nodes, and without a memory limit one leak takes the node's other pods with it.",
  source: "https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/",
  severity: "warning",
  example: {
    wrong: "resources: {}",
    right: "resources: {requests: {cpu: 50m, memory: 64Mi}, limits: {memory: 128Mi}}",
  },
  check: (manifests) =>
    containersOf(manifests).flatMap((container) => {
      const resources = fields(container.spec["resources"]);
      const [requests, limits] = [fields(resources["requests"]), fields(resources["limits"])];
      const missing = [
        ...(requests["cpu"] === undefined ? ["requests.cpu"] : []),
        ...(requests["memory"] === undefined ? ["requests.memory"] : []),
        ...(limits["memory"] === undefined ? ["limits.memory"] : []),
      ];
      return missing.map((key) => at(container, `has no resources.${key}`, `resources: set ${key}`));
    }),
};

const probesSet: Rule = {
  name: "probes-set",
  description: "Every container that stays up has a readiness and a liveness probe.",
  why: "A pod that hangs stays in the Service and is never restarted.",
  source: "https://kubernetes.io/docs/tasks/configure-pod-container/configure-liveness-readiness-startup-probes/",
  severity: "warning",
  example: {
    wrong: "containers: [{name: app}]",
    right:
      "containers: [{name: app, readinessProbe: {httpGet: {path: /, port: http}}, livenessProbe: {httpGet: {path: /, port: http}}}]",
  },
  check: (manifests) =>
    containersOf(manifests)
      .filter(({ init, pod }) => !init && pod.owner.kind !== "Job" && pod.owner.kind !== "CronJob")
      .flatMap((container) =>
        ["readinessProbe", "livenessProbe"]
          .filter((probe) => container.spec[probe] === undefined)
          .map((probe) => at(container, `has no ${probe}`, `${probe}: {httpGet: {path: /, port: http}}`)),
      ),
};

const imagePinned: Rule = {
  name: "image-pinned",
  description: "Every image names a version or digest, never latest.",
  why: "Two pods of one workload run different programs after the next push, and no rollback brings the old one back.",
  source: "https://kubernetes.io/docs/concepts/containers/images/#image-names",
  severity: "warning",
  example: { wrong: "image: collector:latest", right: "image: collector:0.159.0" },
  check: (manifests) =>
    containersOf(manifests)
      .filter(({ spec }) => !/(@sha256:[0-9a-f]{64}|:(?!latest$)[\w][\w.-]*)$/.test(String(spec["image"])))
      .map((container) => at(container, `runs image ${container.spec["image"]}`, "image: name:version")),
};

const disruptionBudget: Rule = {
  name: "disruption-budget",
  description: "More than one replica comes with a PodDisruptionBudget.",
  why: "Draining nodes may take all replicas at once.",
  source: "https://kubernetes.io/docs/tasks/run-application/configure-pdb/",
  severity: "warning",
  example: {
    wrong: "kind: Deployment\nspec: {replicas: 2}",
    right: "kind: PodDisruptionBudget\nspec: {maxUnavailable: 1, selector: {matchLabels: {app: collector}}}",
  },
  check: (manifests) =>
    podsOf(manifests)
      .filter(({ owner }) => Number(fields(owner["spec"])["replicas"] ?? 1) > 1)
      .filter(({ labels, namespace }) => {
        const budgets = manifests.filter(
          ({ kind, metadata }) => kind === "PodDisruptionBudget" && metadata.namespace === namespace,
        );
        const selected = (budget: { [field: string]: unknown }) =>
          Object.entries(fields(fields(fields(budget["spec"])["selector"])["matchLabels"]));
        return !budgets.some((budget) => selected(budget).every(([key, value]) => labels[key] === value));
      })
      .map(({ owner }) => ({
        object: owner,
        message: `has ${fields(owner["spec"])["replicas"]} replicas and no PodDisruptionBudget`,
        fix: "a PodDisruptionBudget with maxUnavailable: 1",
      })),
};

const noServiceLinks: Rule = {
  name: "no-service-links",
  description: "Pods that read a Collector configuration get no variables named after Services.",
  why: "A Service named like a setting puts variables into the environment that a program takes for its own.",
  source: "https://kubernetes.io/docs/tutorials/services/connect-applications-service/#environment-variables",
  severity: "warning",
  example: { wrong: "spec: {enableServiceLinks: true}", right: "spec: {enableServiceLinks: false}" },
  check: (manifests) =>
    podsOf(manifests)
      .filter(({ spec }) => list(spec["containers"]).some(({ args }) => Array.isArray(args) && args.some(isConfigFlag)))
      .filter(({ spec }) => spec["enableServiceLinks"] !== false)
      .map(({ owner }) => ({ object: owner, message: "has enableServiceLinks on", fix: "enableServiceLinks: false" })),
};

function isConfigFlag(arg: unknown): boolean {
  return typeof arg === "string" && arg.startsWith("--config=");
}

export const operationsRules: readonly Rule[] = [
  resourcesSet,
  probesSet,
  imagePinned,
  disruptionBudget,
  noServiceLinks,
];
