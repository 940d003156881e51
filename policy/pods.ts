import { type Fields, fields, items } from "../common/objects.ts";
import { once } from "./once.ts";
import type { Manifest } from "./types.ts";

/** A pod as some object would make it. */
export interface Pod {
  /** The object that makes it. */
  readonly owner: Manifest;
  readonly namespace: string;
  readonly labels: Fields;
  readonly annotations: Fields;
  readonly spec: Fields;
}

export interface Container {
  readonly pod: Pod;
  readonly name: string;
  readonly spec: Fields;
  readonly init: boolean;
}

const templates: Readonly<Record<string, readonly string[]>> = {
  Pod: [],
  Deployment: ["spec", "template"],
  StatefulSet: ["spec", "template"],
  DaemonSet: ["spec", "template"],
  ReplicaSet: ["spec", "template"],
  Job: ["spec", "template"],
  CronJob: ["spec", "jobTemplate", "spec", "template"],
};

/** Whether the kind is of Kubernetes itself: others, such as Knative, have kinds of the same names. */
export function isNative({ apiVersion }: Manifest): boolean {
  const [group = ""] = apiVersion.includes("/") ? apiVersion.split("/") : [];
  return !group.includes(".") || group.endsWith(".k8s.io");
}

/** Every pod that the manifests would make. */
export const podsOf = once((manifests): readonly Pod[] =>
  manifests.filter(isNative).flatMap((owner) => {
    const path = Object.hasOwn(templates, owner.kind) ? templates[owner.kind] : undefined;
    if (path === undefined) return [];
    const template = path.reduce((value: Fields, key) => fields(value[key]), owner);
    const metadata = fields(template["metadata"]);
    return [
      {
        owner,
        namespace: namespaceOf(owner),
        labels: fields(metadata["labels"]),
        annotations: fields(metadata["annotations"]),
        spec: fields(template["spec"]),
      },
    ];
  }),
);

/** The containers of the pods, init containers included. */
export const containersOf = once((manifests): readonly Container[] => podsOf(manifests).flatMap(containersIn));

/** The containers of one pod, init containers first. */
export function containersIn(pod: Pod): Container[] {
  return (["initContainers", "containers"] as const).flatMap((part) =>
    list(pod.spec[part]).map((spec) => ({ pod, name: String(spec["name"]), spec, init: part === "initContainers" })),
  );
}

/** The number of the container port that a Service's port leads to, or undefined if there is none. */
export function containerPort(pod: Pod, target: unknown): number | undefined {
  const ports = list(pod.spec["containers"]).flatMap(({ ports: offered }) => list(offered));
  const found = ports.find(({ name, containerPort: number }) => name === target || number === target);
  return typeof found?.["containerPort"] === "number" ? found["containerPort"] : undefined;
}

/** The number of the port that a name or number means in a pod. Ports need not be declared to be open, so a number is taken as it is. */
export function portNumber(pod: Pod, target: unknown): number | undefined {
  return containerPort(pod, target) ?? (typeof target === "number" ? target : undefined);
}

/** The namespace of an object, which is `default` where none is named. */
export function namespaceOf({ metadata }: Manifest): string {
  return metadata.namespace ?? "default";
}

/** Whether the labels of a selector are all among an object's labels. An empty selector selects everything. */
export function selects(selector: unknown, labels: Fields): boolean {
  return Object.entries(fields(selector)).every(([key, value]) => labels[key] === value);
}

/** The value as a list of objects, empty where it is none. */
export function list(value: unknown): Fields[] {
  return items(value).map(fields);
}
