import { mkdirSync, realpathSync } from "node:fs";
import { join } from "node:path";
import { clusterId, stateDir } from "../paths.ts";

/** Every name and path of one embedded cluster. All of it follows from the state directory. */
export interface Layout {
  /** `tl-` and six hex digits; also the name of the node, of its network namespace and of its control group. */
  id: string;
  stateDir: string;
  /** What the cluster keeps: certificates, configuration, the node's /var, volumes. Removed by `down`. */
  dir: string;
  /** Links to the multicall program, one per component. */
  bin: string;
  pki: string;
  config: string;
  /** The node's own /var. */
  var: string;
  /** Folders of the dynamic local PersistentVolumes, one per volume. */
  volumes: string;
  /** Logs of components and pods. Also the node's /var/log. */
  logs: string;
  kubeconfig: string;
  /** What the node was made with: addresses and programs. */
  nodeFile: string;
  /** Written by the keeper only: processes, ports, state of the components. */
  keeperFile: string;
  /** The services to forward to loopback ports of the host. */
  forwardsFile: string;
  /** The images imported so far, by reference. */
  importsFile: string;
  runDir: string;
  /** The node's own /run. */
  run: string;
  /** File that holds the mount namespace. */
  mountNamespace: string;
  networkNamespace: string;
  containerdSocket: string;
  /** The host's end of the pair of interfaces (at most 15 characters). */
  hostInterface: string;
}

/** The layout for a state directory (default: this checkout's), which is made when missing. */
export function clusterLayout(directory: string = stateDir()): Layout {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const state = realpathSync(directory);
  const id = clusterId(state);
  const dir = join(state, "cluster");
  const runDir = `/run/${id}`;
  return {
    id,
    stateDir: state,
    dir,
    bin: join(dir, "bin"),
    pki: join(dir, "pki"),
    config: join(dir, "config"),
    var: join(dir, "var"),
    volumes: join(dir, "volumes"),
    logs: join(state, "logs"),
    kubeconfig: join(state, "kubeconfig"),
    nodeFile: join(dir, "node.json"),
    keeperFile: join(dir, "keeper.json"),
    forwardsFile: join(dir, "forwards.json"),
    importsFile: join(dir, "imports.json"),
    runDir,
    run: join(runDir, "run"),
    mountNamespace: join(runDir, "ns", "mnt"),
    networkNamespace: `/run/netns/${id}`,
    containerdSocket: join(runDir, "run", "containerd", "containerd.sock"),
    hostInterface: `${id}h`,
  };
}
