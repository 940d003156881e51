import { type Fields, fields } from "../common/objects.ts";
import { at, misspelt, ofKind } from "./objects.ts";
import { containersIn, isNative, list, type Pod, podsOf } from "./pods.ts";
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
    manifests.filter(isNative).flatMap((object) => {
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
  NetworkPolicy: ["spec.podSelector"],
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
  ...["maxSkew", "topologyKey", "whenUnsatisfiable"].map((key) => `topologySpreadConstraints.*.${key}`),
];

const requiredFields: Rule = {
  name: "required-fields",
  description: "Every object has the fields that Kubernetes asks for, and names no two things alike.",
  why: "The API server refuses the object, or the workload's pods, which only shows in its events.",
  source: reference,
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

/** Volumes without a source, and sources that do not say of what. */
function sourceless({ owner, spec }: Pod): Finding[] {
  return list(spec["volumes"]).flatMap((volume) => {
    const path = `volume ${volume["name"]}`;
    const { configMap, secret, persistentVolumeClaim, projected } = volume;
    const sources = list(fields(projected)["sources"]);
    const wrong: [boolean, string][] = [
      [Object.keys(volume).length < 2, "has no source"],
      [configMap !== undefined && fields(configMap)["name"] === undefined, "names no ConfigMap"],
      [secret !== undefined && fields(secret)["secretName"] === undefined, "names no Secret"],
      [
        persistentVolumeClaim !== undefined && fields(persistentVolumeClaim)["claimName"] === undefined,
        "names no claim",
      ],
      [projected !== undefined && sources.length === 0, "has no sources"],
      [sources.some((source) => Object.keys(source).length === 0), "has a source of nothing"],
      [
        sources.some(({ configMap: map, secret: key }) =>
          [map, key].some((one) => one !== undefined && fields(one)["name"] === undefined),
        ),
        "has a source without name",
      ],
    ];
    return wrong
      .filter(([bad]) => bad)
      .map(([, message]) => ({
        object: owner,
        path,
        message,
        fix: "configMap: {name: ...}, secret: {secretName: ...} or another source",
      }));
  });
}

/** Variables without value, probes without a handler, volumes without a source. */
function hollow(owner: Manifest, name: string, spec: Fields): Finding[] {
  const probes = ["startupProbe", "readinessProbe", "livenessProbe"].flatMap((probe) => {
    const written = spec[probe];
    if (written === undefined) return [];
    const handlers = ["httpGet", "tcpSocket", "exec", "grpc"].filter((key) => fields(written)[key] !== undefined);
    const port = fields(fields(written)["httpGet"] ?? fields(written)["tcpSocket"])["port"];
    const ported = handlers.some((key) => key === "exec" || key === "grpc") || port !== undefined;
    return handlers.length === 1 && ported
      ? []
      : [
          {
            object: owner,
            path: probe,
            message: `of container ${name} asks nothing`,
            fix: `${probe}: {httpGet: {path: /, port: http}}`,
          },
        ];
  });
  const sources = ["fieldRef", "resourceFieldRef", "configMapKeyRef", "secretKeyRef", "fileKeyRef"];
  const variables = list(spec["env"])
    .filter(({ valueFrom }) => valueFrom !== undefined)
    .filter(({ valueFrom, value }) => {
      const from = fields(valueFrom);
      const one = sources.filter((key) => from[key] !== undefined);
      const inner = fields(from[one[0] ?? ""]);
      const whole = inner["fieldPath"] ?? inner["resource"] ?? inner["path"] ?? (inner["name"] && inner["key"]);
      return one.length !== 1 || value !== undefined || whole === undefined;
    })
    .map((variable) => ({
      object: owner,
      path: `env ${variable["name"]}`,
      message: `of container ${name} takes its value from nowhere`,
      fix: "valueFrom: {secretKeyRef: {name: ..., key: ...}}",
    }));
  const empty = list(spec["env"])
    .filter((variable) => variable["value"] === undefined && variable["valueFrom"] === undefined)
    .map((variable) => ({
      object: owner,
      path: `env ${variable["name"]}`,
      message: `of container ${name} has neither value nor valueFrom`,
      fix: "value: ...",
    }));
  return [...probes, ...variables, ...empty];
}

function twice(object: Manifest, path: string, all: readonly Fields[]): Finding[] {
  const names = all.map(({ name }) => name).filter((name) => name !== undefined);
  return names
    .filter((name, index) => names.indexOf(name) !== index)
    .map((name) => ({ object, path, message: `has ${name} twice`, fix: "a name for each" }));
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
      .flatMap((object) =>
        // A definition's schema has fields of the same names, of which it only tells.
        object.kind === "CustomResourceDefinition"
          ? []
          : words(object, object.metadata["labels"]).flatMap(([path, value]) => {
              const values = allowed.find(([place]) => place.test(path))?.[1];
              return values === undefined || values.includes(value)
                ? []
                : [{ object, path, message: `is ${value}`, fix: values.join(", ") }];
            }),
      ),
};

const holdsWord =
  /(protocol|Policy|policy|scheme|type|Type|whenUnsatisfiable|Modes|Types|when(Deleted|Scaled)|sideEffects|operations|scope|kind|operator)$/;

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
