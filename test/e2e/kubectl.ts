import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stateDir } from "../../sandbox/paths.ts";

/** Runs kubectl against the suite's cluster and returns its standard output. Rejects with its standard error, or what else it printed. */
export function kubectl(...args: string[]): Promise<string> {
  const program = join(stateDir(), "cluster/bin/kubectl");
  return new Promise((resolve, reject) => {
    execFile(
      program,
      ["--kubeconfig", join(stateDir(), "kubeconfig"), ...args],
      { maxBuffer: 64 << 20 },
      (error, stdout, stderr) =>
        error ? reject(new Error(`kubectl ${args.join(" ")}: ${stderr || stdout || error.message}`)) : resolve(stdout),
    );
  });
}

/** The objects that `kubectl get` lists. */
export async function objects<T = Record<string, unknown>>(...args: string[]): Promise<T[]> {
  return JSON.parse(await kubectl("get", ...args, "-o", "json")).items;
}

/** Runs kubectl on objects given as a file, e.g. `create`, and returns its standard output. */
export async function kubectlOn(items: readonly object[], ...args: string[]): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), "throughline-objects-"));
  try {
    const file = join(folder, "list.json");
    writeFileSync(file, JSON.stringify({ apiVersion: "v1", kind: "List", items }));
    return await kubectl(...args, "-f", file);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
