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
  /** What runs the program, such as `nsenter --net=FILE` to have another loopback. */
  inside?: readonly [string, ...string[]];
  /** Copies standard error to ours, so that a long run shows where it is. */
  echo?: boolean;
  /** Called with everything the program has said on both streams, at each new piece. */
  onOutput?: (text: string, child: ChildProcess) => void;
}

/** Runs the command line program as a user would, in a process group of its own, and waits for its end. */
export function throughline(args: string[], options: RunOptions = {}): Promise<Ended> {
  return run(process.execPath, [join(checkoutRoot, "cli/throughline.ts"), ...args], options);
}

/** Runs the driver of examples/shop/load, the same way. */
export function loadDriver(args: string[], options: RunOptions = {}): Promise<Ended> {
  return run(process.execPath, [join(checkoutRoot, "examples/shop/load/main.ts"), ...args], options);
}

/** Runs npm in the checkout, e.g. `npm start`, the same way. */
export function npm(args: string[], options: RunOptions = {}): Promise<Ended> {
  return run("npm", args, options);
}

/** Runs a script in Node.js the same way. */
export function node(script: string, options: RunOptions = {}): Promise<Ended> {
  return run(process.execPath, ["--input-type=module", "-e", script], options);
}

function run(program: string, args: string[], options: RunOptions): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const [first, ...rest] = [...(options.inside ?? []), program, ...args] as [string, ...string[]];
    const child = spawn(first, rest, {
      cwd: checkoutRoot,
      env: { ...process.env, ...options.env },
      stdio: ["ignore", "pipe", "pipe"],
      detached: true,
    });
    const said = { stdout: "", stderr: "" };
    for (const name of ["stdout", "stderr"] as const) {
      child[name].setEncoding("utf8").on("data", (piece: string) => {
        said[name] += piece;
        if (name === "stderr" && options.echo) process.stderr.write(piece);
        options.onOutput?.(said.stdout + said.stderr, child);
      });
    }
    child.on("error", reject);
    child.on("close", (code, signal) => resolve({ code, signal, ...said }));
  });
}
