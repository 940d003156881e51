import { type Fields, fields } from "../common/objects.ts";
import { find, misspelt, objectsIn, ofKind } from "./objects.ts";
import { once } from "./once.ts";
import { containersIn, list, namespaceOf, type Pod, podsOf } from "./pods.ts";
import type { Manifest, Rule } from "./types.ts";

/** What a pod names of its namespace. */
interface Reference {
  readonly pod: Pod;
  /** Where it is written. */
  readonly place: string;
  readonly kind: string;
  readonly name: string;
  /** Keys of it that are asked for. Default: - the whole of it. */
  readonly keys?: readonly string[];
  /** The pod starts without it too. */
  readonly optional: boolean;
}

/** Every reference of every pod to a ConfigMap, Secret, PersistentVolumeClaim or ServiceAccount. */
const references = once((manifests): readonly Reference[] => podsOf(manifests).flatMap(ofPod));

function ofPod(pod: Pod): Reference[] {
  const reference = (kind: string, name: unknown, place: string, keys: unknown, optional: unknown): Reference[] =>
    typeof name === "string"
      ? [
          {
            pod,
            kind,
            name,
            place,
            optional: optional === true,
            ...(Array.isArray(keys) && { keys: keys.map(String) }),
          },
        ]
      : [];
  const named = (kind: string, source: unknown, place: string, nameKey = "name") => {
    const { [nameKey]: name, items, optional } = fields(source);
    const keys = Array.isArray(items) ? list(items).map(({ key }) => key) : undefined;
    return reference(kind, name, place, keys, optional);
  };
  const volumes = list(pod.spec["volumes"]).flatMap((volume) => {
    const place = `volume ${volume["name"]}`;
    return [
      ...named("ConfigMap", volume["configMap"], place),
      ...named("Secret", volume["secret"], place, "secretName"),
      ...named("PersistentVolumeClaim", volume["persistentVolumeClaim"], place, "claimName"),
      ...list(fields(volume["projected"])["sources"]).flatMap(({ configMap, secret }) => [
        ...named("ConfigMap", configMap, place),
        ...named("Secret", secret, place),
      ]),
    ];
  });
  const variables = containersIn(pod).flatMap(({ name, spec }) => [
    ...list(spec["env"]).flatMap((variable) =>
      (["configMapKeyRef", "secretKeyRef"] as const).flatMap((from) => {
        const source = fields(fields(variable["valueFrom"])[from]);
        const kind = from === "secretKeyRef" ? "Secret" : "ConfigMap";
        const place = `container ${name}, env ${variable["name"]}`;
        return reference(kind, source["name"], place, [source["key"]], source["optional"]);
      }),
    ),
    ...list(spec["envFrom"]).flatMap(({ configMapRef, secretRef }) => [
      ...named("ConfigMap", configMapRef, `container ${name}, envFrom`),
      ...named("Secret", secretRef, `container ${name}, envFrom`),
    ]),
  ]);
  const account = pod.spec["serviceAccountName"];
  const accounts =
    account === "default" ? [] : reference("ServiceAccount", account, "serviceAccountName", undefined, false);
  return [...volumes, ...variables, ...accounts];
}

/** Names of the objects of a kind and namespace that no pod refers to. */
function unused(manifests: readonly Manifest[], kind: string, namespace: string): string[] {
  const used = usedNames(manifests);
  return objectsIn(manifests, kind, namespace)
    .map(({ metadata }) => metadata.name)
    .filter((name) => !used.has(`${kind} ${namespace}/${name}`));
}

const usedNames = once(
  (manifests): ReadonlySet<string> =>
    new Set(references(manifests).map(({ kind, pod, name }) => `${kind} ${pod.namespace}/${name}`)),
);

const resolves: Rule = {
  name: "reference-resolves",
  description: "No pod names a ConfigMap, Secret, claim or account that is spelt otherwise among the manifests.",
  why: "The pod waits for what it names and never starts.",
  source: "https://kubernetes.io/docs/tasks/debug/debug-application/debug-pods/",
  severity: "error",
  example: {
    wrong: "volumes: [{name: config, configMap: {name: colector}}]",
    right: "volumes: [{name: config, configMap: {name: collector}}]",
  },
  check: (manifests) =>
    references(manifests).flatMap(({ pod, kind, name, place, optional }) => {
      if (optional || find(manifests, kind, pod.namespace, name)) return [];
      const meant = misspelt(name, unused(manifests, kind, pod.namespace));
      const elsewhere = ofKind(manifests, kind).find((object) => object.metadata.name === name);
      const message = `names ${kind} ${name}, which is not there`;
      if (elsewhere && !usedNames(manifests).has(`${kind} ${namespaceOf(elsewhere)}/${name}`)) {
        return [
          {
            object: pod.owner,
            path: place,
            message: `${message}, but in namespace ${namespaceOf(elsewhere)}`,
            fix: `namespace: ${pod.namespace} in the ${kind}`,
          },
        ];
      }
      return meant === undefined ? [] : [{ object: pod.owner, path: place, message, fix: meant }];
    }),
};

