import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { isMap, isScalar, LineCounter, parseAllDocuments } from "yaml";
import { UserError } from "../common/errors.ts";
import { nearest } from "../common/nearest.ts";
import { type Fields, isObject } from "../common/objects.ts";
import { isClusterWide, isKnownKind, knownKinds } from "./kubernetes/kinds.ts";
import { projectPath } from "./paths.ts";
import { lineToWrite } from "./values.ts";

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

/**
 * The objects in files and folders, in the order given; a folder's own `.yaml` and `.yml` files in the order of their names.
 * @param paths Relative to the project, as in the setting `workloads`.
 * Throws a UserError with every problem, each naming file and document.
 */
export function readWorkloads(paths: readonly string[]): WorkloadObject[] {
  const problems: string[] = [];
  const objects: WorkloadObject[] = [];
  const seen = new Map<string, string>();
  for (const file of paths.flatMap((path) => filesOf(path, problems))) {
    const parsed = parseObjects(file, readFileSync(projectPath(file), "utf8"));
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

/** Parses one file's documents; `file` is only used to name it in problems. */
export function parseObjects(file: string, text: string): { objects: WorkloadObject[]; problems: string[] } {
  const objects: WorkloadObject[] = [];
  const problems: string[] = [];
  const lines = new LineCounter();
  for (const [index, document] of parseAllDocuments(text, { lineCounter: lines, prettyErrors: false }).entries()) {
    const where = `${file}, document ${index + 1}`;
    if (document.errors.length > 0) {
      problems.push(
        ...document.errors.map((error) => {
          const { line } = lines.linePos(error.pos[0]);
          return `${where}: not valid YAML in line ${line}: ${error.message}`;
        }),
      );
      continue;
    }
    if (document.contents === null || (isScalar(document.contents) && document.contents.value === null)) continue;
    if (!isMap(document.contents)) {
      problems.push(`${where}: not a Kubernetes object; it must begin with apiVersion, kind and metadata`);
      continue;
    }
    const value = toPlain(document);
    const found = value === undefined ? ["aliases repeat too much of the document"] : problemsOf(value);
    problems.push(...found.map((problem) => `${where}: ${problem}`));
    if (found.length === 0) objects.push(withoutBookkeeping(value as WorkloadObject));
  }
  return { objects, problems };
}

/** What `kubectl apply` notes about an object. Of a Secret it is a second copy, which the state and previews would show. */
const bookkeeping = "kubectl.kubernetes.io/last-applied-configuration";

function withoutBookkeeping(object: WorkloadObject): WorkloadObject {
  const { [bookkeeping]: noted, ...annotations } = object.metadata.annotations ?? {};
  return noted === undefined ? object : { ...object, metadata: { ...object.metadata, annotations } };
}

function toPlain(document: { toJS(): unknown }): Fields | undefined {
  try {
    return document.toJS() as Fields;
  } catch {
    // The parser stops documents whose aliases multiply.
    return undefined;
  }
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
  if (typeof metadata["name"] !== "string" || metadata["name"] === "") {
    problems.push(`${kind} has no name. Write: metadata: {name: my-${kind.toLowerCase()}}`);
  }
  const namespace = metadata["namespace"];
  if (!isClusterWide(type) && (typeof namespace !== "string" || namespace === "")) {
    problems.push(`${kind} has no namespace. Write: metadata: {namespace: my-namespace}`);
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
  const line = lineToWrite("workloads", { list: true }, "examples/frontend");
  if (!found?.isDirectory()) {
    problems.push(
      `throughline:workloads has ${JSON.stringify(path)}, but no such file or folder is there. Write: ${line}`,
    );
    return [];
  }
  const files = readdirSync(projectPath(path)).filter((name) => /\.ya?ml$/.test(name));
  if (files.length === 0) {
    problems.push(
      `throughline:workloads has ${JSON.stringify(path)}, a folder without .yaml or .yml files. Write: ${line}`,
    );
  }
  return files.sort().map((name) => join(path, name));
}
