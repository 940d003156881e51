import { fields } from "../common/objects.ts";
import { misspelt } from "./objects.ts";
import { onceEach } from "./once.ts";
import { isNative } from "./pods.ts";
import { requiredFields } from "./required.ts";
import { slip } from "./spelling.ts";
import type { Finding, Manifest, Rule } from "./types.ts";

const reference = "https://kubernetes.io/docs/reference/kubernetes-api/";

/** The versions that Kubernetes 1.25 and later serve, by kind. */
const served: Readonly<Record<string, readonly string[]>> = {
  ...every("v1", "ConfigMap Namespace PersistentVolume PersistentVolumeClaim Pod Secret Service ServiceAccount"),
  ...every("apps/v1", "DaemonSet Deployment ReplicaSet StatefulSet"),
  ...every("batch/v1", "CronJob Job"),
  ...every("policy/v1", "PodDisruptionBudget"),
  ...every("networking.k8s.io/v1", "IngressClass NetworkPolicy"),
  ...every("rbac.authorization.k8s.io/v1", "ClusterRole ClusterRoleBinding Role RoleBinding"),
  ...every("admissionregistration.k8s.io/v1", "MutatingWebhookConfiguration ValidatingWebhookConfiguration"),
  ...every("apiextensions.k8s.io/v1", "CustomResourceDefinition"),
  HorizontalPodAutoscaler: ["autoscaling/v2", "autoscaling/v1"],
};

function every(version: string, kinds: string): Record<string, readonly string[]> {
  return Object.fromEntries(kinds.split(" ").map((kind) => [kind, [version]]));
}

const versionServed: Rule = {
  name: "api-version-served",
  description: "Every object of Kubernetes' own kinds has an apiVersion that is still served.",
  why: "The API server does not know the object and refuses it.",
  source: "https://kubernetes.io/docs/reference/using-api/deprecation-guide/",
  severity: "error",
  example: {
    wrong: "apiVersion: policy/v1beta1\nkind: PodDisruptionBudget",
    right: "apiVersion: policy/v1\nkind: PodDisruptionBudget",
  },
  check: (manifests) =>
    manifests
      .filter((object) => isNative(object) || isAlmostNative(object))
      .flatMap((object) => {
        const versions = Object.hasOwn(served, object.kind) ? (served[object.kind] ?? []) : [];
        const kinds = Object.keys(served).filter((kind) => served[kind]?.includes(object.apiVersion));
        const meant = versions.length === 0 ? misspelt(object.kind, kinds) : undefined;
        if (meant)
          return [
            {
              object,
              path: "kind",
              message: `is ${object.kind}, which ${object.apiVersion} does not have`,
              fix: `kind: ${meant}`,
            },
          ];
        return versions.length === 0 || versions.includes(object.apiVersion)
          ? []
          : [{ object, path: "apiVersion", message: `is ${object.apiVersion}`, fix: `apiVersion: ${versions[0]}` }];
      }),
};

/** Whether the group is spelt almost like one of Kubernetes'. */
function isAlmostNative({ kind, apiVersion }: Manifest): boolean {
  const versions = Object.hasOwn(served, kind) ? (served[kind] ?? []) : [];
  return slip(apiVersion, versions) !== undefined;
}

