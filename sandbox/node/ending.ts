import { isRunning, type ProcessId, signal, waitForEnd } from "../processes.ts";
import { readKeeperState } from "./keeper-state.ts";
import type { Layout } from "./layout.ts";
import { clusterProcesses, keeperProcesses } from "./processes.ts";

/** Ends the keeper, not the components: the next one takes them over. */
export async function endKeeper(layout: Layout): Promise<void> {
  const keepers = keeperProcesses(layout);
  for (const keeper of keepers) signal(keeper, "SIGTERM");
  if (await waitForEnd(keepers, 2000)) return;
  for (const keeper of keepers) signal(keeper, "SIGKILL");
  await waitForEnd(keepers, 10_000);
}

/** All processes of the cluster: the recorded ones, and whatever runs in its namespaces or control group. */
export function processesOf(layout: Layout): ProcessId[] {
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
export async function endProcesses(layout: Layout): Promise<void> {
  for (let round = 0; round < 20; round++) {
    const processes = processesOf(layout);
    // The ended ones vanish when their parent, mostly process 1, takes note; that takes it a moment, and is up to it.
    if (processes.length === 0) return void (await waitForEnd(clusterProcesses(layout, true), 3000, true));
    for (const process of processes) signal(process, "SIGKILL");
    await waitForEnd(processes, 5000);
  }
}
