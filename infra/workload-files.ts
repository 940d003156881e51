import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { isMap, isScalar, LineCounter, parseAllDocuments } from "yaml";
import { UserError } from "../common/errors.ts";
import { fileTrouble } from "../common/files.ts";
import { nearest } from "../common/nearest.ts";
import { type Fields, isObject, textual } from "../common/objects.ts";
import { valueIn, yamlTrouble } from "../common/yaml.ts";
import { asKubectl } from "../common/yaml-values.ts";
import { isClusterWide, isKnownKind, knownKinds } from "./kubernetes/kinds.ts";
import { projectPath } from "./paths.ts";
import { lineToWrite } from "./settings/values.ts";

/** One Kubernetes object from a user's file, checked to have a known kind and explicit names. */
export interface WorkloadObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly [field: string]: unknown;
}

const exampleLine = lineToWrite("workloads", { list: true }, "examples/frontend");

/**
 * The objects in files and folders, in the order given; a folder's own `.yaml` and `.yml` files in the order of their names.
 * @param paths Relative to the project, as in the setting `workloads`.
 * Throws a UserError with every problem, each naming file and document.
 */
export function readWorkloads(paths: readonly string[]): WorkloadObject[] {
  const problems: string[] = [];
  const objects: WorkloadObject[] = [];
  const seen = new Map<string, string>();
  for (const file of paths.flatMap((path) => readable(path, problems, () => filesOf(path, problems)) ?? [])) {
    const text = readable(file, problems, () => readFileSync(projectPath(file), "utf8"));
    if (text === undefined) continue;
    const parsed = parseObjects(file, text);
    problems.push(...parsed.problems);
    for (const object of parsed.objects) {
      const id = `${object.kind} ${object.metadata.namespace ?? ""}/${object.metadata.name}`;
      const earlier = seen.get(id);
      if (earlier !== undefined)
        problems.push(`${file}: ${id} is already defined in ${earlier}; remove one of the two`);
      seen.set(id, file);
      objects.push(object);
    }
  }
  if (problems.length > 0) throw new UserError(problems);
  return objects;
}

function readable<T>(path: string, problems: string[], read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    const why = fileTrouble(error);
    if (why === undefined) throw error;
    problems.push(
      `throughline:workloads has ${JSON.stringify(path)}, which can't be read: ${why}. Write: ${exampleLine}`,
    );
    return undefined;
  }
}

/** Parses one file's documents; `file` is only used to name it in problems. */
export function parseObjects(file: string, text: string): { objects: WorkloadObject[]; problems: string[] } {
  const objects: WorkloadObject[] = [];
  const problems: string[] = [];
  const lines = new LineCounter();
  const documents = parseAllDocuments(text, { ...asKubectl, lineCounter: lines, prettyErrors: false });
  for (const [index, document] of documents.entries()) {
    const where = `${file}, document ${index + 1}`;
    if (document.errors.length > 0) {
      problems.push(
        ...document.errors.map((error) => {
          const { line } = lines.linePos(error.pos[0]);
          return `${where}: not valid YAML in line ${line}: ${yamlTrouble(error)}`;
        }),
      );
      continue;
    }
    if (document.contents === null || (isScalar(document.contents) && document.contents.value === null)) continue;
    if (!isMap(document.contents)) {
      problems.push(`${where}: not a Kubernetes object; it must begin with apiVersion, kind and metadata`);
      continue;
    }
    try {
      const value = valueIn(document) as Fields;
      const found = problemsOf(value);
      problems.push(...found.map((problem) => `${where}: ${problem}`));
      if (found.length === 0) objects.push(withoutBookkeeping(value as WorkloadObject));
    } catch (error) {
      problems.push(`${where}: not valid YAML: ${yamlTrouble(error)}. Write: the value itself`);
    }
  }
  return { objects, problems };
}

/** What `kubectl apply` notes about an object. Of a Secret it is a second copy, which the state and previews would show. */
const bookkeeping = "kubectl.kubernetes.io/last-applied-configuration";

function withoutBookkeeping(object: WorkloadObject): WorkloadObject {
  const { [bookkeeping]: noted, ...annotations } = object.metadata.annotations ?? {};
  return noted === undefined ? object : { ...object, metadata: { ...object.metadata, annotations } };
}

function problemsOf(object: Fields): string[] {
  const { apiVersion, kind } = object;
  if (typeof apiVersion !== "string" || typeof kind !== "string") return ["apiVersion or kind is missing"];
  const problems: string[] = [];
  const type = `${apiVersion}/${kind}`;
  if (!isKnownKind(type)) {
    const meant = nearest(type, knownKinds) ?? knownKinds.find((known) => known.endsWith(`/${kind}`));
    const hint = meant === undefined ? `allowed: ${knownKinds.join(", ")}` : `did you mean ${meant}?`;
    return [`kind ${type} is not one that workloads may have; ${hint}`];
  }
  const metadata = isObject(object["metadata"]) ? object["metadata"] : {};
  const asked = isClusterWide(type) ? ["name"] : ["name", "namespace"];
  for (const part of asked) {
    const given = metadata[part];
    if (typeof given === "string" && given !== "") continue;
    const example = part === "name" ? `my-${kind.toLowerCase()}` : "my-namespace";
    problems.push(
      textual(given) === ""
        ? `${kind} has no ${part}. Write: metadata: {${part}: ${example}}`
        : `metadata.${part} is a ${typeof given}, which must be text. Write: metadata: {${part}: "..."}`,
    );
  }
  for (const part of ["annotations", "labels"]) {
    const wrong = Object.entries(isObject(metadata[part]) ? metadata[part] : {}).find(([, v]) => typeof v !== "string");
    if (wrong === undefined) continue;
    const [key, value] = wrong;
    // A number may be somebody's PIN.
    const [what, text] = typeof value === "boolean" ? [`${value}`, `${value}`] : [`a ${typeof value}`, "..."];
    problems.push(`metadata.${part}: ${key} is ${what}, which must be text. Write: ${key}: "${text}"`);
  }
  return problems;
}

function filesOf(path: string, problems: string[]): string[] {
  const found = statSync(projectPath(path), { throwIfNoEntry: false });
  if (found?.isFile()) return [path];
  if (!found?.isDirectory()) {
    problems.push(
      `throughline:workloads has ${JSON.stringify(path)}, but no such file or folder is there. Write: ${exampleLine}`,
    );
    return [];
  }
  const files = readdirSync(projectPath(path)).filter((name) => /\.ya?ml$/.test(name));
  if (files.length === 0) {
    problems.push(
      `throughline:workloads has ${JSON.stringify(path)}, a folder without .yaml or .yml files. Write: ${exampleLine}`,
    );
  }
  return files.sort().map((name) => join(path, name));
}