/** What Kubernetes takes at a place, by the place's end. */
const allowed: readonly [place: RegExp, values: readonly string[]][] = [
  [/^spec\.ports\.\d+\.protocol$/, ["TCP", "UDP", "SCTP"]],
  [/\.containers\.\d+\.ports\.\d+\.protocol$/, ["TCP", "UDP", "SCTP"]],
  [/^spec\.(in|e)gress\.\d+\.ports\.\d+\.protocol$/, ["TCP", "UDP", "SCTP"]],
  [/ontainers\.\d+\.imagePullPolicy$/, ["Always", "IfNotPresent", "Never"]],
  [/\.restartPolicy$/, ["Always", "OnFailure", "Never"]],
  [/\.(httpGet)\.scheme$/, ["HTTP", "HTTPS"]],
  [/\.seccompProfile\.type$/, ["RuntimeDefault", "Localhost", "Unconfined"]],
  [/\.fsGroupChangePolicy$/, ["OnRootMismatch", "Always"]],
  [/\.whenUnsatisfiable$/, ["ScheduleAnyway", "DoNotSchedule"]],
  [/^spec\.podManagementPolicy$/, ["Parallel", "OrderedReady"]],
  [/^spec\.updateStrategy\.type$/, ["RollingUpdate", "OnDelete"]],
  [/^spec\.strategy\.type$/, ["RollingUpdate", "Recreate"]],
  [/^spec\.type$/, ["ClusterIP", "NodePort", "LoadBalancer", "ExternalName"]],
  [/^spec\.internalTrafficPolicy$/, ["Local", "Cluster"]],
  [/\.accessModes\.\d+$/, ["ReadWriteOnce", "ReadWriteMany", "ReadOnlyMany", "ReadWriteOncePod"]],
  [/^spec\.policyTypes\.\d+$/, ["Ingress", "Egress"]],
  [/^spec\.concurrencyPolicy$/, ["Allow", "Forbid", "Replace"]],
  [/^spec\.persistentVolumeClaimRetentionPolicy\.when(Deleted|Scaled)$/, ["Retain", "Delete"]],
  [/^webhooks\.\d+\.failurePolicy$/, ["Fail", "Ignore"]],
  [/^webhooks\.\d+\.sideEffects$/, ["None", "NoneOnDryRun"]],
  [/^webhooks\.\d+\.matchPolicy$/, ["Equivalent", "Exact"]],
  [/^webhooks\.\d+\.reinvocationPolicy$/, ["Never", "IfNeeded"]],
  [/^webhooks\.\d+\.rules\.\d+\.operations\.\d+$/, ["CREATE", "UPDATE", "DELETE", "CONNECT", "*"]],
  [/^webhooks\.\d+\.rules\.\d+\.scope$/, ["Namespaced", "Cluster", "*"]],
  [/\.paths\.\d+\.pathType$/, ["Exact", "Prefix", "ImplementationSpecific"]],
  [/^spec\.metrics\.\d+\.type$/, ["Resource", "ContainerResource", "Object", "Pods", "External"]],
  [/^(subjects\.\d+)\.kind$/, ["ServiceAccount", "User", "Group"]],
  [/^roleRef\.apiGroup$/, ["rbac.authorization.k8s.io"]],
  [/^roleRef\.kind$/, ["ClusterRole", "Role"]],
  [/\.matchExpressions\.\d+\.operator$/, ["In", "NotIn", "Exists", "DoesNotExist", "Gt", "Lt"]],
  [/\.tolerations\.\d+\.operator$/, ["Exists", "Equal", "Lt", "Gt"]],
  [/^metadata\.labels\.pod-security\.kubernetes\.io\/(enforce|warn|audit)$/, ["privileged", "baseline", "restricted"]],
];

/** Kinds whose shape is Kubernetes' own. */
const own = new Set([...Object.keys(served), "Ingress"]);

const allowedValues: Rule = {
  name: "allowed-values",
  description: "Where Kubernetes knows a few words only, one of them stands, in its spelling.",
  why: "The API server refuses the object, or takes the word for nothing.",
  source: reference,
  severity: "error",
  example: { wrong: "ports: [{port: 4317, protocol: tcp}]", right: "ports: [{port: 4317, protocol: TCP}]" },
  check: (manifests) =>
    manifests
      .filter((object) => own.has(object.kind) && isNative(object))
      // A definition's schema has fields of the same names, of which it only tells.
      .flatMap((object) => (object.kind === "CustomResourceDefinition" ? [] : wrongWords(object))),
};

const wrongWords = onceEach((object): readonly Finding[] =>
  words(object, object.metadata["labels"]).flatMap(([path, value]) => {
    const values = allowed.find(([place]) => place.test(path))?.[1];
    return values === undefined || values.includes(value)
      ? []
      : [{ object, path, message: `is ${value}`, fix: values.join(", ") }];
  }),
);

const holdsWord =
  /(protocol|Policy|policy|scheme|type|Type|whenUnsatisfiable|Modes|Types|when(Deleted|Scaled)|sideEffects|operations|scope|kind|operator|apiGroup)$/;

/** Every text of an object under a key that may hold a word, with its place. */
function words(object: Manifest, labels: unknown): [path: string, value: string][] {
  const found: [string, string][] = Object.entries(fields(labels)).flatMap(([key, value]): [string, string][] =>
    key.startsWith("pod-security.kubernetes.io/") && typeof value === "string"
      ? [[`metadata.labels.${key}`, value]]
      : [],
  );
  const enter = (value: unknown, path: string, key: string): void => {
    if (typeof value === "string") {
      if (holdsWord.test(key)) found.push([path, value]);
    } else if (Array.isArray(value)) {
      value.forEach((item, index) => {
        enter(item, `${path}.${index}`, key);
      });
    } else if (typeof value === "object" && value !== null) {
      for (const [name, inner] of Object.entries(value)) enter(inner, path === "" ? name : `${path}.${name}`, name);
    }
  };
  const { metadata, data, stringData, ...rest } = object;
  enter(rest, "", "");
  return found;
}

export const acceptedRules: readonly Rule[] = [versionServed, requiredFields, allowedValues];
