import { type ChildProcess, spawn } from "node:child_process";
import { createRequire } from "node:module";
import { join } from "node:path";

/** The exit code with which Pulumi's runner says: the user has already been told what went wrong. */
const alreadyReported = 32;

/** How a program or a plugin is to be started. */
export interface Launch {
  /** The SDK's runner below `@pulumi/pulumi/cmd`. */
  readonly runner: "run" | "run-plugin" | "run-policy-pack";
  /** The folder whose node_modules holds the SDK. */
  readonly programDirectory: string;
  readonly workingDirectory: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Pulumi.yaml `runtime.options`: `typescript` (default true) and `nodeargs`. */
  readonly options: Readonly<Record<string, unknown>>;
}

/** How a program ended; at most one of the two is set. */
export interface Outcome {
  /** It failed and said so itself: nothing more to print. */
  readonly bail?: true;
  readonly error?: string;
}

/** Judges a finished program by its exit code or the signal that ended it. */
export function outcomeOf(code: number | null, signal: NodeJS.Signals | null): Outcome {
  if (code === 0) return {};
  if (code === alreadyReported) return { bail: true };
  if (signal) return { error: `the program was ended by ${signal}` };
  return { error: `the program ended with exit code ${code} without reporting an error through Pulumi` };
}

/**
 * Starts the SDK's runner in a process group of its own, so that ending it reaches what the program started too.
 * @throws when the program's folder has no SDK installed
 */
export function launch(what: Launch, stdio: "inherit" | "pipe"): ChildProcess {
  const nodeArgs = String(what.options["nodeargs"] ?? "")
    .split(/\s+/)
    .filter(Boolean);
  return spawn(process.execPath, [...nodeArgs, runnerPath(what.runner, what.programDirectory), ...what.args], {
    cwd: what.workingDirectory,
    stdio: ["ignore", stdio, stdio],
    detached: true,
    env: {
      ...process.env,
      ...what.env,
      PULUMI_NODEJS_TYPESCRIPT: String(what.options["typescript"] !== false),
    },
  });
}

/** Ends a started process and its children. */
export function end(child: ChildProcess): void {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  try {
    process.kill(-child.pid, "SIGTERM");
  } catch {
    // It ended by itself in the meantime.
  }
}

function runnerPath(runner: string, programDirectory: string): string {
  try {
    return createRequire(join(programDirectory, "package.json")).resolve(`@pulumi/pulumi/cmd/${runner}/index.js`);
  } catch {
    throw new Error(
      `the Pulumi SDK is not installed for the program in ${programDirectory}: run \`npm install\` there`,
    );
  }
}
