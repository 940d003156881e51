import { parseDocument } from "yaml";
import { read, texts } from "../collector-config/rules/reading.ts";
import type { Context, Mount } from "../collector-config/rules/rule.ts";
import { type Fields, fields } from "../common/objects.ts";
import { valueIn } from "../common/yaml.ts";
import { asCollector } from "../common/yaml-values.ts";
import { objectsIn, servicesOf } from "./objects.ts";
import { once } from "./once.ts";
import { containerPort, list, namespaceOf, type Pod, podsOf } from "./pods.ts";
import type { Manifest } from "./types.ts";

/** A Collector configuration among the manifests. */
export interface Configured {
  /** The object that holds it. */
  readonly object: Manifest;
  /** Where in the object. */
  readonly place: string;
  /** As it is written in a ConfigMap; undefined where it is part of the object itself. */
  readonly text: string | undefined;
  readonly config: unknown;
  /** The pod that reads it, if it is among the manifests. */
  readonly pod?: Pod;
  readonly container?: Fields;
}

/** Every Collector configuration of the manifests, once for each pod that reads it. */
export const configured = once((manifests): readonly Configured[] => {
  const readers = readersOf(manifests);
  return manifests.flatMap((object) => {
    if (object.kind === "OpenTelemetryCollector") return customResource(object);
    if (object.kind !== "ConfigMap") return [];
    return inConfigMap(object).flatMap((found): Configured[] => {
      const pods = [...(readers.get(`${namespaceOf(object)}/${object.metadata.name}`) ?? [])];
      if (pods.length === 0) return [found];
      return pods.map((pod) => ({ ...found, pod, ...readingContainer(pod, object) }));
    });
  });
});

const collectors = once((manifests): ReadonlyMap<Pod, readonly Configured[]> => {
  const pods = new Map<Pod, Configured[]>();
  for (const one of configured(manifests)) {
    if (one.pod) pods.set(one.pod, [...(pods.get(one.pod) ?? []), one]);
  }
  return pods;
});

/** The pods that read Collector configurations, each with what it reads. */
export function collectorPods(manifests: readonly Manifest[]): ReadonlyMap<Pod, readonly Configured[]> {
  return collectors(manifests);
}

/** The pods that mount each ConfigMap, by `namespace/name`. */
const readersOf = once((manifests): ReadonlyMap<string, ReadonlySet<Pod>> => {
  const readers = new Map<string, Set<Pod>>();
  for (const pod of podsOf(manifests)) {
    for (const name of mapsOf(pod)) {
      const key = `${pod.namespace}/${name}`;
      readers.set(key, (readers.get(key) ?? new Set()).add(pod));
    }
  }
  return readers;
});

const parsed = new WeakMap<Manifest, readonly Configured[]>();

/** Objects are never changed, so each is read once, however many lists it stands in. */
function inConfigMap(object: Manifest): readonly Configured[] {
  const known = parsed.get(object);
  if (known) return known;
  const found = Object.entries(fields(object["data"])).flatMap(([key, text]): Configured[] => {
    const config = typeof text === "string" ? collectorConfig(text) : undefined;
    return config === undefined ? [] : [{ object, place: `data["${key}"]`, text: text as string, config }];
  });
  parsed.set(object, found);
  return found;
}

/** @see https://github.com/open-telemetry/opentelemetry-operator/blob/main/docs/api/opentelemetrycollectors.md */
function customResource(object: Manifest): Configured[] {
  const written = fields(object["spec"])["config"];
  // Until v1alpha1 the configuration was a text.
  const config = typeof written === "string" ? collectorConfig(written) : written;
  return typeof config === "object" && config !== null
    ? [{ object, place: "spec.config", text: undefined, config }]
    : [];
}

