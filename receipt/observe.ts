import { CoreV1Api, type KubeConfig, type V1Pod } from "@kubernetes/client-node";
import { isReady } from "./backends.ts";
import type { PodsSeen, WorkloadSeen } from "./judge.ts";

/** Pods of the observability namespace by label app.kubernetes.io/name. Throws what the Kubernetes API throws. */
export async function observePods(kubeConfig: KubeConfig, namespace: string, name: string): Promise<PodsSeen> {
  const core = kubeConfig.makeApiClient(CoreV1Api);
  const labelSelector = `app.kubernetes.io/name=${name}`;
  const { items } = await core.listNamespacedPod({ namespace, labelSelector });
  return podsSeen(name, items);
}

/** Counts pods that are not going away, and says what the first unready one waits for. */
export function podsSeen(name: string, all: readonly V1Pod[]): PodsSeen {
  const pods = all.filter((pod) => pod.metadata?.deletionTimestamp === undefined);
  const reason = pods.filter((pod) => !isReady(pod)).map(reasonOf)[0];
  return {
    name,
    pods: pods.length,
    ready: pods.filter(isReady).length,
    ...(reason === undefined ? {} : { reason }),
  };
}

function reasonOf(pod: V1Pod): string {
  const { phase, conditions, initContainerStatuses = [], containerStatuses = [] } = pod.status ?? {};
  const waiting = [...initContainerStatuses, ...containerStatuses].find(({ state }) => state?.waiting)?.state?.waiting;
  const unscheduled = conditions?.find(({ type, status }) => type === "PodScheduled" && status === "False");
  return (
    waiting?.reason ?? unscheduled?.reason ?? (phase === "Running" ? "its readiness check fails" : (phase ?? "unknown"))
  );
}

/** The pods behind a Service and what tracing they were given. Throws what the Kubernetes API throws. */
export async function observeWorkload(
  kubeConfig: KubeConfig,
  namespace: string,
  service: string,
): Promise<WorkloadSeen> {
  const core = kubeConfig.makeApiClient(CoreV1Api);
  const found = await core.readNamespacedService({ name: service, namespace });
  const labelSelector = Object.entries(found.spec?.selector ?? {})
    .map(([key, value]) => `${key}=${value}`)
    .join(",");
  const name = `${namespace}/${service}`;
  if (labelSelector === "") return { name, namespace, pods: 0, ready: 0, annotations: [], variables: [] };
  const { items } = await core.listNamespacedPod({ namespace, labelSelector });
  return workloadSeen(name, namespace, items);
}

/**
 * The pods in a namespace whose spans would carry the given `service.name`, and what tracing they were given.
 * Throws what the Kubernetes API throws.
 */
export async function observeService(
  kubeConfig: KubeConfig,
  namespace: string,
  service: string,
): Promise<WorkloadSeen> {
  const { items } = await kubeConfig.makeApiClient(CoreV1Api).listNamespacedPod({ namespace });
  return workloadSeen(
    service,
    namespace,
    items.filter((pod) => isOf(pod, service)),
  );
}

/** Whether a pod is told to call itself by that name, or would be by the names that injection goes by. */
export function isOf(pod: V1Pod, service: string): boolean {
  const env = (pod.spec?.containers ?? []).flatMap((container) => container.env ?? []);
  const named = env.find(({ name }) => name === "OTEL_SERVICE_NAME")?.value;
  if (named !== undefined) return named === service;
  const owner = pod.metadata?.ownerReferences?.find(({ controller }) => controller);
  // A ReplicaSet is named after its Deployment, with a hash behind.
  const ownerName = owner?.kind === "ReplicaSet" ? owner.name.replace(/-[^-]*$/, "") : owner?.name;
  return [pod.metadata?.labels?.["app.kubernetes.io/name"], ownerName, pod.metadata?.name].includes(service);
}

export function workloadSeen(name: string, namespace: string, all: readonly V1Pod[]): WorkloadSeen {
  const { pods, ready, reason } = podsSeen(name, all);
  const pod = all.find(isReady) ?? all[0];
  const prefix = "instrumentation.opentelemetry.io/";
  const annotations = Object.entries(pod?.metadata?.annotations ?? {}).flatMap(([key, value]) =>
    key.startsWith(`${prefix}inject-`) &&
    !key.endsWith("container-names") &&
    !["", "false"].includes(value.toLowerCase())
      ? [key.slice(prefix.length)]
      : [],
  );
  const containers = [...(pod?.spec?.initContainers ?? []), ...(pod?.spec?.containers ?? [])];
  const names = containers.flatMap(({ env }) => (env ?? []).map((variable) => variable.name));
  return {
    name,
    namespace,
    pods,
    ready,
    ...(reason === undefined ? {} : { reason }),
    ...(pod?.metadata?.name === undefined ? {} : { pod: pod.metadata.name }),
    annotations,
    variables: [...new Set(names.filter((variable) => variable.startsWith("OTEL_")))],
  };
}
