import type { Document } from "yaml";
import { parseYaml, valueIn, yamlTrouble } from "../../common/yaml.ts";
import { editDocument, same } from "./edit.ts";
import { jsonValues, printJson } from "./json.ts";
import { printChanged, printWhole } from "./print.ts";

/** One document of a text. */
export interface StreamDocument {
  /** Its place in the text, from 1. */
  readonly number: number;
  readonly value: unknown;
  /** Its own part of the text, with what separates it from the document before; all parts together are the text. */
  readonly text: string;
  /** That part when the document says something else: YAML keeps comments, order and style, JSON its indentation. */
  readonly changed: (value: unknown) => string;
}

/**
 * Reads multi-document YAML, JSON, or JSON values one after the other.
 * @param file Only to name the text in problems.
 * @returns the documents, empty ones too, or what is wrong: one sentence each, with line and column
 */
export function readStream(file: string, text: string): { documents: StreamDocument[]; problems: string[] } {
  const json = jsonValues(text);
  if (json !== undefined) {
    const documents = json.map(({ value, text: own }, index) => ({
      number: index + 1,
      value,
      text: own,
      changed: (to: unknown) => printJson(to, own),
    }));
    return { documents, problems: [] };
  }
  const { documents: parsed, problems } = parseYaml(file, text, "inject");
  const documents: StreamDocument[] = [];
  let end = 0;
  for (const [index, document] of parsed.entries()) {
    const start = end;
    end = index === parsed.length - 1 ? text.length : document.range[2];
    const own = text.slice(start, end);
    try {
      const value = valueIn(document);
      documents.push({
        number: index + 1,
        value,
        text: own,
        changed: (to) => printYaml(document, own, text, value, to),
      });
    } catch (error) {
      problems.push(`${file}, document ${index + 1}: not valid YAML: ${yamlTrouble(error)}. Write: the value itself`);
    }
  }
  if (parsed.length === 0 && problems.length === 0)
    documents.push({ number: 1, value: null, text, changed: () => text });
  return { documents, problems };
}

function printYaml(document: Document.Parsed, text: string, whole: string, before: unknown, after: unknown): string {
  const holds = (printed: string) => {
    const { documents, problems } = parseYaml("", printed, "inject");
    try {
      return problems.length === 0 && same(documents.at(-1)?.toJS(), after);
    } catch {
      return false;
    }
  };
  try {
    const printed = printChanged(document, text, whole, () => editDocument(document, before, after), holds);
    if (printed !== undefined) return printed;
  } catch {
    // An anchor that moved behind its alias.
  }
  document.contents = document.createNode(after, { aliasDuplicateObjects: false }) as typeof document.contents;
  return printWhole(document, text);
}
