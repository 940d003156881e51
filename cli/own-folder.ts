import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { UserError } from "../common/errors.ts";
import { withFiles } from "../common/files.ts";
import { shellWord } from "../common/shell.ts";

/** What a run did to a folder: number of files. */
export interface Written {
  readonly added: number;
  readonly changed: number;
  readonly removed: number;
  readonly same: number;
}

/** Lists what was written, as sha256sum does; tools that apply a folder look at .yaml and .json only. */
const listName = ".throughline-render";
const scratchName = ".throughline-render.new";
const listHeader = "# What throughline render wrote into this folder; it changes and removes nothing else.\n";

/** What is known of a folder before anything is written. */
export interface Folder {
  readonly path: string;
  /** Whether it was not there. */
  readonly isNew: boolean;
  /** SHA-256 of each listed file as it was written, by name. After a run that was killed there may be two. */
  readonly listed: ReadonlyMap<string, ReadonlySet<string>>;
}

/**
 * Looks whether files may be written into a folder. It need not exist.
 * Throws a UserError with every problem: other people's files in a folder that is not ours, a name that is taken, a file that was changed by hand.
 */
export function inspectFolder(path: string, names: readonly string[]): Folder {
  return withFiles(
    () => inspect(path, names),
    (why) => `${path} can't be looked into: ${why}; write the name of a folder of your own`,
  );
}

function inspect(path: string, names: readonly string[]): Folder {
  if (!existsSync(path)) return { path, isNew: true, listed: new Map() };
  if (!statSync(path).isDirectory()) {
    throw new UserError([`${path} is a file; write the name of a folder`]);
  }
  const present = readdirSync(path).filter((name) => name !== scratchName);
  if (!present.includes(listName)) {
    if (present.length === 0) return { path, isNew: false, listed: new Map() };
    const some = present.slice(0, 3).join(", ") + (present.length > 3 ? ", ..." : "");
    throw new UserError([
      `${path} holds files that throughline render did not write (${some}). Write: throughline render ${shellWord(join(path, "throughline"))}`,
    ]);
  }
  const listed = readList(path);
  const problems = present.flatMap((name) => {
    const own = listed.get(name);
    if (own === undefined) {
      return names.includes(name)
        ? [
            `${join(path, name)} would be overwritten, but throughline render did not write it. Write: rm ${shellWord(join(path, name))}`,
          ]
        : [];
    }
    return statSync(join(path, name), { throwIfNoEntry: false })?.isFile() &&
      own.has(hashOf(readFileSync(join(path, name))))
      ? []
      : [
          `${join(path, name)} was changed since throughline render wrote it, and the change would be lost. Write: rm ${shellWord(join(path, name))}`,
        ];
  });
  if (problems.length > 0) throw new UserError(problems);
  return { path, isNew: false, listed };
}

/**
 * Makes the folder, and those it lies in, where they are not there.
 * Step by step: Node.js' own `recursive` never ends below a folder that takes no others, such as /proc.
 * Throws a UserError where that can't be done.
 */
export function makeFolder({ path }: Pick<Folder, "path">): void {
  const make = (folder: string) => {
    if (existsSync(folder)) return;
    make(dirname(folder));
    mkdirSync(folder);
  };
  withFiles(
    () => make(resolve(path)),
    (why) => `the folder ${path} can't be made: ${why}; write the name of one that can`,
  );
}

/**
 * Writes the files into the folder and removes those of an earlier run that are no longer among them. Files that stay the same are not touched.
 * All is written beside first and then renamed in one go that no signal to this process interrupts; after a kill the next run completes it.
 */
export function writeFolder(folder: Folder, files: ReadonlyMap<string, string>): Written {
  const { path, isNew, listed } = folder;
  return uninterrupted(() => {
    makeFolder(folder);
    const scratch = join(path, scratchName);
    rmSync(scratch, { recursive: true, force: true });
    const gone = [...listed.keys()].filter((name) => !files.has(name) && existsSync(join(path, name)));
    const list = new Map([...files].map(([name, text]) => [name, new Set([hashOf(text)])]));
    let before: ReadonlyMap<string, string | undefined>;
    let pending: (readonly [string, string])[];
    try {
      before = new Map([...files.keys()].map((name) => [name, textOf(join(path, name))]));
      pending = [...files].filter(([name, text]) => before.get(name) !== text);
      mkdirSync(scratch);
      for (const [name, text] of pending) writeFileSync(join(scratch, name), text);
      // Until all is done both what was and what will be is ours.
      writeFileSync(join(scratch, "either"), listText(merged(listed, list)));
      writeFileSync(join(scratch, "after"), listText(list));
    } catch (error) {
      rmSync(isNew ? path : scratch, { recursive: true, force: true });
      throw error;
    }
    renameSync(join(scratch, "either"), join(path, listName));
    for (const [name] of pending) renameSync(join(scratch, name), join(path, name));
    for (const name of gone) rmSync(join(path, name), { force: true });
    renameSync(join(scratch, "after"), join(path, listName));
    rmSync(scratch, { recursive: true });
    const added = pending.filter(([name]) => before.get(name) === undefined).length;
    const changed = pending.length - added;
    return { added, changed, removed: gone.length, same: files.size - pending.length };
  });
}

/** Replaces a file as a whole; only the user may read it. Leaves nothing behind where it can't. */
export function writePrivately(file: string, text: string): void {
  const beside = `${file}.new`;
  rmSync(beside, { force: true });
  try {
    writeFileSync(beside, text, { mode: 0o600, flush: true });
    renameSync(beside, file);
  } catch (error) {
    rmSync(beside, { force: true });
    throw error;
  }
}

/** Runs something that does not wait; signals that would end the process come too late. */
export function uninterrupted<T>(run: () => T): T {
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
  const ignore = () => {};
  for (const signal of signals) process.on(signal, ignore);
  try {
    return run();
  } finally {
    for (const signal of signals) process.off(signal, ignore);
  }
}

function textOf(file: string): string | undefined {
  return statSync(file, { throwIfNoEntry: false })?.isFile() ? readFileSync(file, "utf8") : undefined;
}

function hashOf(content: string | Buffer): string {
  return createHash("sha256").update(content).digest("hex");
}

function merged(...lists: ReadonlyMap<string, ReadonlySet<string>>[]): Map<string, Set<string>> {
  const all = new Map<string, Set<string>>();
  for (const [name, hashes] of lists.flatMap((list) => [...list])) {
    all.set(name, new Set([...(all.get(name) ?? []), ...hashes]));
  }
  return all;
}

function listText(list: ReadonlyMap<string, ReadonlySet<string>>): string {
  const lines = [...list].flatMap(([name, hashes]) => [...hashes].map((hash) => `${hash}  ${name}\n`));
  return listHeader + lines.join("");
}

function readList(path: string): Map<string, Set<string>> {
  const list = new Map<string, Set<string>>();
  for (const line of readFileSync(join(path, listName), "utf8").split("\n")) {
    if (line === "" || line.startsWith("#")) continue;
    // A name is never a path, so nothing outside the folder is touched whatever the list says.
    const [, hash = "", name = ""] = /^([0-9a-f]{64}) {2}([^/.][^/]*\.yaml)$/.exec(line) ?? [];
    if (name === "") {
      throw new UserError([
        `${join(path, listName)} is damaged: ${JSON.stringify(line)} is not as it was written. Write: git checkout ${shellWord(join(path, listName))}, or render into a new folder`,
      ]);
    }
    list.set(name, new Set([...(list.get(name) ?? []), hash]));
  }
  return list;
}
