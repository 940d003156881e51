import { homedir } from "node:os";
import { join, resolve } from "node:path";

const project = resolve(import.meta.dirname, "..");

/** An absolute path for one that a setting names: `~/` is the home folder, anything else is relative to the folder of Pulumi.yaml. */
export function projectPath(path: string): string {
  return path.startsWith("~/") ? join(homedir(), path.slice(2)) : resolve(project, path);
}
