import { createHash } from "node:crypto";
import { existsSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { requirementsOf, stagePip } from "../images/pip.ts";
import { withLock } from "../lock.ts";
import { cacheDir, checkoutRoot } from "../paths.ts";
import { makeScratch } from "../scratch.ts";

const source = join(checkoutRoot, "sandbox/tools/checkov");

/**
 * Installs Checkov as its requirements.txt pins it into the cache, unless it is there.
 * @returns the folder for PYTHONPATH; the program is its `bin/checkov`, for Python 3.11
 * @throws UserError where there is no pip, or a package can't be had
 */
export function installCheckov(): Promise<string> {
  const key = createHash("sha256")
    .update(readFileSync(requirementsOf(source)))
    .digest("hex")
    .slice(0, 16);
  const tools = join(cacheDir(), "tools");
  const target = join(tools, `checkov-${key}`);
  return withLock(`the installation of ${target}`, async () => {
    if (existsSync(target)) return target;
    const scratch = makeScratch(tools, "checkov");
    try {
      const staged = join(scratch, "packages");
      await stagePip(source, staged);
      renameSync(staged, target);
    } finally {
      rmSync(scratch, { recursive: true, force: true });
    }
    return target;
  });
}
