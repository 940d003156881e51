import { hollow, sourceless, twice } from "./hollow.ts";
import { at, ofKind } from "./objects.ts";
import { containersIn, isNative, list, podsOf } from "./pods.ts";
import type { Finding, Manifest, Rule } from "./types.ts";

/** Places that must be there, by kind; `*` stands for every item of a list. */
const required: Readonly<Record<string, readonly string[]>> = {
  Deployment: ["spec.selector.matchLabels|spec.selector.matchExpressions", "spec.template.spec.containers.0"],
  StatefulSet: [
    ...["spec.selector.matchLabels|spec.selector.matchExpressions", "spec.template.spec.containers.0"],
    ...["metadata.name", "spec.accessModes.0", "spec.resources.requests.storage"].map(
      (key) => `spec.volumeClaimTemplates.*.${key}`,
    ),
  ],
  DaemonSet: ["spec.selector.matchLabels|spec.selector.matchExpressions", "spec.template.spec.containers.0"],
  Job: ["spec.template.spec.containers.0", "spec.template.spec.restartPolicy"],
  CronJob: [
    "spec.schedule",
    "spec.jobTemplate.spec.template.spec.containers.0",
    "spec.jobTemplate.spec.template.spec.restartPolicy",
  ],
  Service: ["spec.ports.0|spec.externalName|spec.clusterIP", "spec.ports.*.port"],
  RoleBinding: ["roleRef.kind", "roleRef.name", "roleRef.apiGroup", "subjects.*.kind", "subjects.*.name"],
  ClusterRoleBinding: [
    ...["roleRef.kind", "roleRef.name", "roleRef.apiGroup"],
    ...["subjects.*.kind", "subjects.*.name", "subjects.*.namespace|subjects.*.apiGroup"],
  ],
  Role: ["rules.*.verbs.0", "rules.*.apiGroups.0", "rules.*.resources.0"],
  ClusterRole: [
    "rules.*.verbs.0",
    "rules.*.apiGroups.0|rules.*.nonResourceURLs.0",
    "rules.*.resources.0|rules.*.nonResourceURLs.0",
  ],
  PodDisruptionBudget: ["spec.minAvailable|spec.maxUnavailable", "spec.selector"],
  HorizontalPodAutoscaler: [
    "spec.maxReplicas",
    "spec.scaleTargetRef.kind",
    "spec.scaleTargetRef.name",
    "spec.metrics.*.type",
  ],
  PersistentVolumeClaim: ["spec.accessModes.0", "spec.resources.requests.storage"],
  NetworkPolicy: [
    "spec.podSelector",
    ...["ingress.*.from", "egress.*.to"].map((peers) =>
      ["podSelector", "namespaceSelector", "ipBlock"].map((key) => `spec.${peers}.*.${key}`).join("|"),
    ),
  ],
  Ingress: [
    "spec.rules.0|spec.defaultBackend",
    "spec.rules.*.http.paths.*.pathType",
    "spec.rules.*.http.paths.*.backend",
  ],
  MutatingWebhookConfiguration: webhook(),
  ValidatingWebhookConfiguration: webhook(),
  CustomResourceDefinition: [
    ...["spec.group", "spec.scope", "spec.names.kind", "spec.names.plural", "spec.versions.0"],
    ...["spec.versions.*.name", "spec.versions.*.schema.openAPIV3Schema"],
  ],
};

function webhook(): string[] {
  return ["name", "sideEffects", "admissionReviewVersions.0", "clientConfig.service|clientConfig.url"]
    .map((key) =>
      key
        .split("|")
        .map((one) => `webhooks.*.${one}`)
        .join("|"),
    )
    .concat(
      ["apiGroups.0", "apiVersions.0", "resources.0", "operations.0"].map((key) => `webhooks.*.rules.*.${key}`),
      ["name", "expression"].map((key) => `webhooks.*.matchConditions.*.${key}`),
      ["name", "namespace"].map((key) => `webhooks.*.clientConfig.service.${key}`),
      ["webhooks.*.rules.0", "webhooks.0"],
      ["key", "operator"].map((key) => `webhooks.*.namespaceSelector.matchExpressions.*.${key}`),
    );
}

