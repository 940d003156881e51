import { readdirSync, readFileSync, readlinkSync, statSync } from "node:fs";
import { identify, type ProcessId } from "../processes.ts";
import type { Layout } from "./layout.ts";

/** The command line of a process, [] when it is gone. */
export function commandLine(pid: number): string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0").slice(0, -1);
  } catch {
    return [];
  }
}

/** Identity of a namespace file or of a process's namespace, to be compared. */
function namespaceOf(path: string): string | undefined {
  try {
    const { dev, ino } = statSync(path);
    return `${dev}:${ino}`;
  } catch {
    return undefined;
  }
}

const inControlGroup = (text: string, id: string) =>
  text.split("\n").some((line) => line.split(":").slice(2).join(":").split("/").includes(id));

/** Processes that live in this cluster's network namespace, mount namespace or control group, ourselves excepted. See `identify`. */
export function clusterProcesses(layout: Layout, alsoEnded = false): ProcessId[] {
  const network = namespaceOf(layout.networkNamespace);
  const mounts = namespaceOf(layout.mountNamespace);
  const found: ProcessId[] = [];
  for (const name of readdirSync("/proc")) {
    const pid = Number(name);
    if (!Number.isInteger(pid) || pid === process.pid) continue;
    try {
      const ours =
        inControlGroup(readFileSync(`/proc/${pid}/cgroup`, "utf8"), layout.id) ||
        (network !== undefined && namespaceOf(`/proc/${pid}/ns/net`) === network) ||
        (mounts !== undefined && namespaceOf(`/proc/${pid}/ns/mnt`) === mounts);
      const identity = ours ? identify(pid, alsoEnded) : undefined;
      if (identity) found.push(identity);
    } catch {
      // The process ended while we looked.
    }
  }
  return found;
}

/** The keepers of this cluster by their command lines: one that an interrupted `up` started may not have written its state yet. */
export function keeperProcesses(layout: Layout): ProcessId[] {
  return readdirSync("/proc").flatMap((name) => {
    const [program = "", stateDir] = /^\d+$/.test(name) ? commandLine(Number(name)).slice(-2) : [];
    const ours = program.endsWith("/sandbox/node/keeper.ts") && stateDir === layout.stateDir;
    return (ours && identify(Number(name))) || [];
  });
}

/** The program file a process runs; undefined when it is gone. */
export function programOf(pid: number): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/exe`);
  } catch {
    return undefined;
  }
}

/** When a process started, ISO 8601. */
export function startedAt({ startTime }: ProcessId): string {
  const uptime = Number(readFileSync("/proc/uptime", "utf8").split(" ")[0]);
  // The kernel counts 100 ticks a second towards user space on every processor this runs on.
  return new Date(Date.now() - (uptime - startTime / 100) * 1000).toISOString();
}
