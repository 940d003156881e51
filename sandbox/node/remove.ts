import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import { UserError } from "../../common/errors.ts";
import { controlGroups, removeControlGroups } from "./cgroups.ts";
import { endKeeper, endProcesses, processesOf } from "./ending.ts";
import type { Layout } from "./layout.ts";
import { hostMounts, removeMountNamespace } from "./mounts.ts";
import { hasInterface, removeNetwork } from "./network.ts";
import { commandLine } from "./processes.ts";

/** Does what `down` says, with the lock held. */
export async function removeCluster(layout: Layout): Promise<void> {
  // First, or it would start again what is ended below.
  await endKeeper(layout);
  await endProcesses(layout);
  await removeNetwork(layout);
  await removeMountNamespace(layout);
  await removeControlGroups(layout.id);
  const left = leftovers(layout);
  if (left.length > 0) {
    throw new UserError([
      `The embedded cluster ${layout.id} could not be removed completely. Left are:\n${left.join("\n")}`,
    ]);
  }
  await rm(layout.dir, { recursive: true, force: true });
  await rm(layout.kubeconfig, { force: true });
}

/** Everything of the cluster that is still there, one line each; [] when it is gone without a trace. */
function leftovers(layout: Layout): string[] {
  return [
    ...processesOf(layout).map(({ pid }) => `process ${pid}: ${commandLine(pid).join(" ").slice(0, 100)}`),
    ...hostMounts(layout).map((path) => `mount ${path}`),
    ...(hasInterface(layout.hostInterface) ? [`interface ${layout.hostInterface}`] : []),
    ...(existsSync(layout.networkNamespace) ? [`network namespace ${layout.id}`] : []),
    ...controlGroups(layout.id).map((path) => `control group ${path}`),
    ...(existsSync(layout.runDir) ? [`folder ${layout.runDir}`] : []),
  ];
}
