import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { UserError } from "../common/errors.ts";
import { checkoutRoot } from "../sandbox/paths.ts";
import { topologyProblems } from "./check-topology.ts";
import { planInjection } from "./injection.ts";
import { readContexts } from "./kubeconfig.ts";
import { parseSettings } from "./settings.ts";
import { planTopology } from "./topology.ts";
import { readWorkloads } from "./workload-files.ts";

/** A stack's configuration by full key, such as `throughline:profile`, as its file holds it: texts, numbers, lists. */
export type StackConfig = Readonly<Record<string, unknown>>;

const prefix = "throughline:";

/** The configuration in `Pulumi.<stack>.yaml` of the checkout; empty when there is no such file. */
export function readStackConfig(stack: string): StackConfig {
  const file = join(checkoutRoot, `Pulumi.${stack}.yaml`);
  return existsSync(file) ? (parse(readFileSync(file, "utf8"))?.config ?? {}) : {};
}

/** Settings as the file types them: a text that is a JSON list becomes a list, as Pulumi.yaml declares lists. */
export function typed(config: StackConfig): StackConfig {
  const value = (given: unknown) => (typeof given === "string" && isList(given) ? JSON.parse(given) : given);
  return Object.fromEntries(Object.entries(config).map(([key, given]) => [key, value(given)]));
}

/**
 * Refuses a configuration that can be known to be wrong before any engine runs: settings, workload files, annotations,
 * and what they make of the Collectors' configurations.
 *
 * @param options.deploying false where no cluster exists yet, so that the context is not looked up
 * @throws UserError with every problem
 */
export function checkConfig(config: StackConfig, options: { deploying: boolean }): void {
  const own = Object.entries(config).filter(([key]) => key.startsWith(prefix));
  const text = (value: unknown) => (typeof value === "string" ? value : JSON.stringify(value));
  const raw = Object.fromEntries(own.map(([key, value]) => [key.slice(prefix.length), text(value)]));
  const settings = parseSettings(raw, options.deploying ? readContexts : undefined);
  planInjection(settings, readWorkloads(settings.workloads));
  const problems = topologyProblems(settings, planTopology(settings));
  if (problems.length > 0) throw new UserError(problems);
}

function isList(text: string): boolean {
  try {
    return Array.isArray(JSON.parse(text));
  } catch {
    return false;
  }
}
