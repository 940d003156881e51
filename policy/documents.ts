import { type Document, isMap, isPair, LineCounter, parseAllDocuments, visit } from "yaml";
import { fields } from "./pods.ts";
import type { Manifest } from "./types.ts";

/** One document of a file, by what it is. */
export type Read =
  | { readonly kind: "manifest"; readonly file: string; readonly document: number; readonly manifest: Manifest }
  | { readonly kind: "configuration"; readonly file: string; readonly document: number; readonly config: unknown }
  | { readonly kind: "other"; readonly file: string; readonly document: number; readonly reason: string };

/**
 * The documents of a YAML text, empty ones left out; the objects of a List stand for themselves.
 * @param file Only to name the text in problems.
 * @returns what was read, and what could not be: one sentence each, with line and column
 */
export function readDocuments(file: string, text: string): { read: Read[]; problems: string[] } {
  const lines = new LineCounter();
  // A stream of no document gives an object without items.
  const documents = [
    ...(parseAllDocuments(text, { lineCounter: lines, prettyErrors: false, logLevel: "error" }) as Document.Parsed[]),
  ];
  if (documents.some((document) => isTemplate(document)) || (hasErrors(documents) && text.includes("{{"))) {
    const problem = `${file} is a Helm template that is not rendered. Write: helm template <release> <chart> | throughline check -`;
    return { read: [], problems: [problem] };
  }
  const problems = documents.flatMap((document) =>
    document.errors.slice(0, 1).map((error) => {
      const { line, col } = lines.linePos(error.pos[0]);
      return `${file}, line ${line}, column ${col}: not valid YAML: ${error.message}. Write: valid YAML there`;
    }),
  );
  if (problems.length > 0) return { read: [], problems };
  const read: Read[] = [];
  for (const [index, document] of documents.entries()) {
    const at = { file, document: index + 1 };
    try {
      read.push(...kinds(document.toJS()).map((kind) => ({ ...at, ...kind })));
    } catch (error) {
      // An alias without anchor, or aliases that multiply.
      problems.push(
        `${file}, document ${index + 1}: not valid YAML: ${(error as Error).message}. Write: the value itself`,
      );
    }
  }
  return { read, problems };
}

function hasErrors(documents: readonly Document.Parsed[]): boolean {
  return documents.some(({ errors }) => errors.length > 0);
}

/** Whether a value is `{{ ... }}` as it stands: valid YAML for an object whose key is an object, which nobody writes. */
function isTemplate(document: Document.Parsed): boolean {
  let found = false;
  visit(document, {
    Map: (_, node) => {
      if (node.flow && node.items.some((item) => isPair(item) && isMap(item.key))) found = true;
      return found ? visit.BREAK : undefined;
    },
  });
  return found;
}

type Kind =
  | { readonly kind: "manifest"; readonly manifest: Manifest }
  | { readonly kind: "configuration"; readonly config: unknown }
  | { readonly kind: "other"; readonly reason: string };

const sections = ["receivers", "processors", "exporters", "connectors", "extensions", "service"];

function kinds(value: unknown): Kind[] {
  if (value === null || value === undefined) return [];
  const { apiVersion, kind, metadata, items } = fields(value);
  if (typeof kind === "string" && kind.endsWith("List") && Array.isArray(items)) return items.flatMap(kinds);
  if (typeof apiVersion === "string" && typeof kind === "string") {
    if (typeof fields(metadata)["name"] === "string") return [{ kind: "manifest", manifest: value as Manifest }];
    return [{ kind: "other", reason: `${kind} without metadata.name` }];
  }
  return sections.some((section) => Object.hasOwn(fields(value), section))
    ? [{ kind: "configuration", config: value }]
    : [{ kind: "other", reason: "neither a Kubernetes object nor a Collector configuration" }];
}
