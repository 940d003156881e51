import { relative } from "node:path";

/** A word as it is typed in a POSIX shell: in quotes where it holds more than plain characters. */
export function shellWord(text: string): string {
  return /^[\w./:@%+=,-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

/** The path as it is, or relative to the working directory where that is shorter to type. `cwd` defaults to the process's own. */
export function shortPath(path: string, cwd = process.cwd()): string {
  const fromHere = relative(cwd, path);
  return fromHere !== "" && fromHere.length < path.length ? fromHere : path;
}
