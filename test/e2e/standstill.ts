import { setTimeout as sleep } from "node:timers/promises";
import { clusterLayout } from "../../sandbox/node/layout.ts";
import { clusterProcesses, commandLine } from "../../sandbox/node/processes.ts";
import { type ProcessId, signal } from "../../sandbox/processes.ts";

/** The one process of the cluster that runs this program, in a pod or on the node. */
function processOf(program: string): ProcessId {
  const found = clusterProcesses(clusterLayout()).filter(({ pid }) => commandLine(pid)[0]?.endsWith(`/${program}`));
  if (found.length !== 1) throw new Error(`${found.length} processes run ${program}`);
  return found[0]!;
}

/** Lets no line of a program run while `what` happens, as it is with a container that has used its share of the processor up. */
export async function withStandstill(program: string, what: () => Promise<unknown>): Promise<void> {
  const still = processOf(program);
  signal(still, "SIGSTOP");
  try {
    await what();
  } finally {
    signal(still, "SIGCONT");
  }
}

/** Lets the node's kube-proxy learn up to 2 s late which pods come and go while `what` happens, as it does on a busy node. */
export async function withLateProxy(what: () => Promise<unknown>): Promise<void> {
  const proxy = processOf("kube-proxy");
  let over = false;
  const late = (async () => {
    while (!over) {
      signal(proxy, "SIGSTOP");
      await sleep(1500);
      signal(proxy, "SIGCONT");
      await sleep(1000);
    }
  })();
  // Heard at the end, also where `what` takes longer.
  late.catch(() => {});
  try {
    await what();
  } finally {
    over = true;
    await late;
  }
}
