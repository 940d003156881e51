import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { KubeConfig } from "@kubernetes/client-node";
import { terminalProgress } from "../../../common/progress.ts";
import { type Forward, forward } from "../../../receipt/forward.ts";
import { type BackendImage, backends } from "../../../sandbox/images/backends.ts";
import { backendTar } from "../../../sandbox/images/build.ts";
import { type Cluster, importImage, status } from "../../../sandbox/node/cluster.ts";
import { kubectl } from "../kubectl.ts";
import { namespace, namespaceObject, type Server, serverObjects } from "./manifest.ts";

/** Puts the image of a backend into the suite's cluster; it is made when the cache has none. */
export async function loadBackendImage(name: BackendImage): Promise<void> {
  await importImage(await suiteCluster(), await backendTar(name, terminalProgress()));
}

/** Runs servers in the suite's cluster and waits until each is ready. Equal ones are left alone. */
export async function deploy(...servers: readonly Server[]): Promise<void> {
  for (const name of Object.keys(backends) as BackendImage[]) {
    if (servers.some(({ image }) => image === backends[name].reference)) await loadBackendImage(name);
  }
  // In one call: of two at the same time that find no namespace, the second one to make it fails.
  await apply([namespaceObject, ...servers.flatMap(serverObjects)]);
  await Promise.all(servers.map(ready));
}

/** Waits until a server's Deployment is rolled out. Rejects with what its pod tells. */
async function ready({ name }: Server): Promise<void> {
  const rollout = ["rollout", "status", "-n", namespace, `deployment/${name}`, "--timeout=180s"];
  await kubectl(...rollout).catch(async (error: Error) => {
    const target = ["-n", namespace, "-l", `app.kubernetes.io/name=${name}`];
    const said = await Promise.all([
      kubectl("describe", "pod", ...target).catch(String),
      kubectl("logs", ...target, "--all-containers", "--tail=40").catch(String),
    ]);
    throw new Error([error.message, ...said].join("\n"));
  });
}

/** Removes every server with the namespace; returns when nothing of it is left. */
export const removeServers = () => kubectl("delete", "namespace", namespace, "--ignore-not-found", "--wait");

/** Opens a port of a server (a name or a number, default the first) on the host. To be closed. */
export async function reach(server: Server, port = Object.keys(server.ports)[0]!): Promise<Forward> {
  const config = new KubeConfig();
  config.loadFromFile((await suiteCluster()).kubeconfig);
  return forward(config, { namespace, service: server.name, port });
}

async function suiteCluster(): Promise<Cluster> {
  const cluster = await status();
  if (!cluster) throw new Error("the embedded cluster does not run");
  return cluster;
}

async function apply(items: readonly object[]): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "tl-backend-"));
  try {
    const file = join(folder, "objects.json");
    writeFileSync(file, JSON.stringify({ apiVersion: "v1", kind: "List", items }));
    await kubectl("apply", "-f", file);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
