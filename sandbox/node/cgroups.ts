import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

/** The control group hierarchies of a host. */
export interface Hierarchies {
  version: 1 | 2;
  /** Mount points, e.g. ["/sys/fs/cgroup"] for version 2, one per controller for version 1. */
  roots: string[];
}

const V2_CONTROLLERS = ["cpuset", "cpu", "io", "memory", "pids"];

/** Finds the hierarchies in the text of /proc/self/mounts. Version 2 is meant only when it stands alone at /sys/fs/cgroup. */
export function parseHierarchies(mounts: string): Hierarchies {
  const rows = mounts.split("\n").map((line) => line.split(" "));
  const below = rows.filter(([, path, type]) => path?.startsWith("/sys/fs/cgroup") && type?.startsWith("cgroup"));
  const version = below.some(([, path, type]) => type === "cgroup2" && path === "/sys/fs/cgroup") ? 2 : 1;
  return { version, roots: [...new Set(below.map(([, path]) => path as string))] };
}

export const hierarchies = () => parseHierarchies(readFileSync("/proc/self/mounts", "utf8"));

/** Makes the control groups /ID and /ID/node in every hierarchy. Pods go to /ID/kubepods, the node's own programs to /ID/node. */
export function ensureControlGroups(id: string, { version, roots } = hierarchies()): void {
  for (const root of roots) {
    if (version === 2) enableControllers(root);
    const group = join(root, id);
    mkdirSync(group, { recursive: true });
    // A version 1 cpuset group starts empty and takes no process until it has both.
    for (const file of ["cpuset.cpus", "cpuset.mems"]) {
      if (version === 1 && existsSync(join(group, file)) && readFileSync(join(group, file), "utf8").trim() === "") {
        writeFileSync(join(group, file), readFileSync(join(root, file)));
      }
    }
    if (version === 2) enableControllers(group);
    mkdirSync(join(group, "node"), { recursive: true });
  }
}

function enableControllers(group: string): void {
  const available = readFileSync(join(group, "cgroup.controllers"), "utf8").trim().split(" ");
  const enabled = readFileSync(join(group, "cgroup.subtree_control"), "utf8").trim().split(" ");
  const missing = V2_CONTROLLERS.filter((name) => available.includes(name) && !enabled.includes(name));
  if (missing.length === 0) return;
  writeFileSync(join(group, "cgroup.subtree_control"), missing.map((name) => `+${name}`).join(" "));
}

/** Moves the calling process, and so everything it starts later, into /ID/node. */
export function enterControlGroup(id: string, { roots } = hierarchies()): void {
  for (const root of roots) {
    const group = join(root, id, "node");
    // Version 1 cpuset: the node's programs may use every processor anyway.
    if (existsSync(join(group, "cpuset.cpus")) && !existsSync(join(group, "cgroup.controllers"))) continue;
    writeFileSync(join(group, "cgroup.procs"), String(process.pid));
  }
}

/** The control groups of this cluster that exist, one per hierarchy. */
export const controlGroups = (id: string, { roots } = hierarchies()) =>
  roots.map((root) => join(root, id)).filter((path) => existsSync(path));

/** Removes the control groups and all below them; waits a little for the kernel to let go of processes that just ended. */
export async function removeControlGroups(id: string): Promise<void> {
  for (let attempt = 0; attempt < 50; attempt++) {
    for (const group of controlGroups(id)) removeTree(group);
    if (controlGroups(id).length === 0) return;
    await sleep(100);
  }
}

function removeTree(group: string): void {
  try {
    for (const entry of readdirSync(group, { withFileTypes: true })) {
      if (entry.isDirectory()) removeTree(join(group, entry.name));
    }
    rmdirSync(group);
  } catch {
    // Still in use or already gone: the caller looks again.
  }
}
