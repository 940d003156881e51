import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run } from "../common/run.ts";

/** Tells the inner process the folder that it may write to. */
const folderVariable = "THROUGHLINE_BENCH_FOLDER";

/** The folder for everything that a measurement writes; undefined outside the namespaces. */
export const ownFolder = (): string | undefined => process.env[folderVariable];

/**
 * Runs this program again with the same arguments inside network and process namespaces of its own, where every port is free and
 * nothing outlives it, and gives its exit code. The folder for its files is removed in the end, however it ends.
 */
export async function runInNamespace(script: string, args: readonly string[]): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), "throughline-bench-"));
  const asRoot = process.getuid?.() === 0 ? [] : ["--map-root-user"];
  // Without its parent the inner process sees its standard input end, and goes too.
  const child = spawn(
    "unshare",
    [...asRoot, "--net", "--pid", "--fork", "--kill-child", "--mount-proc", process.execPath, script, ...args],
    { stdio: ["pipe", "inherit", "inherit"], env: { ...process.env, [folderVariable]: folder } },
  );
  const stop = () => child.stdin?.end();
  process.on("SIGINT", stop);
  process.on("SIGTERM", stop);
  try {
    return await new Promise((resolve, reject) => {
      child.on("error", reject);
      child.on("close", (code) => resolve(code ?? 1));
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Makes the namespace usable; ends this process, and with it all that it started, once nobody waits for it any more. */
export async function settleIn(folder: string): Promise<void> {
  await run("ip", ["link", "set", "lo", "up"]);
  process.stdin.resume().on("end", () => {
    rmSync(folder, { recursive: true, force: true });
    process.exit(130);
  });
  // The outer process decides when to stop: Ctrl-C reaches both.
  process.on("SIGINT", () => {});
}