/** The same inside a pod; claims of a StatefulSet are read beside it. */
const ofPod = [
  ...[
    "name",
    "image",
    "ports.*.containerPort",
    "volumeMounts.*.name",
    "volumeMounts.*.mountPath",
    "env.*.name",
  ].flatMap((key) => ["containers", "initContainers"].map((part) => `${part}.*.${key}`)),
  "volumes.*.name",
  ...[
    "configMap.items",
    "secret.items",
    "projected.sources.*.configMap.items",
    "projected.sources.*.secret.items",
  ].flatMap((items) => [`volumes.*.${items}.*.key`, `volumes.*.${items}.*.path`]),
  ...["maxSkew", "topologyKey", "whenUnsatisfiable"].map((key) => `topologySpreadConstraints.*.${key}`),
];

/** What Kubernetes asks for; see its own text. */
export const requiredFields: Rule = {
  name: "required-fields",
  description: "Every object has the fields that Kubernetes asks for, and names no two things alike.",
  why: "The API server refuses the object, or the workload's pods, which only shows in its events.",
  source: "https://kubernetes.io/docs/reference/kubernetes-api/",
  severity: "error",
  example: {
    wrong: "containers: [{name: collector}]",
    right: "containers: [{name: collector, image: otel/opentelemetry-collector:0.159.0}]",
  },
  check: (manifests) => [
    ...manifests
      .filter(isNative)
      .flatMap((object) =>
        (Object.hasOwn(required, object.kind) ? (required[object.kind] ?? []) : []).flatMap((place) =>
          absent(object, object, place, ""),
        ),
      ),
    ...podsOf(manifests).flatMap(({ owner, spec }) => ofPod.flatMap((place) => absent(owner, spec, place, "pod "))),
    ...podsOf(manifests).flatMap((pod) =>
      containersIn(pod).flatMap(({ name, spec }) => [
        ...hollow(pod.owner, name, spec),
        ...twice(pod.owner, `container ${name}: ports`, list(spec["ports"])),
        ...twice(
          pod.owner,
          `container ${name}: mountPath`,
          list(spec["volumeMounts"]).map(({ mountPath }) => ({ name: mountPath })),
        ),
      ]),
    ),
    ...podsOf(manifests).flatMap(sourceless),
    ...podsOf(manifests).flatMap(({ owner, spec }) => [
      ...twice(owner, "containers", [...list(spec["containers"]), ...list(spec["initContainers"])]),
      ...twice(owner, "volumes", list(spec["volumes"])),
    ]),
    ...ofKind(manifests, "Service").flatMap((object) => {
      const ports = list(at(object, "spec", "ports"));
      const unnamed = ports.length > 1 && ports.some(({ name }) => name === undefined);
      const message = "has several ports, one of them without a name";
      return [
        ...twice(object, "ports", ports),
        ...(unnamed ? [{ object, path: "spec.ports", message, fix: "name: of each" }] : []),
      ];
    }),
  ],
};

/** A place that is not there; with `|` between them, one of several is enough. */
function absent(object: Manifest, value: unknown, place: string, prefix: string): Finding[] {
  const [first = ""] = place.split("|");
  const star = first.indexOf(".*.");
  if (star >= 0) {
    const around = at(value, ...first.slice(0, star).split("."));
    const rest = place
      .split("|")
      .map((one) => one.slice(one.indexOf(".*.") + 3))
      .join("|");
    return list(around).flatMap((item, index) =>
      absent(object, item, rest, `${prefix}${first.slice(0, star)}.${index}.`),
    );
  }
  // What is inside something that is not there at all is asked for elsewhere.
  const there = place.split("|").some((one) => at(value, ...one.split(".")) !== undefined);
  const path = `${prefix}${first.replace(/\.0$/, "")}`;
  return there
    ? []
    : [
        {
          object,
          path,
          message: "is not there, and Kubernetes asks for it",
          fix: `${first.split(".").at(-1) === "0" ? first.split(".").at(-2) : first.split(".").at(-1)}: ...`,
        },
      ];
}
