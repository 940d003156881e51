import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { UserError } from "../../common/errors.ts";
import { runFetching } from "../fetching.ts";
import { findProgram } from "../node/programs.ts";

/** The file of the folder `source` that pins a Maven part. */
export const pomOf = (source: string) => join(source, "pom.xml");

/**
 * Lays the artifacts that the pom.xml of the folder `source` names out in `target`. That file itself says whether they are
 * copied or unpacked, by what it binds to the phase `package` with the property `outputDirectory`.
 *
 * @throws UserError where there is no mvn, or an artifact can't be had
 */
export async function stageMaven(source: string, target: string): Promise<void> {
  if (!findProgram("mvn")) throw new UserError(["The program mvn is missing. Type: apt-get install -y maven"]);
  const scratch = mkdtempSync(join(tmpdir(), "tl-maven-"));
  try {
    // Without a folder of its own the plugin would take notes in the checkout.
    const settings = [`-DoutputDirectory=${target}`, `-DmarkersDirectory=${scratch}`];
    await runFetching("mvn", [
      "--batch-mode",
      "--quiet",
      "--strict-checksums",
      "--file",
      pomOf(source),
      ...settings,
      "package",
    ]);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}
