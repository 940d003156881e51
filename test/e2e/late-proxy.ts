import { setTimeout as sleep } from "node:timers/promises";
import { clusterLayout } from "../../sandbox/node/layout.ts";
import { clusterProcesses, commandLine } from "../../sandbox/node/processes.ts";
import { signal } from "../../sandbox/processes.ts";

/** Lets the node's kube-proxy learn up to 2 s late which pods come and go while `what` happens, as it does on a busy node. */
export async function withLateProxy(what: () => Promise<unknown>): Promise<void> {
  const proxies = clusterProcesses(clusterLayout()).filter(({ pid }) => commandLine(pid)[0]?.endsWith("/kube-proxy"));
  if (proxies.length !== 1) throw new Error(`${proxies.length} kube-proxies run`);
  const [proxy] = proxies;
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
