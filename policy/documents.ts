import { sections } from "../collector-config/rules/shape.ts";
import { fields, textual } from "../common/objects.ts";
import { parseYaml, valueIn, yamlTrouble } from "../common/yaml.ts";
import { lineOf, parsePart, type Source } from "./locate.ts";
import { readQuickly } from "./quick.ts";
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
  const quick = readQuickly(text);
  if (quick !== undefined) {
    const read = quick.flatMap(({ value, part, before }, index) => {
      let source: Source | undefined;
      return placed(file, index, value, (trail, path) => {
        source ??= parsePart(part);
        return before + lineOf(source, trail, path);
      });
    });
    return { read, problems: [] };
  }
  const { documents, problems, lines } = parseYaml(file, text, "check");
  if (problems.length > 0) return { read: [], problems };
  const read: Read[] = [];
  for (const [index, document] of documents.entries()) {
    try {
      read.push(...placed(file, index, valueIn(document), (trail, path) => lineOf({ document, lines }, trail, path)));
    } catch (error) {
      problems.push(`${file}, document ${index + 1}: not valid YAML: ${yamlTrouble(error)}. Write: the value itself`);
    }
  }
  return { read, problems };
}

function placed(
  file: string,
  index: number,
  value: unknown,
  line: (trail: Trail, path: string | undefined) => number,
): Read[] {
  return kinds(value).map(({ trail, ...kind }) => ({
    file,
    document: index + 1,
    line: (path) => line(trail, path),
    ...kind,
  }));
}

type Kind =
  | { readonly kind: "manifest"; readonly manifest: Manifest }
  | { readonly kind: "configuration"; readonly config: unknown }
  | {
      readonly kind: "other";
      readonly reason: string;
      /** What to write instead. */
      readonly fix: string;
    };

const named = "the name of a file that is one";

/** @param trail Where the value stands in its document. */
function kinds(value: unknown, trail: Trail = []): (Kind & { trail: Trail })[] {
  if (value === null || value === undefined) return [];
  const { apiVersion, kind, metadata, items } = fields(value);
  if (typeof kind === "string" && kind.endsWith("List") && Array.isArray(items)) {
    return items.flatMap((item: unknown, index) => kinds(item, [...trail, "items", index]));
  }
  if (typeof apiVersion === "string" && typeof kind === "string") {
    const { name } = fields(metadata);
    if (typeof name === "string") return [{ kind: "manifest", manifest: value as Manifest, trail }];
    const reason =
      textual(name) === ""
        ? `${kind} without metadata.name`
        : `${kind} whose metadata.name is a ${typeof name}, which must be text`;
    return [{ kind: "other", reason, fix: 'metadata: {name: "..."}', trail }];
  }
  return sections.some((section) => Object.hasOwn(fields(value), section))
    ? [{ kind: "configuration", config: value, trail }]
    : [{ kind: "other", reason: "neither a Kubernetes object nor a Collector configuration", fix: named, trail }];
}

type Trail = readonly (string | number)[];
