import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";

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
    const inFolder = path !== "-" && statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
    const files = inFolder ? yamlFiles(path) : [path];
    if (files.length === 0)
      return [`${path} holds no .yaml or .yml file. Write: the name of a file or folder that does`];
    return files.map((file) => {
      const text = file === "-" ? standardInput() : contentOf(file);
      if (text !== undefined) return { name: file === "-" ? "standard input" : file, text, inFolder };
      return `${file} can't be read: no such file. Write: the name of a file, of a folder, or - for standard input`;
    });
  });
}

function contentOf(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}

function yamlFiles(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => /\.ya?ml$/.test(name) && !/(^|\/)(\.|node_modules\/)/.test(name))
    .sort()
    .map((name) => join(folder, name))
    .filter((file) => statSync(file).isFile());
}
