import { sections } from "../collector-config/rules/shape.ts";
import { fields } from "../common/objects.ts";
import { parseYaml } from "../common/yaml.ts";
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
  const { documents, problems } = parseYaml(file, text, "check");
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

type Kind =
  | { readonly kind: "manifest"; readonly manifest: Manifest }
  | { readonly kind: "configuration"; readonly config: unknown }
  | { readonly kind: "other"; readonly reason: string };

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
