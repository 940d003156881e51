import { chmodSync, cpSync, mkdirSync, realpathSync, symlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import { run } from "../run.ts";
import type { ImagePart } from "./catalog.ts";

/** Lays an image's parts out under `root` as they will stand in the image. `programs` gives the path of each program part. */
export async function stage(
  parts: readonly ImagePart[],
  programs: ReadonlyMap<ImagePart, string>,
  root: string,
): Promise<void> {
  mkdirSync(join(root, "tmp"), { recursive: true });
  chmodSync(join(root, "tmp"), 0o1777);
  for (const part of parts) {
    const target = join(root, part.path);
    mkdirSync(dirname(target), { recursive: true });
    if (part.kind === "symlink") symlinkSync(part.target, target);
    else if (part.kind === "npm") await stageNpm(part.source, target);
    else if (part.kind === "linked") await stageLinked(part.source, target, root);
    else copyFile(part.kind === "program" ? programs.get(part)! : part.source, target);
  }
}

function copyFile(source: string, target: string): void {
  cpSync(realpathSync(source), target);
}

async function stageNpm(source: string, target: string): Promise<void> {
  cpSync(source, target, { recursive: true, filter: (path) => !path.includes("/node_modules") });
  await run("npm", ["ci", "--ignore-scripts", "--omit=dev", "--no-audit", "--no-fund", "--loglevel=error"], {
    cwd: target,
  });
}

async function stageLinked(source: string, target: string, root: string): Promise<void> {
  copyFile(source, target);
  // Lines look like `libc.so.6 => /lib/x86_64-linux-gnu/libc.so.6 (0x...)`, the loader stands alone; ldd refuses a static program.
  const listing = await run("ldd", [realpathSync(source)]).catch(() => "");
  const libraries = [...listing.matchAll(/(\/\S+) \(0x/g)].map((match) => match[1]!);
  for (const library of libraries) {
    mkdirSync(dirname(join(root, library)), { recursive: true });
    copyFile(library, join(root, library));
  }
}
