import { ports } from "../collector-config/ports.ts";
import { shellWord } from "../common/shell.ts";
import { names } from "./kubernetes/metadata.ts";
import type { Settings } from "./settings/settings.ts";

/** Where Jaeger's UI is while the command of `portForwardLine` runs. */
export function forwardedUrl({ jaeger }: Pick<Settings, "jaeger">): string {
  return `http://127.0.0.1:${ports.query}${jaeger?.basePath ?? ""}`;
}

/** The command that makes Jaeger's UI readable at http://127.0.0.1:16686. */
export function portForwardLine({ context, kubeconfig, namespace }: Settings): string {
  const flags = [...(kubeconfig ? ["--kubeconfig", kubeconfig] : []), ...(context ? ["--context", context] : [])];
  const words = [
    "kubectl",
    ...flags,
    "--namespace",
    namespace,
    "port-forward",
    `service/${names.jaeger}`,
    `${ports.query}`,
  ];
  // A leading ~ is for the shell to replace.
  return words.map((word) => (word.startsWith("~/") ? `~/${shellWord(word.slice(2))}` : shellWord(word))).join(" ");
}