/** The text as a Collector configuration with a pipeline, or undefined if it is none. */
function collectorConfig(text: string): unknown {
  // Most ConfigMaps hold other things, and reading YAML takes time.
  if (!text.includes("pipelines")) return undefined;
  try {
    const document = parseDocument(text, { ...asCollector, logLevel: "error" });
    if (document.errors.length > 0) return undefined;
    const value = valueIn(document);
    const { receivers, exporters, service } = fields(value);
    const pipelines = Object.values(fields(fields(service)["pipelines"])).map(fields);
    const some = pipelines.some(
      (pipeline) => pipeline["receivers"] !== undefined && pipeline["exporters"] !== undefined,
    );
    return some || (pipelines.length > 0 && receivers !== undefined && exporters !== undefined) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** The pod's volumes that are made of a ConfigMap. */
function volumesOf(pod: Pod, map: Manifest): Fields[] {
  return list(pod.spec["volumes"]).filter((volume) => mapsIn(volume).includes(map.metadata.name));
}

/** Names of the ConfigMaps that a pod mounts. */
function mapsOf(pod: Pod): unknown[] {
  return list(pod.spec["volumes"]).flatMap(mapsIn);
}

function mapsIn(volume: Fields): unknown[] {
  const sources = list(fields(volume["projected"])["sources"]).map((source) => source["configMap"]);
  return [volume["configMap"], ...sources].map((source) => fields(source)["name"]);
}

function readingContainer(pod: Pod, map: Manifest): { container?: Fields } {
  const names = volumesOf(pod, map).map(({ name }) => name);
  const containers = list(pod.spec["containers"]);
  const container =
    containers.find(({ volumeMounts }) => list(volumeMounts).some(({ name }) => names.includes(name))) ?? containers[0];
  return container ? { container } : {};
}

/** What the manifests tell of the place where a configuration runs. */
export function contextOf(one: Configured, manifests: readonly Manifest[]): Context {
  if (one.object.kind === "OpenTelemetryCollector") return customContext(one.object);
  const { pod, container } = one;
  if (pod === undefined || container === undefined) return {};
  const mounts = mountsOf(pod, container);
  const persistent = mounts.some((mount) => mount.persistent);
  const goMemLimitMiB = mebibytes(list(container["env"]).find(({ name }) => name === "GOMEMLIMIT")?.["value"]);
  const replicas = replicasOf(pod, manifests);
  const servicePorts = servicePortsOf(pod, manifests);
  const security = { ...fields(pod.spec["securityContext"]), ...fields(container["securityContext"]) };
  const root = security["runAsUser"] === 0;
  const group = fields(pod.spec["securityContext"])["fsGroup"];
  const image = container["image"];
  const agent = pod.owner.kind === "DaemonSet";
  return {
    ...memoryLimit(container),
    ...(goMemLimitMiB !== undefined && { goMemLimitMiB }),
    ...(replicas !== undefined && { replicas }),
    ...(servicePorts && { servicePorts }),
    volumeMounts: mounts,
    ...(typeof group === "number" ? { fsGroup: group } : root ? {} : { fsGroup: null }),
    ...(list(container["envFrom"]).length === 0 && { env: list(container["env"]).map(({ name }) => String(name)) }),
    ...(typeof image === "string" && { image }),
    upstreamRouting: routesTo(pod, manifests) ? "trace-id" : "any",
    role: agent ? "agent" : persistent ? "durable-gateway" : "gateway",
    ...(pod.spec["hostNetwork"] !== true && {
      alone: [...list(pod.spec["containers"]), ...list(pod.spec["initContainers"])].length === 1,
    }),
  };
}

/** The operator makes the Services and sets further variables by itself, so these stay unknown. */
function customContext(object: Manifest): Context {
  const spec = fields(object["spec"]);
  const { replicas, mode, image } = spec;
  return {
    ...memoryLimit(spec),
    ...(typeof replicas === "number" && { replicas }),
    ...(typeof image === "string" && { image }),
    ...(mode === "sidecar" ? {} : { role: mode === "daemonset" ? ("agent" as const) : ("gateway" as const) }),
  };
}

function memoryLimit(container: Fields): Pick<Context, "memoryLimitMiB"> {
  const memory = fields(fields(container["resources"])["limits"])["memory"];
  if (memory === undefined) return { memoryLimitMiB: null };
  const size = mebibytes(memory);
  return size === undefined ? {} : { memoryLimitMiB: size };
}

const unitMiB: Readonly<Record<string, number>> = {
  "": 1 / 1024 ** 2,
  k: 1e3 / 1024 ** 2,
  Ki: 1 / 1024,
  M: 1e6 / 1024 ** 2,
  Mi: 1,
  G: 1e9 / 1024 ** 2,
  Gi: 1024,
};

/** A quantity of Kubernetes or of GOMEMLIMIT, which ends with a B, in MiB; undefined where it is none. */
export function mebibytes(quantity: unknown): number | undefined {
  const match = /^(\d+(?:\.\d+)?)(|k|Ki|M|Mi|G|Gi)B?$/.exec(String(quantity));
  return match ? Number(match[1]) * (unitMiB[match[2] ?? ""] ?? 0) : undefined;
}

/** How many pods an object makes at once, at most; undefined where nodes decide. */
export function replicasOf({ owner, namespace }: Pod, manifests: readonly Manifest[]): number | undefined {
  if (owner.kind !== "Deployment" && owner.kind !== "StatefulSet" && owner.kind !== "ReplicaSet") return undefined;
  const scaled = objectsIn(manifests, "HorizontalPodAutoscaler", namespace)
    .map((object) => fields(object["spec"]))
    .find((spec) => {
      const target = fields(spec["scaleTargetRef"]);
      return target["kind"] === owner.kind && target["name"] === owner.metadata.name;
    })?.["maxReplicas"];
  const replicas = fields(owner["spec"])["replicas"] ?? 1;
  return [scaled, replicas].find((number) => typeof number === "number");
}

/** Undefined where nothing tells: no Service of the pod's namespace selects by labels, or the pod is on the node's own network. */
function servicePortsOf(pod: Pod, manifests: readonly Manifest[]): number[] | undefined {
  const hostPorts = list(pod.spec["containers"])
    .flatMap(({ ports }) => list(ports))
    .flatMap(({ hostPort, containerPort: number }) => (hostPort && typeof number === "number" ? [number] : []));
  const services = objectsIn(manifests, "Service", pod.namespace).filter(
    (object) => Object.keys(fields(fields(object["spec"])["selector"])).length > 0,
  );
  if (pod.spec["hostNetwork"] === true || (services.length === 0 && hostPorts.length === 0)) return undefined;
  const offered = servicesOf(pod, manifests).flatMap((service) =>
    list(fields(service["spec"])["ports"]).flatMap((port) => {
      const target = port["targetPort"] ?? port["port"];
      const number = typeof target === "number" ? target : containerPort(pod, target);
      return number === undefined ? [] : [number];
    }),
  );
  return [...hostPorts, ...offered];
}

function mountsOf(pod: Pod, container: Fields): Mount[] {
  const templates = list(fields(pod.owner["spec"])["volumeClaimTemplates"]).map((claim) => fields(claim["metadata"]));
  const claimed = [
    ...templates.map(({ name }) => name),
    ...list(pod.spec["volumes"])
      .filter((volume) => volume["persistentVolumeClaim"] !== undefined)
      .map(({ name }) => name),
  ];
  const fixed = list(pod.spec["volumes"])
    .filter((volume) => ["configMap", "secret", "projected", "downwardAPI"].some((kind) => volume[kind] !== undefined))
    .map(({ name }) => name);
  return list(container["volumeMounts"]).flatMap(({ name, mountPath, readOnly }) =>
    typeof mountPath === "string"
      ? [
          {
            path: mountPath,
            ...((readOnly === true || fixed.includes(name)) && { readOnly: true }),
            ...(claimed.includes(name) && { persistent: true }),
          },
        ]
      : [],
  );
}

/** Whether a Collector among the manifests sends to this pod by trace id. */
function routesTo(pod: Pod, manifests: readonly Manifest[]): boolean {
  const names = servicesOf(pod, manifests).map(({ metadata }) => metadata.name);
  return balancedHosts(manifests).some((host) =>
    host
      .split(/[.:]/)
      .slice(0, 2)
      .some((label) => names.includes(label)),
  );
}

/** The hosts that load_balancing spreads traces over by their id, which is its default. */
const balancedHosts = once((manifests): readonly string[] =>
  configured(manifests)
    .flatMap(({ config }) => read(config).exporters)
    .filter(
      ({ type, config }) =>
        type === "load_balancing" && ["traceID", undefined].includes(config["routing_key"] as string),
    )
    .flatMap(({ config }) => {
      const resolver = fields(config["resolver"]);
      const named = [fields(resolver["dns"])["hostname"], fields(resolver["k8s"])["service"]];
      return [...texts(fields(resolver["static"])["hostnames"]), ...texts(named)];
    }),
);
