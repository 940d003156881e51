import { readFileSync, writeFileSync } from "node:fs";
import { statFields } from "../common/proc.ts";

/** Clock ticks in a second: USER_HZ, which is 100 on every Linux platform of today. */
const ticksPerSecond = 100;

/** Seconds of CPU that a process has used, in user and kernel mode, from the text of /proc/PID/stat (proc_pid_stat(5)). */
export function cpuSecondsIn(stat: string): number {
  const fields = statFields(stat);
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
}

/** The largest resident size in MiB, from the text of /proc/PID/status. */
export function peakMiBIn(status: string): number {
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1]) / 1024;
}

export const cpuSeconds = (pid: number): number => cpuSecondsIn(readFileSync(`/proc/${pid}/stat`, "utf8"));
export const peakMiB = (pid: number): number => peakMiBIn(readFileSync(`/proc/${pid}/status`, "utf8"));

/** Starts the measurement of the peak anew. */
export const forgetPeak = (pid: number): void => writeFileSync(`/proc/${pid}/clear_refs`, "5");
