import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import { UserError } from "../../cli/errors.ts";
import type { Progress } from "../../cli/progress.ts";
import { endKeeper } from "./bring-up.ts";
import { controlGroups, removeControlGroups } from "./cgroups.ts";
import { readKeeperState } from "./keeper-state.ts";
import type { Layout } from "./layout.ts";
import { hostMounts, removeMountNamespace } from "./mounts.ts";
import { hasInterface, removeNetwork } from "./network.ts";
import { clusterProcesses, commandLine, isRunning, type ProcessId, signal, waitForEnd } from "./processes.ts";

/** Does what `down` says, with the lock held. */
export async function removeCluster(layout: Layout, progress: Progress): Promise<void> {
  const step = progress.step("removing the cluster");
  try {
    // First, or it would start again what is ended below.
    await endKeeper(layout);
    await endProcesses(layout);
    await removeNetwork(layout);
    await removeMountNamespace(layout);
    await removeControlGroups(layout.id);
    const left = leftovers(layout);
    if (left.length === 0) {
      await rm(layout.dir, { recursive: true, force: true });
      await rm(layout.kubeconfig, { force: true });
    } else {
      throw new UserError([
        `The embedded cluster ${layout.id} could not be removed completely. Left are:\n${left.join("\n")}`,
      ]);
    }
    step.done();
  } catch (error) {
    step.done("failed");
    throw error;
  }
}

/** All processes of the cluster: the recorded ones, and whatever runs in its namespaces or control group. */
function processesOf(layout: Layout): ProcessId[] {
  const state = readKeeperState(layout);
  const recorded = [state?.keeper, ...Object.values(state?.components ?? {}).map(({ process }) => process)];
  const found = clusterProcesses(layout);
  const seen = new Set(found.map(({ pid }) => pid));
  return [
    ...found,
    ...recorded.filter((process) => process !== undefined && isRunning(process) && !seen.has(process.pid)),
  ].filter((process) => process !== undefined);
}

/** Ends them all. Several rounds, since one that dies may just have started another. */
async function endProcesses(layout: Layout): Promise<void> {
  for (let round = 0; round < 20; round++) {
    const processes = processesOf(layout);
    if (processes.length === 0) return;
    for (const process of processes) signal(process, "SIGKILL");
    await waitForEnd(processes, 5000);
  }
}

/** Everything of the cluster that is still there, one line each; [] when it is gone without a trace. */
export function leftovers(layout: Layout): string[] {
  return [
    ...processesOf(layout).map(({ pid }) => `process ${pid}: ${commandLine(pid).join(" ").slice(0, 100)}`),
    ...hostMounts(layout).map((path) => `mount ${path}`),
    ...(hasInterface(layout.hostInterface) ? [`interface ${layout.hostInterface}`] : []),
    ...(existsSync(layout.networkNamespace) ? [`network namespace ${layout.id}`] : []),
    ...controlGroups(layout.id).map((path) => `control group ${path}`),
    ...(existsSync(layout.runDir) ? [`folder ${layout.runDir}`] : []),
  ];
}
