import { effective, injectKey, parseChoice } from "./annotations.ts";
import {
  type Instrumentation,
  type Language,
  languages,
  type NamespaceInfo,
  type ObjectMeta,
  type Problem,
} from "./types.ts";

const nameGrammar = /^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/;

function names(instrumentations: readonly Instrumentation[]): string {
  if (instrumentations.length === 0) return "there is none";
  return `there are: ${instrumentations.map(({ namespace, name }) => `${namespace}/${name}`).join(", ")}`;
}

function resolveOne(
  key: string,
  value: string,
  namespace: string,
  all: readonly Instrumentation[],
): Instrumentation | Problem | undefined {
  const choice = parseChoice(value, namespace);
  if (choice.kind === "off") return undefined;
  if (choice.kind === "only") {
    const here = all.filter((one) => one.namespace === namespace);
    if (here.length === 1) return here[0];
    if (here.length === 0) {
      return {
        code: "no-instrumentation",
        message: `annotation ${key} is ${JSON.stringify(value)}, which means the only Instrumentation of namespace ${namespace}, but it has none (${names(all)}). Add one to ${namespace}, or name one of another namespace. Write: ${key}: "<namespace>/<name>"`,
      };
    }
    return {
      code: "several-instrumentations",
      message: `annotation ${key} is ${JSON.stringify(value)}, which means the only Instrumentation of namespace ${namespace}, but it has ${here.length}: ${here.map((one) => one.name).join(", ")}. Name one. Write: ${key}: "${here[0]?.name}"`,
    };
  }
  const found = all.find((one) => one.namespace === choice.namespace && one.name === choice.name);
  if (found !== undefined) return found;
  if (!nameGrammar.test(choice.name) || !nameGrammar.test(choice.namespace)) {
    const trimmed = value.trim();
    return {
      code: "malformed-annotation",
      message: `annotation ${key} is ${JSON.stringify(value)}; allowed are "true", "false", "<name>" or "<namespace>/<name>" of an Instrumentation, without spaces. Write: ${key}: "${/^(true|false)$/i.test(trimmed) ? trimmed.toLowerCase() : "true"}"`,
    };
  }
  return {
    code: "instrumentation-not-found",
    message: `annotation ${key} is ${JSON.stringify(value)}, which names the Instrumentation ${choice.namespace}/${choice.name}; ${names(all)}. Allowed are "true", "false", "<name>" or "<namespace>/<name>". Write: ${key}: "true"`,
  };
}

/** The languages a pod asks for, each with the Instrumentation its annotation resolves to, in order of injection. */
export function resolve(
  namespace: NamespaceInfo,
  pod: ObjectMeta,
  all: readonly Instrumentation[],
): { chosen: ReadonlyMap<Language, Instrumentation>; problems: Problem[] } {
  const chosen = new Map<Language, Instrumentation>();
  const problems: Problem[] = [];
  for (const language of languages) {
    const key = injectKey(language);
    const value = effective(namespace, pod, key);
    if (value === "") continue;
    const found = resolveOne(key, value, namespace.name, all);
    if (found === undefined) continue;
    if ("code" in found) problems.push(found);
    else chosen.set(language, found);
  }
  return { chosen, problems };
}
