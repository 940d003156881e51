import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { run } from "../../common/run.ts";
import type { Layout } from "./layout.ts";
import { clusterProcesses } from "./processes.ts";

/** Mount points in the text of /proc/PID/mountinfo, see proc_pid_mountinfo(5). */
export function mountPoints(mountinfo: string): string[] {
  return mountinfo
    .split("\n")
    .map((line) => line.split(" ")[4] ?? "")
    .filter((path) => path !== "")
    .map((path) => path.replace(/\\(\d{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8))));
}

/** Mounts of the host's that belong to this cluster. */
export function hostMounts(layout: Layout): string[] {
  const below = (path: string, folder: string) => path === folder || path.startsWith(`${folder}/`);
  return mountPoints(readFileSync("/proc/self/mountinfo", "utf8")).filter(
    (path) => below(path, layout.runDir) || below(path, layout.dir) || path === layout.networkNamespace,
  );
}

/** Whether the node's mount namespace is there and complete. */
export const holdsMounts = (layout: Layout): boolean =>
  hostMounts(layout).includes(layout.mountNamespace) && existsSync(join(layout.run, "ready"));

/** Kernel settings that the kubelet would otherwise write for the whole host (its values, see the kubelet's setupKernelTunables). */
const KERNEL_SETTINGS: Record<string, string> = {
  "vm/overcommit_memory": "1",
  "vm/panic_on_oom": "0",
  "kernel/panic": "10",
  "kernel/panic_on_oops": "1",
  "kernel/keys/root_maxkeys": "1000000",
  "kernel/keys/root_maxbytes": "25000000",
};

/**
 * Makes the mount namespace of the node and keeps it by a file, so that it outlives each single process.
 * In it /run, /var and /var/log are the node's own: every fixed path of kubelet, containerd and CNI is then private to the cluster.
 *
 * @param keep folders that must stay visible at their place even when they are below /run or /var
 */
export async function ensureMountNamespace(layout: Layout, keep: readonly string[]): Promise<void> {
  const alive = clusterProcesses(layout).length > 0;
  if (alive && holdsMounts(layout)) return;
  await removeMountNamespace(layout);

  const holder = dirname(layout.mountNamespace);
  mkdirSync(holder, { recursive: true, mode: 0o700 });
  mkdirSync(layout.run, { recursive: true, mode: 0o755 });
  for (const dir of [
    layout.logs,
    layout.var,
    layout.volumes,
    ...["lib/kubelet", "lib/containerd", "lib/cni", "log", "tmp"].map((name) => join(layout.var, name)),
  ]) {
    mkdirSync(dir, { recursive: true });
  }
  await run("mount", ["--no-mtab", "--bind", holder, holder]);
  await run("mount", ["--no-mtab", "--make-private", holder]);
  writeFileSync(layout.mountNamespace, "");
  // Slave: what the host unmounts disappears here as well; nothing made here shows on the host.
  await run("unshare", [`--mount=${layout.mountNamespace}`, "--propagation", "slave", "true"]);

  const inside = (...args: string[]) => run("nsenter", [`--mount=${layout.mountNamespace}`, ...args]);
  for (const [name, value] of Object.entries(KERNEL_SETTINGS)) {
    const file = join(layout.run, "sysctl", name);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, `${value}\n`);
    if (existsSync(`/proc/sys/${name}`)) await inside("mount", "--no-mtab", "--bind", file, `/proc/sys/${name}`);
  }
  const hidden = [layout.stateDir, ...keep].filter((path) => /^\/(run|var)\//.test(path));
  for (const [index, path] of hidden.entries()) {
    mkdirSync(join(layout.run, `keep-${index}`), { recursive: true });
    await inside("mount", "--no-mtab", "--bind", path, join(layout.run, `keep-${index}`));
  }
  const nodeVar = join(layout.run, "node-var");
  const nodeLogs = join(layout.run, "node-logs");
  for (const [path, at] of [[layout.var, nodeVar] as const, [layout.logs, nodeLogs] as const]) {
    mkdirSync(at, { recursive: true });
    await inside("mount", "--no-mtab", "--bind", path, at);
  }
  await inside("mount", "--no-mtab", "--rbind", layout.run, "/run");
  await inside("mount", "--no-mtab", "--bind", "/run/node-var", "/var");
  await inside("mount", "--no-mtab", "--bind", "/run/node-logs", "/var/log");
  for (const [index, path] of hidden.entries()) {
    await inside("mkdir", "-p", path);
    await inside("mount", "--no-mtab", "--bind", `/run/keep-${index}`, path);
  }
  // Last, so that each mount shares with later copies of itself (the pods') and not with its twin under another path.
  await inside("mount", "--no-mtab", "--make-rshared", "/");
  writeFileSync(join(layout.run, "ready"), "");
}

/** Gives up the mount namespace, and with it every mount in it once no process is left there. Removes the run folder. */
export async function removeMountNamespace(layout: Layout): Promise<void> {
  // Deepest first; a place that was mounted over twice is listed twice.
  for (const path of hostMounts(layout)
    .filter((path) => path !== layout.networkNamespace)
    .reverse()) {
    await run("umount", ["--no-mtab", "--lazy", path]);
  }
  rmSync(layout.runDir, { recursive: true, force: true });
}