const keyDefined: Rule = {
  name: "referenced-key-defined",
  description: "A key that a pod reads from a ConfigMap or Secret is in it.",
  why: "The pod waits for the key and never starts.",
  source: "https://kubernetes.io/docs/concepts/configuration/configmap/",
  severity: "error",
  example: {
    wrong: "env: [{name: PASSWORD, valueFrom: {secretKeyRef: {name: db, key: pasword}}}] # Secret db has password",
    right: "env: [{name: PASSWORD, valueFrom: {secretKeyRef: {name: db, key: password}}}]",
  },
  check: (manifests) =>
    references(manifests).flatMap(({ pod, kind, name, keys, place, optional }) => {
      const object = keys && find(manifests, kind, pod.namespace, name);
      const there = object && keysOf(object);
      if (there === undefined || optional) return [];
      return (keys ?? [])
        .filter((key) => !there.includes(key))
        .map((key) => ({
          object: pod.owner,
          path: place,
          message: `reads key ${key} of ${kind} ${name}, which has ${there.length === 0 ? "none" : there.join(", ")}`,
          fix: "key: one that is there",
        }));
    }),
};

/** The keys of a ConfigMap or Secret; undefined where it is filled by somebody else, or what it holds is masked as a whole. */
export function keysOf(object: Manifest): string[] | undefined {
  const parts = ["data", "stringData", "binaryData"].map((part) => object[part]);
  if (parts.every((part) => part === undefined || part === null)) return undefined;
  return parts.some((part) => typeof part === "string")
    ? undefined
    : parts.flatMap((part) => Object.keys(fields(part)));
}

const volumeDefined: Rule = {
  name: "volume-defined",
  description: "Every volume that a container mounts is defined, in the pod or as a claim of its StatefulSet.",
  why: "Kubernetes refuses the pod, while the object that makes it is accepted.",
  source: "https://kubernetes.io/docs/concepts/storage/volumes/",
  severity: "error",
  example: {
    wrong: "containers: [{volumeMounts: [{name: queue, mountPath: /queue}]}]\nvolumes: []",
    right: "containers: [{volumeMounts: [{name: queue, mountPath: /queue}]}]\nvolumes: [{name: queue, emptyDir: {}}]",
  },
  check: (manifests) =>
    podsOf(manifests).flatMap((pod) => {
      const names = volumeNames(pod);
      return containersIn(pod).flatMap(({ name, spec }) =>
        [...list(spec["volumeMounts"]), ...list(spec["volumeDevices"])]
          .filter((mount) => !names.includes(mount["name"]))
          .map((mount) => ({
            object: pod.owner,
            message: `container ${name} mounts volume ${mount["name"]}, which is not defined`,
            fix: `volumes: [{name: ${mount["name"]}, ...}]`,
          })),
      );
    }),
};

const volumeMounted: Rule = {
  name: "volume-mounted",
  description: "Every volume of a pod is mounted by one of its containers.",
  why: "What was to be read or kept there is not, without a word.",
  source: "https://kubernetes.io/docs/concepts/storage/volumes/",
  severity: "warning",
  example: {
    wrong: "volumes: [{name: queue, emptyDir: {}}]\ncontainers: [{volumeMounts: []}]",
    right: "volumes: [{name: queue, emptyDir: {}}]\ncontainers: [{volumeMounts: [{name: queue, mountPath: /queue}]}]",
  },
  check: (manifests) =>
    podsOf(manifests).flatMap((pod) => {
      const mounted = [...containersIn(pod).map(({ spec }) => spec), ...list(pod.spec["ephemeralContainers"])]
        .flatMap((spec) => [...list(spec["volumeMounts"]), ...list(spec["volumeDevices"])])
        .map(({ name }) => name);
      return volumeNames(pod)
        .filter((name) => !mounted.includes(name))
        .map((name) => ({
          object: pod.owner,
          message: `has volume ${name}, which no container mounts`,
          fix: `volumeMounts: [{name: ${name}, mountPath: ...}]`,
        }));
    }),
};

/** Names of the volumes that a pod has, those of its StatefulSet's claims included. */
function volumeNames({ owner, spec }: Pod): unknown[] {
  const claims = owner.kind === "StatefulSet" ? list(fields(owner["spec"])["volumeClaimTemplates"]) : [];
  const named = (part: Fields) => part["name"];
  return [...list(spec["volumes"]).map(named), ...claims.map(({ metadata }) => named(fields(metadata)))];
}

const probePort: Rule = {
  name: "probe-port-exists",
  description: "A port that a probe names is a port of its container.",
  why: "The probe fails each time, so the pod never gets ready and is restarted for ever.",
  source: "https://kubernetes.io/docs/tasks/configure-pod-container/configure-liveness-readiness-startup-probes/",
  severity: "error",
  example: {
    wrong: "ports: [{name: health, containerPort: 13133}]\nreadinessProbe: {httpGet: {port: helth}}",
    right: "ports: [{name: health, containerPort: 13133}]\nreadinessProbe: {httpGet: {port: health}}",
  },
  check: (manifests) =>
    podsOf(manifests).flatMap((pod) =>
      containersIn(pod).flatMap(({ name, spec }) => {
        const names = list(spec["ports"]).map((port) => port["name"]);
        return (["startupProbe", "readinessProbe", "livenessProbe"] as const).flatMap((probe) => {
          const { httpGet, tcpSocket } = fields(spec[probe]);
          const { port } = fields(httpGet ?? tcpSocket);
          if (typeof port !== "string" || /^\d+$/.test(port) || names.includes(port)) return [];
          const message = `names port ${port}, which container ${name} does not have`;
          return [{ object: pod.owner, path: probe, message, fix: "port: the name or number of a container port" }];
        });
      }),
    ),
};

export const referenceRules: readonly Rule[] = [resolves, keyDefined, volumeDefined, volumeMounted, probePort];
