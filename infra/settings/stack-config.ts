import { existsSync, readFileSync } from "node:fs";
import { basename } from "node:path";
import { UserError } from "../../common/errors.ts";
import { withFiles } from "../../common/files.ts";
import { fields, isObject } from "../../common/objects.ts";
import { parseYaml, valueIn, yamlTrouble } from "../../common/yaml.ts";
import { topologyProblems } from "../check-topology.ts";
import { planInjection } from "../injection.ts";
import { readContexts } from "../kubeconfig.ts";
import { projectPath } from "../paths.ts";
import { planTopology, type Topology } from "../topology.ts";
import { readWorkloads } from "../workload-files.ts";
import { parseSettings, secretSetting } from "./settings.ts";

/** A stack's configuration by full key, such as `throughline:profile`, as its file holds it: texts, numbers, lists. */
export type StackConfig = Readonly<Record<string, unknown>>;

const prefix = "throughline:";

/** The file with a stack's settings, whether it is there or not. */
export function stackFile(stack: string): string {
  return projectPath(`Pulumi.${stack}.yaml`);
}

/**
 * The configuration in `Pulumi.<stack>.yaml` of the checkout; empty when there is no such file.
 * Throws a UserError for a file that can't be read or holds something else.
 */
export function readStackConfig(stack: string): StackConfig {
  const file = stackFile(stack);
  if (!existsSync(file)) return {};
  const name = basename(file);
  const text = withFiles(
    () => readFileSync(file, "utf8"),
    (why) => `${name} can't be read: ${why}. Write: the name of another stack`,
  );
  return parseStackConfig(name, text);
}

/** The configuration in the text of a stack's file. @param file Only to name the text in problems. @throws UserError as above */
export function parseStackConfig(file: string, text: string): StackConfig {
  const { documents, problems } = parseYaml(file, text, "check", {});
  if (problems.length > 0) throw new UserError(problems);
  let value: unknown;
  try {
    value = documents[0] && valueIn(documents[0]);
  } catch (error) {
    throw new UserError([`${file}: not valid YAML: ${yamlTrouble(error)}. Write: the value itself`]);
  }
  const example = "Write: config: {throughline:profile: laptop}";
  const shape = (part: unknown) => (Array.isArray(part) ? "a list" : `a ${typeof part}`);
  if (value === null || value === undefined) return {};
  if (!isObject(value)) throw new UserError([`${file} is ${shape(value)}; allowed: config with settings. ${example}`]);
  const config = value["config"] ?? {};
  if (!isObject(config)) {
    throw new UserError([`config in ${file} is ${shape(config)}; allowed: settings by their full names. ${example}`]);
  }
  return config;
}

/** Settings as the file types them: a text that is a JSON list or object becomes one, as Pulumi.yaml declares them. */
export function typed(config: StackConfig): StackConfig {
  return Object.fromEntries(Object.entries(config).map(([key, given]) => [key, structured(given)]));
}

/**
 * A configuration with other values in it. A key with a dot, such as `throughline:zipkin.endpoint`, changes one field of an object, however deep,
 * and leaves its others, as `pulumi config set --path` does.
 */
export function withValues(config: StackConfig, values: StackConfig): StackConfig {
  const merged: Record<string, unknown> = { ...config };
  for (const [key, value] of Object.entries(values)) {
    const [name = key, rest] = splitOnce(key, ".");
    merged[name] =
      rest === undefined ? value : withValues(fields(structured(merged[name])), { [rest]: structured(value) });
  }
  return merged;
}

/**
 * Refuses a configuration that can be known to be wrong before any engine runs: settings, workload files, annotations,
 * and what they make of the Collectors' configurations.
 *
 * @param options.deploying false where no cluster exists yet, so that the context is not looked up
 * @returns what the configuration means
 * @throws UserError with every problem
 */
export function checkConfig(config: StackConfig, options: { deploying: boolean }): Topology {
  const settings = parseSettings(settingTexts(config), options.deploying ? readContexts : undefined);
  planInjection(settings, readWorkloads(settings.workloads));
  const topology = planTopology(settings);
  const problems = topologyProblems(settings, topology);
  if (problems.length > 0) throw new UserError(problems);
  return topology;
}

/**
 * The settings of a configuration as texts without their prefix, as `parseSettings` takes them; others' keys are left out.
 * @throws UserError for each that is set as a secret
 */
export function settingTexts(config: StackConfig): Record<string, string> {
  const own = Object.entries(config).filter(([key]) => key.startsWith(prefix));
  const secret = own.filter(([, value]) => holdsSecret(value)).map(([key]) => key);
  if (secret.length > 0) throw new UserError(secret.map(secretSetting));
  const text = (value: unknown) => (typeof value === "string" ? value : JSON.stringify(value));
  return Object.fromEntries(own.map(([key, value]) => [key.slice(prefix.length), text(value)]));
}

/** Whether there is a value that `pulumi config set --secret` has encrypted. */
function holdsSecret(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  return Object.entries(value).some(([key, inner]) => key === "secure" || holdsSecret(inner));
}

function structured(given: unknown): unknown {
  if (typeof given !== "string") return given;
  try {
    const value: unknown = JSON.parse(given);
    return typeof value === "object" && value !== null ? value : given;
  } catch {
    return given;
  }
}

function splitOnce(text: string, separator: string): [string, string?] {
  const at = text.indexOf(separator);
  return at === -1 ? [text] : [text.slice(0, at), text.slice(at + 1)];
}
