import { fields } from "../common/objects.ts";
import { at, ofKind } from "./objects.ts";
import { list, type Pod, podsOf } from "./pods.ts";
import type { Manifest, Rule } from "./types.ts";

const crdRetained: Rule = {
  name: "crd-retained",
  description: "A definition of custom resources that a release or an application owns is not deleted with it.",
  why: "With the definition go all objects of its kind, those of other people too.",
  source: "https://helm.sh/docs/chart_best_practices/custom_resource_definitions/",
  severity: "error",
  example: {
    wrong: "kind: CustomResourceDefinition\nmetadata: {labels: {app.kubernetes.io/managed-by: Helm}}",
    right:
      "kind: CustomResourceDefinition\nmetadata: {labels: {app.kubernetes.io/managed-by: Helm}, annotations: {helm.sh/resource-policy: keep}}",
  },
  check: (manifests) =>
    ofKind(manifests, "CustomResourceDefinition")
      .filter(isOwned)
      .filter(({ metadata }) => {
        const annotations = fields(metadata["annotations"]);
        return !(
          annotations["helm.sh/resource-policy"] === "keep" ||
          /Prune=false|Delete=false/.test(String(annotations["argocd.argoproj.io/sync-options"])) ||
          annotations["kustomize.toolkit.fluxcd.io/prune"] === "disabled"
        );
      })
      .map((object) => ({
        object,
        path: "metadata.annotations",
        message: "goes with whoever made it, and all objects of its kind with it",
        fix: "annotations: {helm.sh/resource-policy: keep, argocd.argoproj.io/sync-options: Prune=false}",
      })),
};

/** Whether somebody would delete it again. What a chart has in its folder crds/ stays, and carries no such mark. */
function isOwned({ metadata }: Manifest): boolean {
  const marks = { ...fields(metadata["labels"]), ...fields(metadata["annotations"]) };
  return ["app.kubernetes.io/managed-by", "meta.helm.sh/release-name", "argocd.argoproj.io/instance"].some(
    (mark) => marks[mark] !== undefined,
  );
}

const selectorMatches: Rule = {
  name: "selector-matches-template",
  description: "The selector of a workload finds the pods of its own template.",
  why: "Kubernetes refuses the workload, and the selector can't be changed afterwards.",
  source: "https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#selector",
  severity: "error",
  example: {
    wrong: "selector: {matchLabels: {app: collector}}\ntemplate: {metadata: {labels: {app: colector}}}",
    right: "selector: {matchLabels: {app: collector}}\ntemplate: {metadata: {labels: {app: collector}}}",
  },
  check: (manifests) =>
    selecting(manifests)
      .map(({ owner, labels }) => {
        const selector = Object.entries(fields(at(owner, "spec", "selector", "matchLabels")));
        return { owner, wrong: selector.filter(([key, value]) => labels[key] !== value) };
      })
      .filter(({ wrong }) => wrong.length > 0)
      .map(({ owner, wrong }) => ({
        object: owner,
        path: "spec.selector.matchLabels",
        message: `has ${wrong.map(([key, value]) => `${key}: ${value}`).join(", ")}, which the template does not have`,
        fix: "the labels of the template",
      })),
};

/** Pods whose workload chooses them by a selector of its own. */
function selecting(manifests: readonly Manifest[]): Pod[] {
  return podsOf(manifests).filter(({ owner }) =>
    ["Deployment", "StatefulSet", "DaemonSet", "ReplicaSet"].includes(owner.kind),
  );
}

/** Labels that are others with each release. */
const passing = /(^|\/)(version|chart|release-revision|revision|commit|build|pod-template-hash|date|checksum)$/;

const immutableStable: Rule = {
  name: "immutable-fields-stable",
  description: "What can't be changed later, selectors and claims, holds no label that changes with a release.",
  why: "The next release is refused, and the workload has to be deleted first.",
  source: "https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/#limitations",
  severity: "error",
  example: {
    wrong: "selector: {matchLabels: {app: collector, app.kubernetes.io/version: 0.159.0}}",
    right: "selector: {matchLabels: {app: collector}}",
  },
  check: (manifests) =>
    selecting(manifests).flatMap(({ owner }) => {
      const claims = list(at(owner, "spec", "volumeClaimTemplates"));
      const places: [string, unknown][] = [
        ["spec.selector.matchLabels", at(owner, "spec", "selector", "matchLabels")],
        ...claims.map(({ metadata }): [string, unknown] => ["spec.volumeClaimTemplates", fields(metadata)["labels"]]),
      ];
      return places.flatMap(([path, labels]) =>
        Object.keys(fields(labels))
          .filter((key) => passing.test(key))
          .map((key) => ({
            object: owner,
            path,
            message: `holds ${key}, which changes with a release`,
            fix: "without it",
          })),
      );
    }),
};

