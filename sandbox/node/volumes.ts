import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import {
  ApiException,
  CoreV1Api,
  type KubeConfig,
  StorageV1Api,
  type V1PersistentVolume,
  type V1PersistentVolumeClaim,
  Watch,
} from "@kubernetes/client-node";
import type { Layout } from "./layout.ts";

export const STORAGE_CLASS = "throughline-local";
const PROVISIONER = "throughline.dev/local";

/** The claim waits for a volume of ours and may get it now: the controller names the provisioner once a pod uses the claim. */
export const wantsVolume = (claim: V1PersistentVolumeClaim): boolean =>
  claim.spec?.storageClassName === STORAGE_CLASS &&
  !claim.spec.volumeName &&
  claim.status?.phase === "Pending" &&
  claim.metadata?.deletionTimestamp === undefined &&
  claim.metadata?.annotations?.["volume.kubernetes.io/storage-provisioner"] === PROVISIONER &&
  claim.metadata.annotations["volume.kubernetes.io/selected-node"] !== undefined;

/** The volume of a claim: a `local` one, which honours fsGroup (a hostPath one would not). */
export function volumeFor(claim: V1PersistentVolumeClaim, folder: string, node: string): V1PersistentVolume {
  const { name, namespace, uid } = claim.metadata ?? {};
  return {
    apiVersion: "v1",
    kind: "PersistentVolume",
    metadata: { name: `pvc-${uid}`, annotations: { "pv.kubernetes.io/provisioned-by": PROVISIONER } },
    spec: {
      capacity: { storage: claim.spec?.resources?.requests?.["storage"] ?? "1Gi" },
      accessModes: claim.spec?.accessModes ?? ["ReadWriteOnce"],
      persistentVolumeReclaimPolicy: "Delete",
      storageClassName: STORAGE_CLASS,
      volumeMode: "Filesystem",
      claimRef: {
        apiVersion: "v1",
        kind: "PersistentVolumeClaim",
        ...(name && { name }),
        ...(namespace && { namespace }),
        ...(uid && { uid }),
      },
      local: { path: folder },
      nodeAffinity: {
        required: {
          nodeSelectorTerms: [
            { matchExpressions: [{ key: "kubernetes.io/hostname", operator: "In", values: [node] }] },
          ],
        },
      },
    },
  };
}

const hasCode = (error: unknown, code: number) => error instanceof ApiException && error.code === code;

/** Serves the storage class `throughline-local` for ever, through restarts of the API server. */
export async function provisionVolumes(
  layout: Layout,
  kubeConfig: KubeConfig,
  log: (line: string) => void,
): Promise<never> {
  let last = "";
  for (;;) {
    try {
      await ensureStorageClass(kubeConfig);
      for (;;) {
        const versions = await reconcile(layout, kubeConfig, log);
        last = "";
        await nextChange(kubeConfig, versions, 30_000);
      }
    } catch (error) {
      const text = error instanceof Error ? (error.message.split("\n")[0] ?? "") : String(error);
      if (text !== last) log(`volumes: ${text}`);
      last = text;
      await sleep(1000);
    }
  }
}

async function ensureStorageClass(kubeConfig: KubeConfig): Promise<void> {
  const body = {
    apiVersion: "storage.k8s.io/v1",
    kind: "StorageClass",
    metadata: { name: STORAGE_CLASS, annotations: { "storageclass.kubernetes.io/is-default-class": "true" } },
    provisioner: PROVISIONER,
    reclaimPolicy: "Delete",
    volumeBindingMode: "WaitForFirstConsumer",
  };
  await kubeConfig
    .makeApiClient(StorageV1Api)
    .createStorageClass({ body })
    .catch((error: unknown) => {
      if (!hasCode(error, 409)) throw error;
    });
}

/** Makes the volumes that are wanted and removes those that were released, with their folders. Returns the versions of the lists it read. */
async function reconcile(
  layout: Layout,
  kubeConfig: KubeConfig,
  log: (line: string) => void,
): Promise<Record<string, string>> {
  const core = kubeConfig.makeApiClient(CoreV1Api);
  const claims = await core.listPersistentVolumeClaimForAllNamespaces();
  for (const claim of claims.items.filter(wantsVolume)) {
    const folder = join(layout.volumes, `pvc-${claim.metadata?.uid}`);
    mkdirSync(folder, { recursive: true, mode: 0o755 });
    await core.createPersistentVolume({ body: volumeFor(claim, folder, layout.id) }).catch((error: unknown) => {
      if (!hasCode(error, 409)) throw error;
    });
    log(`volumes: made ${folder} for ${claim.metadata?.namespace}/${claim.metadata?.name}`);
  }
  const volumes = await core.listPersistentVolume();
  for (const volume of volumes.items) {
    const name = volume.metadata?.name ?? "";
    const ours = volume.metadata?.annotations?.["pv.kubernetes.io/provisioned-by"] === PROVISIONER;
    if (!ours || volume.status?.phase !== "Released" || volume.spec?.persistentVolumeReclaimPolicy !== "Delete")
      continue;
    rmSync(join(layout.volumes, name), { recursive: true, force: true });
    await core.deletePersistentVolume({ name }).catch((error: unknown) => {
      if (!hasCode(error, 404)) throw error;
    });
    log(`volumes: removed ${name}`);
  }
  return {
    persistentvolumeclaims: claims.metadata?.resourceVersion ?? "",
    persistentvolumes: volumes.metadata?.resourceVersion ?? "",
  };
}

/** Resolves when a claim or a volume changed since `versions`, and after `timeoutMs` at the latest. */
async function nextChange(kubeConfig: KubeConfig, versions: Record<string, string>, timeoutMs: number): Promise<void> {
  const watch = new Watch(kubeConfig);
  const watching: Promise<AbortController>[] = [];
  let timer: NodeJS.Timeout | undefined;
  await new Promise<void>((resolve) => {
    timer = setTimeout(resolve, timeoutMs);
    for (const [kind, resourceVersion] of Object.entries(versions)) {
      const started = watch.watch(
        `/api/v1/${kind}`,
        { resourceVersion },
        () => resolve(),
        () => resolve(),
      );
      started.catch(() => resolve());
      watching.push(started);
    }
  });
  clearTimeout(timer);
  for (const started of watching) {
    await started.then(
      (controller) => controller.abort(),
      () => {},
    );
  }
}
