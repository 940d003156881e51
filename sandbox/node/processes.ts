import { readdirSync, readFileSync, readlinkSync, statSync } from "node:fs";
import type { Layout } from "./layout.ts";
import { sleep } from "./run.ts";

/** A process that is never mistaken for a later one with the same pid. */
export interface ProcessId {
  pid: number;
  /** Clock ticks from boot to its start: field 22 of /proc/PID/stat, see proc_pid_stat(5). */
  startTime: number;
  /** The boot it belongs to; ticks begin anew with each. */
  boot: string;
}

const BOOT = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();

/** Pure part of `identify`: start time and state letter out of the text of /proc/PID/stat. */
export function parseStat(text: string): { state: string; startTime: number } {
  // The second field is the program's name in parentheses and may itself hold spaces and parentheses.
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  return { state: fields[0] ?? "", startTime: Number(fields[19]) };
}

/** The identity of a running process; undefined when there is none, or it has ended and only waits to be reaped (unless `alsoEnded`). */
export function identify(pid: number, alsoEnded = false): ProcessId | undefined {
  try {
    const { state, startTime } = parseStat(readFileSync(`/proc/${pid}/stat`, "utf8"));
    return !alsoEnded && (state === "Z" || state === "X") ? undefined : { pid, startTime, boot: BOOT };
  } catch {
    return undefined;
  }
}

export const isRunning = (process: ProcessId | undefined): boolean =>
  process !== undefined && same(identify(process.pid), process);

const same = (a: ProcessId | undefined, b: ProcessId) =>
  a?.pid === b.pid && a.startTime === b.startTime && a.boot === b.boot;

/** Sends a signal unless the process is gone or its pid belongs to another one by now. */
export function signal(target: ProcessId | undefined, name: NodeJS.Signals): void {
  if (!target || !isRunning(target)) return;
  try {
    process.kill(target.pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

/**
 * Waits until all of the processes have ended; false when some still run after `timeoutMs`.
 *
 * @param reaped wait until their parent has taken note as well, so that they are on no list any more
 */
export async function waitForEnd(processes: readonly ProcessId[], timeoutMs: number, reaped = false): Promise<boolean> {
  const until = Date.now() + timeoutMs;
  while (processes.some((process) => same(identify(process.pid, reaped), process))) {
    if (Date.now() > until) return false;
    await sleep(20);
  }
  return true;
}

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
