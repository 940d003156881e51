import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";

/** Constructor of a typed resource; a user's object is checked by the API server's dry run, not here. */
type Resource = new (name: string, args: never, opts: pulumi.CustomResourceOptions) => pulumi.CustomResource;

/** Whether other objects of the same files need it: namespaces first, then what pods mount or run as, then the rest. */
type Stage = "namespace" | "before pods" | "rest";

/** Every kind that workload files may hold. Services are not waited for by pods: they wait for the pods' endpoints themselves. */
const kinds: Readonly<Record<string, { resource: Resource; stage: Stage; clusterWide?: boolean }>> = {
  "v1/Namespace": { resource: k8s.core.v1.Namespace, stage: "namespace", clusterWide: true },
  "v1/ServiceAccount": { resource: k8s.core.v1.ServiceAccount, stage: "before pods" },
  "v1/ConfigMap": { resource: k8s.core.v1.ConfigMap, stage: "before pods" },
  "v1/Secret": { resource: k8s.core.v1.Secret, stage: "before pods" },
  "v1/LimitRange": { resource: k8s.core.v1.LimitRange, stage: "before pods" },
  "v1/ResourceQuota": { resource: k8s.core.v1.ResourceQuota, stage: "before pods" },
  "rbac.authorization.k8s.io/v1/Role": { resource: k8s.rbac.v1.Role, stage: "before pods" },
  "rbac.authorization.k8s.io/v1/RoleBinding": { resource: k8s.rbac.v1.RoleBinding, stage: "before pods" },
  "networking.k8s.io/v1/NetworkPolicy": { resource: k8s.networking.v1.NetworkPolicy, stage: "before pods" },
  "v1/PersistentVolumeClaim": { resource: k8s.core.v1.PersistentVolumeClaim, stage: "rest" },
  "v1/Service": { resource: k8s.core.v1.Service, stage: "rest" },
  "apps/v1/Deployment": { resource: k8s.apps.v1.Deployment, stage: "rest" },
  "apps/v1/StatefulSet": { resource: k8s.apps.v1.StatefulSet, stage: "rest" },
  "apps/v1/DaemonSet": { resource: k8s.apps.v1.DaemonSet, stage: "rest" },
  "batch/v1/Job": { resource: k8s.batch.v1.Job, stage: "rest" },
  "batch/v1/CronJob": { resource: k8s.batch.v1.CronJob, stage: "rest" },
  "policy/v1/PodDisruptionBudget": { resource: k8s.policy.v1.PodDisruptionBudget, stage: "rest" },
  "autoscaling/v2/HorizontalPodAutoscaler": { resource: k8s.autoscaling.v2.HorizontalPodAutoscaler, stage: "rest" },
  "networking.k8s.io/v1/Ingress": { resource: k8s.networking.v1.Ingress, stage: "rest" },
};

/** `apiVersion/kind` of every kind that workload files may hold. */
export const knownKinds: readonly string[] = Object.keys(kinds);

/** Whether workload files may hold this `apiVersion/kind`. */
export function isKnownKind(type: string): boolean {
  return Object.hasOwn(kinds, type);
}

/** Whether objects of this `apiVersion/kind` live outside namespaces. */
export function isClusterWide(type: string): boolean {
  return kinds[type]?.clusterWide ?? false;
}

/** When objects of this `apiVersion/kind` are made. */
export function stageOf(type: string): Stage {
  return kinds[type]?.stage ?? "rest";
}

/** Makes the typed resource for an object whose kind is known. */
export function makeResource(
  type: string,
  name: string,
  object: object,
  opts: pulumi.CustomResourceOptions,
): pulumi.CustomResource {
  const kind = kinds[type];
  if (kind === undefined) throw new Error(`no resource for ${type}`);
  return new kind.resource(name, object as never, opts);
}
