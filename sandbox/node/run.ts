import { spawn } from "node:child_process";

export interface RunOptions {
  /** Kill the program after this many milliseconds. Default 60 000. */
  timeoutMs?: number;
  env?: Record<string, string>;
  /** Called with each line the program writes. */
  onLine?: (line: string) => void;
}

/**
 * Runs a program to its end and returns its standard output.
 * Throws an Error with the command, how it ended and the last lines it wrote when it does not exit with 0.
 */
export function run(program: string, args: readonly string[], options: RunOptions = {}): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      stdio: ["ignore", "pipe", "pipe"],
      timeout: options.timeoutMs ?? 60_000,
      killSignal: "SIGKILL",
      env: { ...process.env, ...options.env },
    });
    let stdout = "";
    let stderr = "";
    const lines = (text: string) => {
      for (const line of text.split("\n")) if (line.trim()) options.onLine?.(line);
    };
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      stdout += text;
      lines(text);
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      stderr += text;
      lines(text);
    });
    child.on("error", reject);
    child.on("close", (code, signal) => {
      if (code === 0) return resolve(stdout);
      const words = (stderr || stdout).trim().split("\n").slice(-15).join("\n");
      reject(new Error(`${[program, ...args].join(" ")} ended with ${signal ?? `exit code ${code}`}:\n${words}`));
    });
  });
}

export const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
