import { UserError } from "../../common/errors.ts";
import type { Progress, Step } from "../../common/progress.ts";
import { withLock } from "../lock.ts";
import { bringUp, readNodeSettings } from "./bring-up.ts";
import { isHealthy, readKeeperState, type ServiceForward } from "./keeper-state.ts";
import { clusterLayout, type Layout } from "./layout.ts";
import { checkPreconditions } from "./preconditions.ts";
import { removeCluster } from "./remove.ts";

export { deployDns } from "./dns.ts";
export { importImage } from "./images.ts";

/** Programs that the embedded cluster is made from. */
export interface ClusterTools {
  /** Path of the multicall program that holds every Kubernetes component. */
  kubernetes: string;
}

/** A running embedded cluster. */
export interface Cluster {
  /** Names everything that belongs to it on this host, e.g. `tl-3fa01c`; also the name of its node. */
  id: string;
  stateDir: string;
  /** File that works from the host; its context is `throughline-sandbox`. */
  kubeconfig: string;
  /** `https://127.0.0.1:PORT`. */
  apiServerUrl: string;
  /** Address of the node, reachable from this host only. */
  nodeAddress: string;
  /** Folder of the logs of components, keeper and pods. */
  logs: string;
  /** Services of the cluster on loopback ports of the host, by name: `{ jaeger: "http://127.0.0.1:PORT" }`. */
  forwards: Record<string, string>;
  /** Deaths of components since the keeper started, those without any left out. */
  deaths: Record<string, number>;
}

export interface UpOptions {
  tools: ClusterTools;
  progress: Progress;
  /** Default: this checkout's, see sandbox/paths.ts. */
  stateDir?: string;
  /**
   * Whether the caller has just called checkPreconditions.
   * @default false
   */
  checked?: boolean;
}

/**
 * Brings the embedded cluster up: returns when its API server answers and its node is Ready. Needs no image for that.
 * Idempotent; resumes after an interruption, a crash or a kill at any point, and repairs what died.
 *
 * @throws UserError that lists every unmet precondition, or names the component that died with the last lines of its log
 */
export async function up({ tools, progress, stateDir, checked }: UpOptions): Promise<Cluster> {
  const layout = clusterLayout(stateDir);
  const check = async () => {
    if (!checked) await checkPreconditions({ needsGo: false, progress, stateDir: layout.stateDir });
  };
  return alone(layout, progress.step("starting the cluster"), async (step) => {
    const { nodeAddress } = await bringUp(layout, tools, check, step);
    return describe(layout, nodeAddress);
  });
}

/**
 * Ends every process of the cluster and removes its mounts, interfaces, namespaces, control groups, run folder, data and
 * kubeconfig. Logs stay. Idempotent, also after a crash or when there was never a cluster.
 *
 * @throws UserError that lists what could not be removed, or says that it needs root
 */
export async function down({ progress, stateDir }: { progress: Progress; stateDir?: string }): Promise<void> {
  if (process.getuid?.() !== 0) {
    throw new UserError(["The embedded cluster belongs to root. Type: sudo -E npm run down"]);
  }
  const layout = clusterLayout(stateDir);
  await alone(layout, progress.step("removing the cluster"), async (step) => {
    await removeCluster(layout);
    step.done();
  });
}

/** Works on a cluster once no other process does. The step shows who is waited for, and a failure. */
async function alone<T>(layout: Layout, step: Step, work: (step: Step) => Promise<T>): Promise<T> {
  const onWait = (pid: number) => step.update(`waiting for process ${pid}`);
  try {
    return await withLock(`the cluster of ${layout.stateDir}`, () => work(step), { onWait });
  } catch (error) {
    step.done("failed");
    throw error;
  }
}

/** The cluster of a state directory when it runs with all its components, else undefined. */
export async function status(stateDir?: string): Promise<Cluster | undefined> {
  const layout = clusterLayout(stateDir);
  const settings = readNodeSettings(layout);
  return settings && isHealthy(readKeeperState(layout)) ? describe(layout, settings.nodeAddress) : undefined;
}

function describe(layout: Layout, nodeAddress: string): Cluster {
  const keeper = readKeeperState(layout);
  const url = ({ name, localPort }: ServiceForward) => [name, `http://127.0.0.1:${localPort}`] as const;
  const deaths = Object.entries(keeper?.components ?? {}).map(([name, { deaths }]) => [name, deaths] as const);
  return {
    id: layout.id,
    stateDir: layout.stateDir,
    kubeconfig: layout.kubeconfig,
    apiServerUrl: `https://127.0.0.1:${keeper?.apiPort}`,
    nodeAddress,
    logs: layout.logs,
    forwards: Object.fromEntries((keeper?.forwards ?? []).map(url)),
    deaths: Object.fromEntries(deaths.filter(([, count]) => count > 0)),
  };
}
