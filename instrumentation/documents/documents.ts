import { textual } from "../../common/objects.ts";
import { type InjectInput, inject } from "../inject.ts";
import { lint, lintObject } from "../lint/lint.ts";
import type { Finding } from "../lint/rule.ts";
import { isInjected } from "../markers.ts";
import { resolve } from "../resolve.ts";
import type { Fields, Instrumentation, Language, Problem, Workload } from "../types.ts";
import { isFields, podTemplate } from "../workload.ts";
import { misshapen } from "./shape.ts";
import { readStream, type StreamDocument } from "./stream.ts";
import { type DocumentsWorld, isList, metadataOf, objectsOf, readInstrumentation, worldOf } from "./world.ts";

/** A text and how problems name it. */
export interface NamedText {
  readonly name: string;
  readonly text: string;
}

/** Something to tell about an object of a text. */
export interface Report {
  readonly file: string;
  /** The document's place in the file, from 1. */
  readonly document: number;
  /** Such as `Deployment shop/web`. */
  readonly object: string;
  readonly id: string;
  readonly message: string;
}

export interface DocumentsInput {
  /** The texts to inject into; what they say about a cluster counts for all of them. */
  readonly texts: readonly NamedText[];
  /** Texts that only say what else is in the cluster. Default: none. */
  readonly around?: readonly NamedText[];
  /** Namespace of objects that name none. */
  readonly defaultNamespace: string;
}

export interface DocumentsResult {
  /** One text per text given, in their order: the very same text where nothing was injected. */
  readonly outputs: readonly string[];
  /** Texts that can't be read; then nothing else is known. */
  readonly unreadable: readonly string[];
  /** Injections that are asked for and refused, and Instrumentations that a cluster would refuse. */
  readonly refused: readonly Report[];
  readonly warnings: readonly Report[];
  /** Who got what. */
  readonly injected: readonly { readonly object: string; readonly languages: readonly Language[] }[];
}

interface ReadText extends NamedText {
  readonly documents: readonly StreamDocument[];
}

/**
 * Injects into the workloads of multi-document YAML or JSON, as the operator would in a cluster that holds exactly these documents.
 * Pure: text in, text out. Documents without a workload that opted in, and those whose injection is refused, keep every byte.
 */
export function injectDocuments(input: DocumentsInput): DocumentsResult {
  const unreadable: string[] = [];
  const read = ({ name, text }: NamedText): ReadText => {
    const { documents, problems } = readStream(name, text);
    unreadable.push(...problems);
    return { name, text, documents };
  };
  const texts = input.texts.map(read);
  const around = (input.around ?? []).map(read);
  const refused: Report[] = [];
  const warnings: Report[] = [];
  const injected: { object: string; languages: readonly Language[] }[] = [];
  const result = { unreadable, refused, warnings, injected };
  if (unreadable.length > 0) return { ...result, outputs: [] };

  const world = gather([...around, ...texts], input.defaultNamespace, refused);
  const known = new Set(refused.map(({ message }) => message));
  const outputs = texts.map(({ name: file, documents }) => {
    const one = (document: StreamDocument) => {
      const change = (object: Fields): Fields => {
        const outcome = injectObject(object, world, input);
        const who = { file, document: document.number, object: nameOf(object, input.defaultNamespace) };
        const report = ({ code, message }: Problem): Report => ({ ...who, id: code, message });
        refused.push(...outcome.refused.filter(({ message }) => !known.has(message)).map(report));
        warnings.push(...outcome.warnings.map(report));
        if (outcome.languages.length > 0) injected.push({ object: who.object, languages: outcome.languages });
        return outcome.object;
      };
      const value = changeObjects(document.value, change);
      return value === document.value ? document.text : document.changed(value);
    };
    return documents.map(one).join("");
  });
  return { ...result, outputs };
}

