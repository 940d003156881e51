import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import type { Stack } from "@pulumi/pulumi/automation/index.js";

/**
 * Makes a stack usable again after its last update was killed: removes the locks of processes that are gone and the operations
 * that update left pending. What a pending creation really made is adopted by the next update, see providers/kubernetes/adopt.ts.
 * A lock whose process still runs stays, so a second update beside a running one is refused by Pulumi as usual.
 * @param backendDir the folder of the local backend, without file://
 * @returns what was done, one sentence each; empty when there was nothing to do
 */
export async function recoverStack(stack: Stack, backendDir: string): Promise<string[]> {
  const project = (await stack.workspace.projectSettings()).name;
  const locks = join(backendDir, ".pulumi", "locks", "organization", project, stack.name);
  const notes: string[] = [];
  let held = false;
  for (const name of existsSync(locks) ? readdirSync(locks) : []) {
    // Beside each lock lies a file of its attributes.
    if (!name.endsWith(".json")) continue;
    const file = join(locks, name);
    if (isHeld(file)) {
      held = true;
      continue;
    }
    for (const path of [file, `${file}.attrs`]) rmSync(path, { force: true });
    notes.push("Removed the lock of an update that was killed");
  }
  if (!held && (await dropPending(stack))) notes.push("Dropped operations that an interrupted update left pending");
  return notes;
}

async function dropPending(stack: Stack): Promise<boolean> {
  const state = await stack.exportStack();
  const deployment: { pending_operations?: unknown[] } | undefined = state.deployment;
  if (!deployment?.pending_operations?.length) return false;
  delete deployment.pending_operations;
  await stack.importStack(state);
  return true;
}

/** Whether the update that wrote this lock may still run: on another host nobody can tell from here, so then yes. */
function isHeld(file: string): boolean {
  try {
    const lock: { pid: number; hostname: string } = JSON.parse(readFileSync(file, "utf8"));
    return lock.hostname !== hostname() || isPulumi(lock.pid);
  } catch {
    // An empty or half-written lock is left by a process killed while writing it.
    return false;
  }
}

function isPulumi(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
  const stat = `/proc/${pid}/stat`;
  if (!existsSync(stat)) return true;
  // Process ids are used again, and a killed process stays as a zombie until its parent asks: neither holds the lock.
  const [, command, state] = /\((.*)\) (\S)/s.exec(readFileSync(stat, "utf8")) ?? [];
  return command?.startsWith("pulumi") === true && state !== "Z";
}

/**
 * Removes one stack of a local backend, with its history, backups and locks, whose resources are gone already. Other stacks stay.
 * @param backendDir the folder of the local backend, without file://
 */
export function forgetStack(backendDir: string, project: string, stack: string): void {
  for (const kind of ["stacks", "history", "backups", "locks/organization"]) {
    const folder = join(backendDir, ".pulumi", kind, project);
    const mine = (name: string) => name === stack || name.startsWith(`${stack}.json`);
    for (const name of existsSync(folder) ? readdirSync(folder).filter(mine) : []) {
      rmSync(join(folder, name), { recursive: true, force: true });
    }
  }
}
