import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";
import { KubeConfig } from "@kubernetes/client-node";
import { parse } from "yaml";
import { UserError } from "../common/errors.ts";
import { fileTrouble } from "../common/files.ts";
import { projectPath } from "./paths.ts";

/** How to talk to the cluster that the settings name. */
export function kubeConfigOf({ context, kubeconfig }: { context: string; kubeconfig: string | undefined }): KubeConfig {
  const kubeConfig = readKubeConfig(kubeconfig && projectPath(kubeconfig), "throughline:kubeconfig");
  kubeConfig.setCurrentContext(context);
  return kubeConfig;
}

/**
 * What a kubeconfig says.
 * @param file Default: what kubectl would read.
 * @param option The option or setting that names it, for the message.
 * Throws a UserError without a word of the content, which holds keys, where it can't be read.
 */
export function readKubeConfig(file: string | undefined, option: string): KubeConfig {
  const kubeConfig = new KubeConfig();
  try {
    if (file) kubeConfig.loadFromFile(file);
    else kubeConfig.loadFromDefault();
    return kubeConfig;
  } catch (error) {
    const line = (error as { mark?: { line: number } }).mark?.line;
    const why = fileTrouble(error) ?? `no valid kubeconfig${line === undefined ? "" : `, from line ${line + 1} on`}`;
    const named = file ? `${option} is` : "KUBECONFIG, or else ~/.kube/config, is";
    const what = JSON.stringify(file ?? process.env["KUBECONFIG"] ?? "");
    throw new UserError([`${named} ${what}, which can't be read: ${why}. Write: the path of a kubeconfig`]);
  }
}

/** The contexts a kubeconfig offers. */
export interface Contexts {
  /** The file or files looked at, as a user would write them. */
  readonly where: string;
  readonly names: readonly string[];
  /** Why there are none, as a phrase. */
  readonly problem?: string;
}

/**
 * Lists the contexts of a kubeconfig.
 * @param kubeconfig Path relative to the project. Default: $KUBECONFIG, which may list several files, else ~/.kube/config.
 */
export function readContexts(kubeconfig: string | undefined): Contexts {
  const files = kubeconfig
    ? [projectPath(kubeconfig)]
    : process.env["KUBECONFIG"]
      ? process.env["KUBECONFIG"].split(delimiter).filter((file) => file !== "")
      : [join(homedir(), ".kube", "config")];
  const where = kubeconfig ?? (process.env["KUBECONFIG"] || "~/.kube/config");
  const names = files.flatMap(contextsOf);
  if (names.length > 0) return { where, names: [...new Set(names)] };
  return { where, names, problem: `no kubeconfig with contexts at ${where}` };
}

function contextsOf(file: string): string[] {
  try {
    const contexts: unknown = parse(readFileSync(file, "utf8"))?.contexts;
    if (!Array.isArray(contexts)) return [];
    return contexts.map((context) => context?.name).filter((name) => typeof name === "string");
  } catch {
    return [];
  }
}
