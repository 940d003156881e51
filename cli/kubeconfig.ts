import { existsSync } from "node:fs";
import { join } from "node:path";
import type { KubeConfig } from "@kubernetes/client-node";
import { UserError } from "../common/errors.ts";
import { sandboxContext } from "../common/names.ts";
import { shellWord, shortPath } from "../common/shell.ts";
import { readKubeConfig } from "../infra/kubeconfig.ts";
import { stateDir } from "../sandbox/paths.ts";
import type { Target } from "./target.ts";

/** The kubeconfig of a cluster, with its context as the current one. @throws UserError when the file can't be read or has no such context. */
export function loadKubeConfig({ kubeconfig, context }: Target): KubeConfig {
  if (kubeconfig !== undefined && !existsSync(kubeconfig)) {
    throw new UserError([
      `--kubeconfig is ${JSON.stringify(kubeconfig)}, which does not exist; write the path of a kubeconfig`,
    ]);
  }
  const kubeConfig = readKubeConfig(kubeconfig, "--kubeconfig");
  const known = kubeConfig.getContexts().map(({ name }) => name);
  if (!known.includes(context)) {
    throw new UserError([
      `--context is ${JSON.stringify(context)}; ${known.length > 0 ? `write one of: ${known.join(", ")}` : "the kubeconfig holds none"}`,
    ]);
  }
  kubeConfig.setCurrentContext(context);
  return kubeConfig;
}

/** How kubectl is called for a cluster, as typed in a shell in this folder. The embedded cluster brings its own. */
export function kubectlOf({ kubeconfig, context }: Target): string {
  const program = context === sandboxContext ? shortPath(join(stateDir(), "cluster", "bin", "kubectl")) : "kubectl";
  const file = kubeconfig === undefined ? [] : ["--kubeconfig", shortPath(kubeconfig)];
  return [program, ...file, "--context", context].map(shellWord).join(" ");
}
