import { mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { identify } from "./processes.ts";

/** `.NAME-PID-START-RANDOM`: the process that made the folder, see ProcessId. */
const pattern = /^\..+-(\d+)-(\d+)-[^-]+$/;

/** Makes a folder in `parent` for work in progress of this process. Whoever makes the next one removes it if this process was killed. */
export function makeScratch(parent: string, name: string): string {
  mkdirSync(parent, { recursive: true });
  sweepScratch(parent);
  const { pid, startTime } = identify(process.pid)!;
  return mkdtempSync(join(parent, `.${name}-${pid}-${startTime}-`));
}

/** Removes the scratch folders in `parent` of processes that have ended. */
function sweepScratch(parent: string): void {
  for (const folder of readdirSync(parent)) {
    const [, pid, startTime] = pattern.exec(folder) ?? [];
    if (pid === undefined || identify(Number(pid))?.startTime === Number(startTime)) continue;
    rmSync(join(parent, folder), { recursive: true, force: true });
  }
}
