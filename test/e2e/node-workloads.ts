import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { AppsV1Api, CoreV1Api, KubeConfig, type V1PersistentVolumeClaim, type V1Pod } from "@kubernetes/client-node";
import { packImage } from "../../sandbox/images/archive.ts";
import type { ImageSpec } from "../../sandbox/images/catalog.ts";
import { stage } from "../../sandbox/images/stage.ts";
import { type Cluster, importImage } from "../../sandbox/node/cluster.ts";

export const shellImage = "docker.io/throughline/test-shell:1";
export const waiterImage = "docker.io/throughline/test-waiter:1";

/** A client for the cluster, by the kubeconfig that people get. */
export function coreApi({ kubeconfig }: Cluster): CoreV1Api {
  const config = new KubeConfig();
  config.loadFromFile(kubeconfig);
  return config.makeApiClient(CoreV1Api);
}

/** Imports an image that holds nothing but the host's shell. */
export async function importShell(cluster: Cluster): Promise<void> {
  const parts = [{ kind: "linked", source: "/bin/sh", path: "/bin/sh" }] as const;
  await importSpec(cluster, { reference: shellImage, entrypoint: ["/bin/sh", "-c"], user: "10001", parts });
}

/** Imports an image that waits for ever. `variant` makes it differ under the same name. */
export function importWaiter(
  cluster: Cluster,
  variant: string,
  onReplaced?: (reference: string) => Promise<void>,
): Promise<string[]> {
  const parts = [{ kind: "linked", source: "busybox", path: "/bin/busybox" }] as const;
  const entrypoint = ["/bin/busybox", "sleep", "86400"];
  const spec = { reference: waiterImage, entrypoint, user: "10001", env: [`VARIANT=${variant}`], parts };
  return importSpec(cluster, spec, onReplaced);
}

async function importSpec(
  cluster: Cluster,
  spec: ImageSpec,
  onReplaced?: (reference: string) => Promise<void>,
): Promise<string[]> {
  const scratch = mkdtempSync(join(tmpdir(), "tl-image-"));
  try {
    const root = join(scratch, "root");
    mkdirSync(root);
    await stage(spec.parts, new Map(), root);
    return await importImage(cluster, await packImage(spec, root, scratch), onReplaced);
  } finally {
    rmSync(scratch, { recursive: true });
  }
}

/** Deploys one pod of the waiting image; returns what removes it again. */
export async function runWaiters({ kubeconfig }: Cluster): Promise<() => Promise<unknown>> {
  const config = new KubeConfig();
  config.loadFromFile(kubeconfig);
  const apps = config.makeApiClient(AppsV1Api);
  const [name, namespace, labels] = ["waiter", "default", { app: "waiter" }];
  const spec = { terminationGracePeriodSeconds: 0, containers: [{ name, image: waiterImage }] };
  const body = {
    metadata: { name },
    spec: { selector: { matchLabels: labels }, template: { metadata: { labels }, spec } },
  };
  await apps.createNamespacedDeployment({ namespace, body });
  return () => apps.deleteNamespacedDeployment({ name, namespace });
}

/** A pod that runs `script` once as user 10001, with the claim `data` at /data. */
export function shellPod(name: string, script: string): V1Pod {
  return {
    metadata: { name },
    spec: {
      restartPolicy: "Never",
      terminationGracePeriodSeconds: 0,
      securityContext: { runAsNonRoot: true, runAsUser: 10001, runAsGroup: 10001, fsGroup: 10001 },
      containers: [
        { name: "shell", image: shellImage, args: [script], volumeMounts: [{ name: "data", mountPath: "/data" }] },
      ],
      volumes: [{ name: "data", persistentVolumeClaim: { claimName: "data" } }],
    },
  };
}

/** A claim of the default storage class. */
export const claim: V1PersistentVolumeClaim = {
  metadata: { name: "data" },
  spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "10Mi" } } },
};

/** Runs a pod to its end and returns what it wrote; throws when it fails. */
export async function runPod(core: CoreV1Api, body: V1Pod): Promise<string> {
  const namespace = "default";
  const name = body.metadata?.name ?? "";
  await core.createNamespacedPod({ namespace, body });
  const phase = await eventually(180_000, async () => {
    const { status } = await core.readNamespacedPod({ name, namespace });
    return status?.phase === "Succeeded" || status?.phase === "Failed" ? status.phase : undefined;
  });
  const output = await core.readNamespacedPodLog({ name, namespace });
  await core.deleteNamespacedPod({ name, namespace });
  if (phase !== "Succeeded") throw new Error(`pod ${name} ended ${phase}: ${output}`);
  return output.trim();
}

/** Asks again until there is an answer; errors count as none. Throws the last one after `timeoutMs`. */
export async function eventually<T>(timeoutMs: number, ask: () => Promise<T | undefined>): Promise<T> {
  const until = Date.now() + timeoutMs;
  let last: unknown = new Error("no answer");
  for (;;) {
    // Once more when the time is over: nothing may have run meanwhile.
    const isLast = Date.now() >= until;
    try {
      const answer = await ask();
      if (answer !== undefined) return answer;
    } catch (error) {
      last = error;
    }
    if (isLast) throw last;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}
