import type { Fields, ObjectMeta, PodSpec, Workload } from "./types.ts";

/** The pod template of a workload, wherever its kind keeps it. For a Pod it is the Pod itself. */
export interface PodTemplate {
  readonly metadata: ObjectMeta;
  readonly spec: PodSpec;
}

type Path = readonly string[];

const templatePaths: ReadonlyMap<string, Path> = new Map<string, Path>([
  ["Deployment", ["spec", "template"]],
  ["StatefulSet", ["spec", "template"]],
  ["DaemonSet", ["spec", "template"]],
  ["ReplicaSet", ["spec", "template"]],
  ["Job", ["spec", "template"]],
  ["CronJob", ["spec", "jobTemplate", "spec", "template"]],
  ["Pod", []],
]);

/** Kinds that carry a pod template. Every other kind passes through injection unchanged. */
export const workloadKinds: readonly string[] = [...templatePaths.keys()];

/** Whether a value is an object with fields (not null, not a list). */
export function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A list field of an object; absent, null or malformed reads as empty. */
export function list<T>(value: readonly T[] | null | undefined): readonly T[] {
  return Array.isArray(value) ? value : [];
}

/** Path from the workload to its pod template, or undefined for kinds without one. */
export function templatePath(kind: string): Path | undefined {
  return templatePaths.get(kind);
}

/** Whether an object keeps text where text belongs; an API server refuses the rest. */
const hasText = (value: unknown, keys: readonly string[]) =>
  !isFields(value) || keys.every((key) => typeof value[key] !== "object" || value[key] === null);

const readable = (container: unknown) =>
  hasText(container, ["name", "image"]) &&
  (!isFields(container) || list(container["env"] as unknown[]).every((one) => hasText(one, ["name", "value"])));

/** The pod template of a workload, or undefined where the kind has none or the object is malformed. */
export function podTemplate(workload: Workload): PodTemplate | undefined {
  const path = templatePaths.get(workload.kind);
  if (path === undefined) return undefined;
  let at: unknown = workload;
  for (const key of path) {
    if (!isFields(at)) return undefined;
    at = at[key];
  }
  if (!isFields(at) || !isFields(at["spec"])) return undefined;
  const { containers, initContainers } = at["spec"] as PodSpec;
  if (!hasText(at["spec"], ["nodeName"])) return undefined;
  if (![...list<unknown>(containers), ...list<unknown>(initContainers)].every(readable)) return undefined;
  return { metadata: isFields(at["metadata"]) ? (at["metadata"] as ObjectMeta) : {}, spec: at["spec"] as PodSpec };
}

/** The same object with another value at a path; the objects on the way are copied, everything else is shared. */
export function replaceAt(object: Fields, path: Path, value: unknown): Fields {
  const [key, ...rest] = path;
  if (key === undefined) return value as Fields;
  return { ...object, [key]: rest.length === 0 ? value : replaceAt(object[key] as Fields, rest, value) };
}

/** The same workload with another pod spec. */
export function withPodSpec(workload: Workload, spec: PodSpec): Workload {
  return replaceAt(workload, [...(templatePaths.get(workload.kind) ?? []), "spec"], spec) as Workload;
}

/** Resource attributes that the owners of a workload's pods give, and those whose value only the live cluster knows. */
export interface Owners {
  readonly known: readonly (readonly [key: string, value: string])[];
  readonly live: readonly string[];
}

const ownerNames: ReadonlyMap<string, readonly [string, readonly string[]]> = new Map([
  ["Deployment", ["deployment", ["replicaset"]]],
  ["StatefulSet", ["statefulset", []]],
  ["DaemonSet", ["daemonset", []]],
  ["ReplicaSet", ["replicaset", []]],
  ["Job", ["job", []]],
  ["CronJob", ["cronjob", ["job"]]],
]);

/**
 * Owner chain of the pods of a workload as resource attributes.
 * @param uids whether owners' UIDs are wanted; they exist only in the cluster, so they count as live
 */
export function owners(kind: string, name: string, uids: boolean): Owners {
  const chain = ownerNames.get(kind);
  if (chain === undefined) return { known: [], live: [] };
  const [own, made] = chain;
  const live = made.map((owner) => `k8s.${owner}.name`);
  if (uids) live.push(...[own, ...made].map((owner) => `k8s.${owner}.uid`));
  return { known: [[`k8s.${own}.name`, name]], live };
}
