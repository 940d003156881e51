import { createHash } from "node:crypto";
import { existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Progress } from "../../common/progress.ts";
import { describeDebianPackages, stageDebianPackages } from "../images/debian.ts";
import { cacheDir } from "../paths.ts";
import { makeScratch } from "../scratch.ts";

/** Debian's Docker Engine, and the libraries that not every Debian has. */
const packages = ["docker.io", "containerd", "runc", "tini", "libdevmapper1.02.1", "libseccomp2"];

/** The programs of a Docker Engine as they lie in a folder of ours. */
export interface EnginePrograms {
  readonly root: string;
  /** Environment that has them find each other. */
  readonly env: Readonly<Record<string, string>>;
}

/**
 * Unpacks Debian's Docker Engine into the cache. Its packages are not installed: their scripts would start an engine of the host's.
 * @throws UserError where there is no apt-get, or apt knows no such package
 */
export async function enginePrograms(progress: Progress): Promise<EnginePrograms> {
  const key = createHash("sha256")
    .update(await describeDebianPackages(packages))
    .digest("hex")
    .slice(0, 16);
  const root = join(cacheDir(), "engine", key);
  if (!existsSync(root)) {
    const step = progress.step("unpacking Debian's Docker Engine");
    const scratch = makeScratch(join(cacheDir(), "engine"), "unpack");
    try {
      const unpacked = join(scratch, "root");
      mkdirSync(unpacked);
      await stageDebianPackages(packages, unpacked);
      renameSync(unpacked, root);
      step.done();
    } catch (error) {
      step.done("failed");
      throw error;
    } finally {
      rmSync(scratch, { recursive: true, force: true });
    }
  }
  const folders = ["usr/sbin", "usr/bin"].map((folder) => join(root, folder));
  return {
    root,
    env: {
      PATH: [...folders, "/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"].join(":"),
      LD_LIBRARY_PATH: join(root, "usr/lib/x86_64-linux-gnu"),
      HOME: "/root",
    },
  };
}
