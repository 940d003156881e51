import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { statFields } from "../common/proc.ts";

/** A process that is never mistaken for a later one with the same pid. */
export interface ProcessId {
  pid: number;
  /** Clock ticks from boot to its start: field 22 of /proc/PID/stat, see proc_pid_stat(5). */
  startTime: number;
  /** The boot it belongs to; ticks begin anew with each. */
  boot: string;
}

/** Tells this boot of the machine from any other. */
export const BOOT = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();

/** Pure part of `identify`: start time and state letter out of the text of /proc/PID/stat. */
export function parseStat(text: string): { state: string; startTime: number } {
  const fields = statFields(text);
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
