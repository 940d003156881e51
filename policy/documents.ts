import { sections } from "../collector-config/rules/shape.ts";
import { fields } from "../common/objects.ts";
import { parseYaml } from "../common/yaml.ts";
import { lineOf } from "./locate.ts";
import type { Manifest } from "./types.ts";

/** Where a document stands. */
interface Place {
  readonly file: string;
  /** Counted from 1. */
  readonly document: number;
  /** The line of a setting's place in it, counted from 1. Without a place that of its beginning. */
  line(path?: string): number;
}

/** One document of a file, by what it is. */
export type Read = Place & Kind;

/**
 * The documents of a YAML text, empty ones left out; the objects of a List stand for themselves.
 * @param file Only to name the text in problems.
 * @returns what was read, and what could not be: one sentence each, with line and column
 */
export function readDocuments(file: string, text: string): { read: Read[]; problems: string[] } {
  const { documents, problems, lines } = parseYaml(file, text, "check");
  if (problems.length > 0) return { read: [], problems };
  const read: Read[] = [];
  for (const [index, document] of documents.entries()) {
    const at = { file, document: index + 1 };
    try {
      for (const { trail, ...kind } of kinds(document.toJS())) {
        read.push({ ...at, line: (path) => lineOf({ document, lines }, trail, path), ...kind });
      }
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

/** @param trail Where the value stands in its document. */
function kinds(value: unknown, trail: Trail = []): (Kind & { trail: Trail })[] {
  if (value === null || value === undefined) return [];
  const { apiVersion, kind, metadata, items } = fields(value);
  if (typeof kind === "string" && kind.endsWith("List") && Array.isArray(items)) {
    return items.flatMap((item: unknown, index) => kinds(item, [...trail, "items", index]));
  }
  if (typeof apiVersion === "string" && typeof kind === "string") {
    if (typeof fields(metadata)["name"] === "string") return [{ kind: "manifest", manifest: value as Manifest, trail }];
    return [{ kind: "other", reason: `${kind} without metadata.name`, trail }];
  }
  return sections.some((section) => Object.hasOwn(fields(value), section))
    ? [{ kind: "configuration", config: value, trail }]
    : [{ kind: "other", reason: "neither a Kubernetes object nor a Collector configuration", trail }];
}

type Trail = readonly (string | number)[];
