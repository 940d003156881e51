import { type Container, containersOf, fields, list, podsOf } from "./pods.ts";
import type { Finding, Rule } from "./types.ts";

const at = ({ pod, name }: Container, message: string, fix: string): Finding => ({
  object: pod.owner,
  message: `container ${name} ${message}`,
  fix,
});

const resourcesSet: Rule = {
  name: "resources-set",
  description: "Every container requests CPU and memory and has a memory limit.",
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
  check: (manifests) =>
    containersOf(manifests)
      .filter(({ spec }) => !/(@sha256:[0-9a-f]{64}|:(?!latest$)[\w][\w.-]*)$/.test(String(spec["image"])))
      .map((container) => at(container, `runs image ${container.spec["image"]}`, "image: name:version")),
};

const disruptionBudget: Rule = {
  name: "disruption-budget",
  description: "More than one replica comes with a PodDisruptionBudget.",
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
