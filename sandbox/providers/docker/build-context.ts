import { createHash } from "node:crypto";
import {
  createReadStream,
  lstatSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, relative, resolve } from "node:path";
import type { Readable } from "node:stream";
import dockerIgnore from "@balena/dockerignore";
import { run } from "../../../common/run.ts";
import { ProviderError } from "../kubernetes/errors.ts";

/** The files that an image is built from. */
export interface BuildContext {
  readonly folder: string;
  /** Path of the Dockerfile below the folder. */
  readonly dockerfile: string;
  /** Paths below the folder, those that .dockerignore leaves out not among them. */
  readonly paths: readonly string[];
}

/**
 * Looks through a folder as `docker build` does, which sends links and not what they lead to.
 * @param folder Relative to the program's own.
 * @param dockerfile The same. Default: - `Dockerfile` of the folder.
 * @throws ProviderError when one of them is missing, or the Dockerfile is elsewhere
 * @see https://docs.docker.com/build/concepts/context/#dockerignore-files
 */
export function readContext(folder: string, dockerfile = join(folder, "Dockerfile")): BuildContext {
  if (!isThere(folder, "isDirectory")) {
    throw new ProviderError(`build.context is ${JSON.stringify(folder)}; there is no such folder in ${process.cwd()}.`);
  }
  if (!isThere(dockerfile, "isFile")) {
    throw new ProviderError(
      `build.dockerfile is ${JSON.stringify(dockerfile)}; there is no such file in ${process.cwd()}.`,
    );
  }
  const inside = relative(resolve(folder), resolve(dockerfile));
  if (inside.startsWith("..")) {
    throw new ProviderError(
      `build.dockerfile is ${JSON.stringify(dockerfile)}; the stand-in provider takes one in build.context (${folder}) only.`,
    );
  }
  const ignored = ignoredIn(folder, dockerfile);
  const paths = readable(folder, () => pathsIn(folder)).filter((path) => path === inside || !ignored(path));
  return { folder, dockerfile: inside, paths: paths.sort() };
}

/** Everything below a folder. A link is what it is, also one to a folder: behind it may be anything, this folder again too. */
function pathsIn(folder: string, below = ""): string[] {
  return readdirSync(join(folder, below)).flatMap((name) => {
    const path = join(below, name);
    return lstatSync(join(folder, path)).isDirectory() ? [path, ...pathsIn(folder, path)] : [path];
  });
}

/** @throws ProviderError for what this user may not read */
function readable<T>(folder: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    const { code, path } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    throw new ProviderError(
      `build.context is ${JSON.stringify(folder)}, of which ${path} can't be read (${code}). Let this user read it, or take it out of the folder.`,
    );
  }
}

/** A digest that changes with every name, content, link or executable bit of a context. It reads all of it. */
export function contextDigest(context: BuildContext): string {
  return readable(context.folder, () => digestOf(context));
}

function digestOf({ folder, paths }: BuildContext): string {
  const digest = createHash("sha256");
  for (const path of paths) {
    const place = join(folder, path);
    const stat = lstatSync(place);
    const [what, content] = stat.isSymbolicLink()
      ? ["link", readlinkSync(place)]
      : stat.isFile()
        ? [stat.mode & 0o111 ? "program" : "file", readFileSync(place)]
        : ["folder", ""];
    digest.update(`${what}\0${path}\0${content.length}\0`).update(content);
  }
  return digest.digest("hex");
}

/**
 * Hands the context on as a tar archive, which is whole before it is sent. Needs `tar`.
 * @throws ProviderError for a file that can't be read
 */
export async function withArchive<T>(
  { folder, paths }: BuildContext,
  use: (archive: Readable) => Promise<T>,
): Promise<T> {
  const scratch = mkdtempSync(join(tmpdir(), "throughline-build-"));
  try {
    const [list, archive] = [join(scratch, "paths"), join(scratch, "context.tar")];
    writeFileSync(list, paths.map((path) => `${path}\0`).join(""));
    const what = ["--no-recursion", "--null", "--verbatim-files-from", "-T", list];
    await run("tar", ["-C", folder, ...what, "-cf", archive], { title: `packing ${folder}` }).catch((error: Error) => {
      throw new ProviderError(error.message);
    });
    // Opened here: a reader that gives up before it begins must not find that the file is gone.
    const stream = createReadStream(archive, { fd: openSync(archive, "r") });
    return await use(stream).finally(() => stream.destroy());
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

function isThere(path: string, what: "isFile" | "isDirectory"): boolean {
  return statSync(path, { throwIfNoEntry: false })?.[what]() ?? false;
}

/** What the Dockerfile's own list leaves out, else what that of the folder does. */
function ignoredIn(folder: string, dockerfile: string): (path: string) => boolean {
  const file = [`${dockerfile}.dockerignore`, join(folder, ".dockerignore")].find((one) => isThere(one, "isFile"));
  if (file === undefined) return () => false;
  const rules = dockerIgnore.default({ ignorecase: false }).add(readFileSync(file, "utf8"));
  return (path) => rules.ignores(path);
}
