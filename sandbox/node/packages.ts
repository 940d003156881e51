import type { Progress } from "../../common/progress.ts";
import { findProgram, missingPrograms, packagesFor } from "./programs.ts";
import { run } from "./run.ts";

/** The packages among `wanted` that apt can install, read from the output of `apt-cache policy`. */
export function installable(policy: string, wanted: readonly string[]): string[] {
  return wanted.filter((name) => {
    const start = policy.indexOf(`${name}:\n`);
    if (start !== 0 && policy[start - 1] !== "\n") return false;
    const candidate = /^ {2}Candidate: (.*)$/m.exec(policy.slice(start))?.[1];
    return candidate !== undefined && candidate !== "(none)";
  });
}

/**
 * Installs the Debian packages of programs the node needs and the host lacks. Does nothing when none is missing, when not run by
 * root or where there is no apt-get; what is missing then is told by the preconditions.
 */
export async function installDebianPackages(progress: Progress): Promise<void> {
  const wanted = packagesFor(missingPrograms());
  if (wanted.length === 0 || process.getuid?.() !== 0 || !findProgram("apt-get")) return;
  const step = progress.step(`installing ${wanted.join(", ")}`);
  const env = { DEBIAN_FRONTEND: "noninteractive", LC_ALL: "C" };
  const options = { env, timeoutMs: 600_000, onLine: (line: string) => step.update(line.slice(0, 60)) };
  try {
    const policy = () => run("apt-cache", ["policy", ...wanted], { env });
    // Lists that were never fetched know no package.
    if (installable(await policy(), wanted).length < wanted.length) await run("apt-get", ["update"], options);
    const available = installable(await policy(), wanted);
    if (available.length > 0) {
      await run("apt-get", ["install", "-y", "--no-install-recommends", ...available], options);
    }
    step.done();
  } catch (error) {
    step.done(`failed: ${error instanceof Error ? error.message.split("\n").at(-1) : error}`);
  }
}
