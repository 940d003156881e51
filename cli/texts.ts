import { type Dirent, readdirSync, readFileSync, realpathSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileTrouble } from "../common/files.ts";

/** A text that a command line names. */
export interface NamedText {
  /** Path as in the command line or below the folder named there, or "standard input". */
  readonly name: string;
  readonly text: string;
  /** Whether the folder was named and not the file itself. */
  readonly inFolder: boolean;
}

/** Every file that is named or lies in a folder named, "-" being standard input; a sentence in place of what can't be read. */
export function readTexts(
  paths: readonly string[],
  standardInput = () => readFileSync(0, "utf8"),
): (NamedText | string)[] {
  return paths.flatMap((path) => {
    if (path === "-") return [readable("standard input", () => textOf("standard input", standardInput()))];
    if (!isFolder(path)) return [readable(path, () => textOf(path, readFileSync(path, "utf8")))];
    const found = readable(path, () => yamlFiles(path));
    if (typeof found === "string") return [found];
    if (found.length === 0)
      return [`${path} holds no .yaml or .yml file. Write: the name of a file or folder that does`];
    return found.map((file) => readable(file, () => textOf(file, readFileSync(file, "utf8"), true)));
  });
}

function textOf(name: string, text: string, inFolder = false): NamedText {
  return { name, text, inFolder };
}

function readable<T>(name: string, read: () => T): T | string {
  try {
    return read();
  } catch (error) {
    const why = fileTrouble(error);
    if (why === undefined) throw error;
    return `${name} can't be read: ${why}. Write: the name of a file, of a folder, or - for standard input`;
  }
}

function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}

/** The YAML files in a folder and those inside it, in the order of their names. Links that lead nowhere are told and passed by. */
function yamlFiles(folder: string): string[] {
  const found: string[] = [];
  // Links may lead back to where one comes from.
  const seen = new Set<string>();
  const walk = (inner: string) => {
    const real = realpathSync(inner);
    if (seen.has(real)) return;
    seen.add(real);
    for (const entry of readdirSync(inner, { withFileTypes: true }).sort(linksLast)) {
      const { name } = entry;
      if (name.startsWith(".") || name === "node_modules") continue;
      const path = join(inner, name);
      if (entry.isDirectory() || (entry.isSymbolicLink() && isFolder(path))) walk(path);
      else if (/\.ya?ml$/.test(name) && isThere(path)) found.push(path);
    }
  };
  walk(folder);
  return found.sort();
}

function linksLast(one: Dirent, other: Dirent): number {
  return Number(one.isSymbolicLink()) - Number(other.isSymbolicLink()) || (one.name < other.name ? -1 : 1);
}

function isThere(path: string): boolean {
  try {
    return statSync(path).isFile();
  } catch (error) {
    console.error(`warning: ${path} is left out: ${fileTrouble(error) ?? "it can't be read"}`);
    return false;
  }
}