const jobCanChange: Rule = {
  name: "job-can-change",
  description: "A Job that is applied again goes by itself, or has another name.",
  why: "The template of a Job can't be changed, so the next release is refused as long as the old Job is there.",
  source: "https://kubernetes.io/docs/concepts/workloads/controllers/ttlafterfinished/",
  severity: "warning",
  example: {
    wrong: "kind: Job\nspec: {template: {}}",
    right: "kind: Job\nspec: {ttlSecondsAfterFinished: 300, template: {}}",
  },
  check: (manifests) =>
    ofKind(manifests, "Job")
      .filter((object) => at(object, "spec", "ttlSecondsAfterFinished") === undefined)
      .filter(({ metadata }) => !/[-.]([0-9a-f]{6,}|r?\d+)$/.test(metadata.name))
      .filter(
        ({ metadata }) =>
          !Object.keys(fields(metadata["annotations"])).some((key) =>
            /hook|pulumi\.com\/replace|sync-options/.test(key),
          ),
      )
      .map((object) => ({
        object,
        path: "spec.ttlSecondsAfterFinished",
        message: "is not set, and the Job keeps its name",
        fix: "ttlSecondsAfterFinished: 300",
      })),
};

/** Kinds whose name others rely on, or that would be a second one beside the old under another name. */
const lasting = [
  "Service",
  "StatefulSet",
  "Deployment",
  "DaemonSet",
  "PersistentVolumeClaim",
  "ServiceAccount",
  "Ingress",
];

const namesStable: Rule = {
  name: "names-stable",
  description: "Names are written out, and have no random ending.",
  why: "service.name, addresses and volumes hang on them: under another name it is another service, with empty queues.",
  source: "https://kubernetes.io/docs/concepts/overview/working-with-objects/names/",
  severity: "warning",
  example: { wrong: "metadata: {generateName: otel-gateway-}", right: "metadata: {name: otel-gateway}" },
  check: (manifests) =>
    manifests
      .filter(({ kind }) => lasting.includes(kind))
      .filter(({ metadata }) => metadata["generateName"] !== undefined || isRandom(metadata.name))
      .map((object) => ({
        object,
        path: "metadata.name",
        message: `is ${object.metadata["generateName"] === undefined ? object.metadata.name : "made anew each time"}`,
        fix: `name: ${object.metadata.name.replace(/-[0-9a-f]{7,8}$/, "")}`,
      })),
};

/** An ending of letters and digits as Pulumi's auto-naming gives it. */
function isRandom(name: string): boolean {
  const ending = /-([0-9a-f]{7,8})$/.exec(name)?.[1] ?? "";
  return /\d/.test(ending) && /[a-f]/.test(ending);
}

const cronJobs: Rule = {
  name: "cron-jobs-do-not-pile-up",
  description: "A CronJob starts no second Job beside one that still runs, or ends each in time.",
  why: "One that hangs is joined by another at each turn, until the namespace is full of them.",
  source: "https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/#concurrency-policy",
  severity: "warning",
  example: { wrong: "concurrencyPolicy: Allow", right: "concurrencyPolicy: Forbid" },
  check: (manifests) =>
    ofKind(manifests, "CronJob")
      .filter((object) => !["Forbid", "Replace"].includes(String(at(object, "spec", "concurrencyPolicy"))))
      .filter((object) => at(object, "spec", "jobTemplate", "spec", "activeDeadlineSeconds") === undefined)
      .map((object) => ({
        object,
        path: "spec.concurrencyPolicy",
        message: `is ${at(object, "spec", "concurrencyPolicy") ?? "not set"}`,
        fix: "concurrencyPolicy: Forbid",
      })),
};

export const lifecycleRules: readonly Rule[] = [
  crdRetained,
  selectorMatches,
  immutableStable,
  jobCanChange,
  namesStable,
  cronJobs,
];
