import { type Document, isMap, isScalar, isSeq, type ToStringOptions, visit } from "yaml";
import { mergeLines } from "./lines.ts";

/** How a text is laid out, as far as the printer can follow it. */
function styleOf(document: Document.Parsed, whole: string, text: string): ToStringOptions {
  let indent: number | undefined;
  let indentSeq: boolean | undefined;
  const column = (offset: number) => offset - (whole.lastIndexOf("\n", offset - 1) + 1);
  visit(document, {
    Pair: (_, { key, value }) => {
      const start = isScalar(key) ? key.range?.[0] : undefined;
      if (start === undefined || (!isMap(value) && !isSeq(value)) || value.flow || !value.range) return;
      const deeper = column(value.range[0]) - column(start);
      if (isSeq(value)) indentSeq ??= deeper > 0;
      else if (deeper > 0) indent ??= deeper;
    },
  });
  return {
    lineWidth: 0,
    indent: indent ?? 2,
    indentSeq: indentSeq ?? true,
    flowCollectionPadding: !/\{[^ {}\n]/.test(text),
  };
}

/**
 * The text of a document after a change, laid out as it was before wherever the change allows it.
 * @param text the document's text before, with what separates it from the one before
 * @param whole the text that the document stands in
 * @param change edits the document in place
 * @param holds whether a text says what the changed document has to say
 * @returns undefined when no text does
 */
export function printChanged(
  document: Document.Parsed,
  text: string,
  whole: string,
  change: () => void,
  holds: (text: string) => boolean,
): string | undefined {
  const style = styleOf(document, whole, text);
  // The printer's own habits show in the document before the change, so that they are told from the change itself.
  const before = document.toString(style);
  change();
  const after = finish(document.toString(style), text);
  const printed = finish(before, text);
  if (printed === text) return holds(after) ? after : undefined;
  const texts = [printed, text, after].map(split) as [string[], string[], string[]];
  for (const key of [squeezed, spaced]) {
    const merged = mergeLines(...texts, key).join("");
    if (holds(merged)) return merged;
  }
  return holds(after) ? after : undefined;
}

/** The text of a document whose layout can't be kept. */
export function printWhole(document: Document.Parsed, text: string): string {
  return finish(document.toString({ lineWidth: 0 }), text);
}

/** What the printer leaves to its caller: line ends, and the break before a document whose forerunner ends without one. */
function finish(printed: string, text: string): string {
  const lead = /^\r?\n(?=---|%)/.exec(text)?.[0] ?? "";
  const lines = text.includes("\r\n") ? printed.replace(/\r?\n/g, "\r\n") : printed;
  return lead + (/\n$/.test(text) ? lines : lines.replace(/\r?\n$/, ""));
}

/** A line without its spaces: the printer's and the user's may differ there. */
const squeezed = (line: string): string => line.replace(/[ \t]+/g, "");
/** The same with its indentation, which counts where lines from both stand together. */
const spaced = (line: string): string => (/^ */.exec(line)?.[0] ?? "") + squeezed(line);

const split = (text: string): string[] => text.split(/(?<=\n)/);
