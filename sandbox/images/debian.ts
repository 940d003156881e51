import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { UserError } from "../../common/errors.ts";
import { run } from "../../common/run.ts";
import { patientApt } from "../fetching.ts";
import { findProgram } from "../node/programs.ts";

/**
 * The files that apt would download for these packages now, one a line: name, size and hash. Installs nothing.
 *
 * @throws UserError where there is no apt-get, or apt knows no such package
 */
export async function describeDebianPackages(packages: readonly string[]): Promise<string> {
  const listing = await apt(["download", "--print-uris", ...packages]);
  // Lines look like `'ADDRESS' NAME SIZE SHA256:HASH`; the same file may come from another mirror.
  return listing.trim().replaceAll(/^'[^']*' /gm, "");
}

/** Unpacks packages over the folder `root`, without what they depend on and without running their scripts. */
export async function stageDebianPackages(packages: readonly string[], root: string): Promise<void> {
  const folder = mkdtempSync(join(dirname(root), "debian-"));
  try {
    await apt(["download", ...packages], folder);
    for (const file of readdirSync(folder).sort()) await run("dpkg-deb", ["--extract", join(folder, file), root]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function apt(args: readonly string[], cwd?: string): Promise<string> {
  if (!findProgram("apt-get")) {
    throw new UserError([
      `${args.at(-1)} comes as a Debian package; there is no apt-get on PATH. Run this on Debian or Ubuntu`,
    ]);
  }
  const aptGet = (...args: readonly string[]) =>
    run("apt-get", ["--quiet", ...patientApt, ...args], {
      env: { LC_ALL: "C" },
      title: `apt-get ${args.join(" ")}`,
      ...(cwd === undefined ? {} : { cwd }),
    });
  // Lists that were never fetched know no package, and old ones name files that are gone.
  return aptGet(...args).catch(async () => {
    await aptGet("update");
    return aptGet(...args);
  });
}