/** The world of all texts; problems of Instrumentations are added to `refused`. */
function gather(texts: readonly ReadText[], defaultNamespace: string, refused: Report[]): DocumentsWorld {
  const objects: Fields[] = [];
  const instrumentations: Instrumentation[] = [];
  for (const { name: file, documents } of texts) {
    for (const document of documents) {
      for (const object of objectsOf(document.value)) {
        objects.push(object);
        if (object["kind"] !== "Instrumentation" || !/^opentelemetry\.io\//.test(textual(object["apiVersion"])))
          continue;
        const { instrumentation, problems } = readInstrumentation(object, defaultNamespace);
        if (instrumentation !== undefined) instrumentations.push(instrumentation);
        const who = { file, document: document.number, object: nameOf(object, defaultNamespace) };
        refused.push(...problems.map(({ code, message }) => ({ ...who, id: code, message })));
      }
    }
  }
  return worldOf(objects, instrumentations, defaultNamespace);
}

function nameOf(object: Fields, defaultNamespace: string): string {
  const { name, namespace } = metadataOf(object);
  const text = (value: unknown, otherwise: string) => (typeof value === "string" && value !== "" ? value : otherwise);
  const where = object["kind"] === "Namespace" ? "" : `${text(namespace, defaultNamespace)}/`;
  return `${text(object["kind"], "object")} ${where}${text(name, "(unnamed)")}`;
}

/** A document with its objects changed; the very same value where none is. */
function changeObjects(value: unknown, change: (object: Fields) => Fields): unknown {
  if (!isFields(value)) return value;
  if (!isList(value)) return change(value);
  const items = value.items.map((item) => changeObjects(item, change));
  return items.every((item, index) => item === value.items[index]) ? value : { ...value, items };
}

interface Outcome {
  readonly object: Fields;
  readonly languages: readonly Language[];
  readonly refused: readonly Problem[];
  readonly warnings: readonly Problem[];
}

/** API groups of kinds with a pod template; other groups have kinds of the same names with other fields. */
const groups = /^(v1|(apps|batch|extensions)\/v\w+)$/;

function injectObject(object: Fields, world: DocumentsWorld, input: DocumentsInput): Outcome {
  const kept: Outcome = { object, languages: [], refused: [], warnings: [] };
  const workload = object as Workload;
  const isWorkload = typeof object["kind"] === "string" && groups.test(textual(object["apiVersion"]));
  const template = isWorkload ? podTemplate(workload) : undefined;
  if (template === undefined) return { ...kept, warnings: asProblems(lintObject(object)) };
  const own = metadataOf(object)["namespace"];
  const namespace = world.namespace(typeof own === "string" && own !== "" ? own : input.defaultNamespace);
  const { instrumentations } = world;
  const { chosen, problems: unresolved } = resolve(namespace, template.metadata, instrumentations);
  const asked = chosen.size > 0 || unresolved.length > 0;
  const malformed = asked && !isInjected(template.spec) ? misshapen(workload) : [];
  if (malformed.length > 0) return { ...kept, refused: malformed };

  const given: InjectInput = {
    workload: withNamespace(workload, namespace.name),
    namespace,
    instrumentations,
    secrets: world.secrets(namespace.name),
    configMaps: world.configMaps(namespace.name),
  };
  const { workload: changed, injected, problems } = inject({ ...given, workload });
  const refuses = asked && injected.length === 0;
  const isRefusal = ({ code }: Problem) => refuses || code === "annotation-not-a-string";
  const told = new Set(problems.flatMap(({ code, message }) => [code, message]));
  const more = asProblems(lint({ ...given, services: world.services })).filter(
    ({ code, message }) => !told.has(code) && !told.has(message),
  );
  return {
    object: changed,
    languages: injected,
    refused: problems.filter(isRefusal),
    warnings: [...problems.filter((problem) => !isRefusal(problem)), ...more],
  };
}

function asProblems(findings: readonly Finding[]): Problem[] {
  return findings.map(({ id, message }) => ({ code: id, message }));
}

function withNamespace(workload: Workload, namespace: string): Workload {
  return { ...workload, metadata: { ...workload.metadata, namespace } };
}
