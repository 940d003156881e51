import type { Document } from "yaml";
import { parseYaml } from "../../common/yaml.ts";
import { editDocument, same } from "./edit.ts";
import { jsonValues, printJson } from "./json.ts";
import { asKubectl, printChanged, printWhole } from "./print.ts";

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

const options = asKubectl as unknown as Parameters<typeof parseYaml>[3];

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
  const { documents: parsed, problems } = parseYaml(file, text, "inject", options);
  const documents: StreamDocument[] = [];
  let end = 0;
  for (const [index, document] of parsed.entries()) {
    const start = end;
    end = index === parsed.length - 1 ? text.length : document.range[2];
    const own = text.slice(start, end);
    try {
      const value: unknown = document.toJS();
      documents.push({
        number: index + 1,
        value,
        text: own,
        changed: (to) => printYaml(document, own, text, value, to),
      });
    } catch (error) {
      // An alias without anchor, or aliases that multiply.
      const what = (error as Error).message;
      problems.push(`${file}, document ${index + 1}: not valid YAML: ${what}. Write: the value itself`);
    }
  }
  if (parsed.length === 0 && problems.length === 0)
    documents.push({ number: 1, value: null, text, changed: () => text });
  return { documents, problems };
}

function printYaml(document: Document.Parsed, text: string, whole: string, before: unknown, after: unknown): string {
  const holds = (printed: string) => {
    const { documents, problems } = parseYaml("", printed, "inject", options);
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
