import { chmodSync, cpSync, mkdirSync, readdirSync, realpathSync, symlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import { UserError } from "../../common/errors.ts";
import { run } from "../../common/run.ts";
import { runFetching } from "../fetching.ts";
import { findProgram } from "../node/programs.ts";
import type { ImagePart } from "./catalog.ts";
import { stageDebianPackages } from "./debian.ts";
import { stageMaven } from "./maven.ts";
import { stagePip } from "./pip.ts";

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
    else if (part.kind === "debian") await stageDebianPackages(part.packages, target);
    else if (part.kind === "maven") await stageMaven(part.source, target);
    else if (part.kind === "pip") await stagePip(part.source, target);
    else if (part.kind === "linked") await stageLinked(hostProgram(part.source), target, root);
    else copyFile(part.kind === "program" ? programs.get(part)! : part.source, target);
  }
}

/** The path of a linked part's program. @throws UserError when it is on no PATH */
export function hostProgram(source: string): string {
  const path = source.includes("/") ? source : findProgram(source);
  if (path === undefined) throw new UserError([`The program ${source} is missing. Type: apt-get install -y ${source}`]);
  return realpathSync(path);
}

/** Paths of the shared libraries a program needs, its loader included; [] for a static one. */
export async function librariesOf(program: string): Promise<string[]> {
  // Lines look like `libc.so.6 => /lib/x86_64-linux-gnu/libc.so.6 (0x...)`, the loader stands alone; ldd refuses a static program.
  const listing = await run("ldd", [program]).catch(() => "");
  return [...listing.matchAll(/(\/\S+) \(0x/g)].map((match) => match[1]!);
}

/** Names of the files of an npm part; its folders, such as a developer's own node_modules, stay out. */
export const npmFiles = (source: string) =>
  readdirSync(source, { withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ name }) => name)
    .sort();

function copyFile(source: string, target: string): void {
  cpSync(realpathSync(source), target, { recursive: true });
}

async function stageNpm(source: string, target: string): Promise<void> {
  mkdirSync(target);
  for (const file of npmFiles(source)) copyFile(join(source, file), join(target, file));
  await runFetching("npm", ["ci", "--ignore-scripts", "--omit=dev", "--no-audit", "--no-fund", "--loglevel=error"], {
    cwd: target,
  });
}

async function stageLinked(program: string, target: string, root: string): Promise<void> {
  copyFile(program, target);
  for (const library of await librariesOf(program)) {
    mkdirSync(dirname(join(root, library)), { recursive: true });
    copyFile(library, join(root, library));
  }
}
