import { spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { UserError } from "./errors.ts";
import { statFields } from "./proc.ts";

export interface RunOptions {
  cwd?: string;
  /** Set over the current environment. */
  env?: Record<string, string>;
  /** Kill the program after this many milliseconds. Default ten minutes. */
  timeoutMs?: number;
  /** Kills the program once aborted. */
  signal?: AbortSignal | undefined;
  /** What an error calls the program. Default: its command line. */
  title?: string;
  /** Called with each line the program writes. */
  onLine?: (line: string) => void;
}

const LAST_LINES = 15;

/**
 * Runs a program to its end and returns its standard output. A time limit or an abort ends it together with all it started.
 *
 * @throws UserError that names the program and ends in its last lines, when it can't be started or exits with other than 0
 */
export function run(program: string, args: readonly string[], options: RunOptions = {}): Promise<string> {
  const { cwd, env, timeoutMs = 600_000, signal, title = [program, ...args].join(" ") } = options;
  return new Promise((resolve, reject) => {
    const fail = (how: string, output = "") =>
      reject(new UserError([`${title} ${how}${output && `:\n${lastLines(output)}`}`]));
    if (signal?.aborted) return fail("was not started");
    const child = spawn(program, args, { cwd, stdio: ["ignore", "pipe", "pipe"], env: { ...process.env, ...env } });
    let stopped: string | undefined;
    const stop = (why: string) => {
      stopped = why;
      if (child.pid !== undefined && child.exitCode === null && child.signalCode === null) endTree(child.pid);
    };
    const abort = () => stop("was stopped");
    const timer = setTimeout(() => stop(`was stopped after ${timeoutMs / 1000} s`), timeoutMs);
    signal?.addEventListener("abort", abort);
    const settle = () => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", abort);
    };

    let stdout = "";
    let stderr = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      stdout += text;
      tell(text, options.onLine);
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      stderr += text;
      tell(text, options.onLine);
    });
    child.on("error", (error) => {
      settle();
      fail(`could not be started: ${error.message}`);
    });
    child.on("close", (code, killer) => {
      settle();
      if (stopped === undefined && code === 0) resolve(stdout);
      else fail(stopped ?? `ended with ${killer ?? `exit code ${code}`}`, stderr || stdout);
    });
  });
}

function tell(text: string, onLine: RunOptions["onLine"]): void {
  if (onLine) for (const line of text.split("\n")) if (line.trim()) onLine(line);
}

const lastLines = (text: string) => text.trim().split("\n").slice(-LAST_LINES).join("\n");

/** Kills a process and everything it started. */
function endTree(pid: number): void {
  // Stopped first, so that it starts nothing while its children are looked up.
  send(pid, "SIGSTOP");
  for (const target of [...descendants(pid), pid]) send(target, "SIGKILL");
}

function send(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // It ended by itself.
  }
}

function descendants(pid: number): number[] {
  const parents = new Map<number, number>();
  for (const name of readdirSync("/proc").filter((entry) => /^\d+$/.test(entry))) {
    try {
      const [, parent] = statFields(readFileSync(`/proc/${name}/stat`, "utf8"));
      parents.set(Number(name), Number(parent));
    } catch {
      // The process ended while we looked.
    }
  }
  const below = (parent: number): number[] =>
    [...parents].filter(([, of]) => of === parent).flatMap(([child]) => [child, ...below(child)]);
  return below(pid);
}
