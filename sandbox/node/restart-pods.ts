import { setTimeout as sleep } from "node:timers/promises";
import { CoreV1Api, KubeConfig, type V1Pod } from "@kubernetes/client-node";
import type { Cluster } from "./cluster.ts";

const READY_TIMEOUT_MS = 60_000;

/**
 * Deletes the pods that run an image, so that their controllers start them anew with what its reference stands for now, and waits
 * a minute at most until the new ones are Ready. Pods without a controller stay, since nobody would make them again.
 */
export async function restartPods(cluster: Cluster, reference: string): Promise<void> {
  const kubeConfig = new KubeConfig();
  kubeConfig.loadFromFile(cluster.kubeconfig);
  const core = kubeConfig.makeApiClient(CoreV1Api);
  const list = async () => (await core.listPodForAllNamespaces()).items.filter((pod) => runs(pod, reference));
  const old = new Set<string | undefined>();
  for (const { metadata } of await list()) {
    if (!metadata?.ownerReferences?.some(({ controller }) => controller)) continue;
    const { name = "", namespace = "", uid = "" } = metadata;
    old.add(uid);
    await core.deleteNamespacedPod({ name, namespace, body: { preconditions: { uid } } }).catch(() => {});
  }
  if (old.size === 0) return;
  const until = Date.now() + READY_TIMEOUT_MS;
  const done = (pod: V1Pod) => !old.has(pod.metadata?.uid) && isReady(pod);
  while (Date.now() < until) {
    const pods = await list();
    if (pods.length > 0 && pods.every(done)) return;
    await sleep(300);
  }
}

const runs = ({ spec }: V1Pod, reference: string) =>
  [...(spec?.initContainers ?? []), ...(spec?.containers ?? [])].some(({ image }) => image === reference);

const isReady = ({ status }: V1Pod) =>
  status?.conditions?.some(({ type, status }) => type === "Ready" && status === "True") ?? false;
