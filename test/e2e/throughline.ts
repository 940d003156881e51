import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { checkoutRoot } from "../../sandbox/paths.ts";

export interface Ended {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

export interface RunOptions {
  env?: Record<string, string>;
  /** Copies standard error to ours, so that a long run shows where it is. */
  echo?: boolean;
  /** Called with everything standard error has said, at each new piece. */
  onStderr?: (text: string, child: ChildProcess) => void;
}

/** Runs the command line program as a user would, in a process group of its own, and waits for its end. */
export function throughline(args: string[], options: RunOptions = {}): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [join(checkoutRoot, "cli/throughline.ts"), ...args], {
      cwd: checkoutRoot,
      env: { ...process.env, ...options.env },
      stdio: ["ignore", "pipe", "pipe"],
      detached: true,
    });
    let stdout = "";
    let stderr = "";
    child.stdout.on("data", (chunk: Buffer) => {
      stdout += chunk;
    });
    child.stderr.on("data", (chunk: Buffer) => {
      stderr += chunk;
      if (options.echo) process.stderr.write(chunk);
      options.onStderr?.(stderr, child);
    });
    child.on("error", reject);
    child.on("close", (code, signal) => resolve({ code, signal, stdout, stderr }));
  });
}
