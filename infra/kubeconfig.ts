import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";
import { KubeConfig } from "@kubernetes/client-node";
import { parse } from "yaml";
import { projectPath } from "./paths.ts";

/** How to talk to the cluster that the settings name. */
export function kubeConfigOf({ context, kubeconfig }: { context: string; kubeconfig: string | undefined }): KubeConfig {
  const kubeConfig = new KubeConfig();
  if (kubeconfig) kubeConfig.loadFromFile(projectPath(kubeconfig));
  else kubeConfig.loadFromDefault();
  kubeConfig.setCurrentContext(context);
  return kubeConfig;
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
