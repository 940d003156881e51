import type { Progress } from "../../common/progress.ts";
import { run } from "../../common/run.ts";
import { patientApt } from "../fetching.ts";
import { findProgram } from "./programs.ts";

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
 * Installs Debian packages as far as apt knows them. Does nothing when not run by root or where there is no apt-get.
 *
 * @param wanted names of packages
 * @returns why it failed, undefined when it did not
 */
export async function installDebianPackages(
  wanted: readonly string[],
  progress: Progress,
): Promise<string | undefined> {
  if (process.getuid?.() !== 0 || !findProgram("apt-get")) return undefined;
  const step = progress.step(`installing the Debian packages ${wanted.join(", ")}`);
  const env = { DEBIAN_FRONTEND: "noninteractive", LC_ALL: "C" };
  const aptGet = (...args: readonly string[]) =>
    run("apt-get", [...patientApt, ...args], {
      env,
      title: `apt-get ${args.join(" ")}`,
      onLine: (line) => step.update(line.slice(0, 60)),
    });
  try {
    const policy = () => run("apt-cache", ["policy", ...wanted], { env });
    // Lists that were never fetched know no package.
    if (installable(await policy(), wanted).length < wanted.length) await aptGet("update");
    const available = installable(await policy(), wanted);
    if (available.length > 0) {
      await aptGet("install", "-y", "--no-install-recommends", ...available);
    }
    step.done();
    return undefined;
  } catch (error) {
    step.done("failed");
    return error instanceof Error ? error.message : String(error);
  }
}
