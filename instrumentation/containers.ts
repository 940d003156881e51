import { containerNamesKey, containerNamesKeyOf, effective } from "./annotations.ts";
import { type Language, languages, type NamespaceInfo, type ObjectMeta, type PodSpec, type Problem } from "./types.ts";
import { isFields, list } from "./workload.ts";

const allowedList = /^[a-zA-Z0-9,-]+$/;

/** Container names an annotation lists for each selected language; an empty list means the first container. */
export type Selection = ReadonlyMap<Language, readonly string[]>;

function parseList(key: string, value: string, problems: Problem[]): readonly string[] {
  if (value === "") return [];
  if (!allowedList.test(value)) {
    const tidy = value.split(/[^a-zA-Z0-9-]+/).filter((name) => name !== "");
    problems.push({
      code: "container-names-malformed",
      message: `annotation ${key} is ${JSON.stringify(value)}; allowed are letters, digits and "-" separated by commas, without spaces. Write: ${key}: ${JSON.stringify(tidy.join(",") || "app")}`,
    });
    return [];
  }
  return value.split(",");
}

function duplicates(names: readonly string[]): string[] {
  const seen = new Set<string>();
  const twice = new Set<string>();
  for (const name of names) {
    if (name !== "" && seen.has(name)) twice.add(name);
    seen.add(name);
  }
  return [...twice];
}

/**
 * Which containers each selected language goes to, from the common list and the languages' own.
 * A language's own list is added to the common one. Any problem means that nothing may be injected.
 */
export function select(
  namespace: NamespaceInfo,
  pod: ObjectMeta,
  selected: readonly Language[],
): { selection: Selection; problems: Problem[] } {
  const problems: Problem[] = [];
  const common = parseList(containerNamesKey, effective(namespace, pod, containerNamesKey), problems);
  const selection = new Map<Language, readonly string[]>();
  for (const language of languages) {
    const key = containerNamesKeyOf(language);
    // A malformed list stops the operator even where its language is not asked for.
    const own = parseList(key, effective(namespace, pod, key), problems);
    if (!selected.includes(language)) continue;
    const names = own.length === 0 ? common : [...common, ...own];
    const twice = duplicates(names);
    if (twice.length > 0) {
      problems.push({
        code: "container-names-duplicate",
        message: `annotations ${containerNamesKey} and ${key} list ${twice.map((name) => JSON.stringify(name)).join(", ")} more than once for ${language}; each container may stand once. Write: ${key}: ${JSON.stringify([...new Set(names)].filter((name) => name !== "").join(","))} and leave ${containerNamesKey} out`,
      });
    }
    selection.set(language, names);
  }
  if (problems.length > 0 || selected.length < 2) return { selection, problems };
  const without = selected.filter((language) => selection.get(language)?.length === 0);
  if (without.length > 0) {
    const keys = without.map(containerNamesKeyOf);
    problems.push({
      code: "container-names-missing",
      message: `${selected.length} languages are asked for (${selected.join(", ")}) but ${without.join(", ")} ${without.length === 1 ? "has" : "have"} no container names, so it is open which container is whose. Every language needs its list. Write: ${keys.map((key) => `${key}: "<container>"`).join(" and ")}`,
    });
  }
  return { selection, problems };
}

/** A container in a pod: which list it is in and where. */
export interface Place {
  readonly list: "containers" | "initContainers";
  readonly index: number;
}

function find(spec: PodSpec, name: string): Place | undefined {
  for (const key of ["containers", "initContainers"] as const) {
    const index = list(spec[key]).findIndex((container) => container?.name === name);
    if (index !== -1) return { list: key, index };
  }
  return undefined;
}

/**
 * Containers to instrument for a list of names: init containers first, in the order of the pod, then the others in the order of the list.
 * Names that are not there are left out; an empty list is the first container.
 */
export function targets(spec: PodSpec, names: readonly string[]): Place[] {
  if (names.length === 0) return isFields(list(spec.containers)[0]) ? [{ list: "containers", index: 0 }] : [];
  const places: Place[] = [];
  for (const name of names) {
    const place = find(spec, name);
    if (place !== undefined) places.push(place);
  }
  const init = places.filter((place) => place.list === "initContainers").sort((a, b) => a.index - b.index);
  return init.length === 0 ? places : [...init, ...places.filter((place) => place.list === "containers")];
}

/** Problem of names in a list that no container of the pod has; undefined when all are there. */
export function missingNames(spec: PodSpec, language: Language, names: readonly string[]): Problem | undefined {
  const missing = names.filter((name) => name !== "" && find(spec, name) === undefined);
  if (missing.length === 0) return undefined;
  const there = [...list(spec.containers), ...list(spec.initContainers)]
    .map((container) => container?.name)
    .filter((name) => typeof name === "string");
  const key = containerNamesKeyOf(language);
  return {
    code: "container-not-found",
    message: `the container names for ${language} contain ${missing.map((name) => JSON.stringify(name)).join(", ")}, which the pod does not have; it has: ${there.join(", ") || "none with a name"}. Write: ${key}: ${JSON.stringify(there[0] ?? "")}`,
  };
}
