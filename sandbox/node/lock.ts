import { linkSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import type { ProcessId } from "./processes.ts";
import { identify, isRunning } from "./processes.ts";
import { sleep } from "./run.ts";

/**
 * Runs `work` while holding a lock file. A lock whose process has ended is taken over.
 *
 * @param path the lock file; its folder must exist
 * @param onWait called once when somebody else holds it, with the holder's pid
 */
export async function withLock<T>(path: string, work: () => Promise<T>, onWait?: (pid: number) => void): Promise<T> {
  const mine = identify(process.pid) as ProcessId;
  const draft = `${path}.${mine.pid}.${Math.random().toString(36).slice(2)}`;
  writeFileSync(draft, JSON.stringify(mine), { mode: 0o600 });
  let told = false;
  try {
    while (!taken(draft, path)) {
      const holder = readHolder(path);
      if (holder === "none") continue;
      if (!isRunning(holder)) {
        // Two waiters may see the same dead holder; the second one's removal could hit the first one's new lock, so it looks again.
        if (sameHolder(readHolder(path), holder)) rmSync(path, { force: true });
        continue;
      }
      if (!told) onWait?.(holder?.pid ?? 0);
      told = true;
      await sleep(100);
    }
  } finally {
    rmSync(draft, { force: true });
  }
  try {
    return await work();
  } finally {
    if (sameHolder(readHolder(path), mine)) rmSync(path, { force: true });
  }
}

function taken(draft: string, path: string): boolean {
  try {
    linkSync(draft, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

type Holder = ProcessId | undefined | "none";

function readHolder(path: string): Holder {
  try {
    return JSON.parse(readFileSync(path, "utf8")) as ProcessId;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ENOENT" ? "none" : undefined;
  }
}

const sameHolder = (a: Holder, b: Holder) =>
  a === b || (typeof a === "object" && typeof b === "object" && a.pid === b.pid && a.startTime === b.startTime);
