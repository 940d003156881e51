import { type Document, isMap, isPair, LineCounter, parseAllDocuments, visit } from "yaml";
import { asKubectl, type YamlOptions } from "./yaml-values.ts";

/**
 * The documents of a YAML text, empty ones too.
 * @param file Only to name the text in problems.
 * @param command What the text is for, such as `check`: named in the line to write for a Helm template.
 * @param options How values are read. Default: as kubectl does.
 * @returns what was read, and what is wrong: one sentence each, with line and column; no documents where there is any. `lines` tells the
 * line of an offset
 */
export function parseYaml(
  file: string,
  text: string,
  command: string,
  options: YamlOptions = asKubectl,
): { documents: Document.Parsed[]; problems: string[]; lines: LineCounter } {
  const lines = new LineCounter();
  // A stream of no document gives an object without items.
  const documents = [
    ...(parseAllDocuments(text, {
      ...options,
      lineCounter: lines,
      prettyErrors: false,
      logLevel: "error",
    }) as Document.Parsed[]),
  ];
  // Most texts have no braces in pairs, and looking through every value takes time.
  if (text.includes("{{") && (hasErrors(documents) || documents.some((document) => isTemplate(document)))) {
    const problem = `${file} is a Helm template that is not rendered. Write: helm template <release> <chart> | throughline ${command} -`;
    return { documents: [], problems: [problem], lines };
  }
  const problems = documents.flatMap((document) =>
    document.errors.slice(0, 1).map((error) => {
      const { line, col } = lines.linePos(error.pos[0]);
      return `${file}, line ${line}, column ${col}: not valid YAML: ${yamlTrouble(error)}. Write: valid YAML there`;
    }),
  );
  return { documents: problems.length > 0 ? [] : documents, problems, lines };
}

/** What a YAML parser says is wrong, without the text it quotes, which may be a Secret's: behind a colon, an escape or a tag. */
export function yamlTrouble(error: unknown): string {
  return (error as Error).message.replace(/(?<=\S): .*$|\s*\\.*$/s, "").replace(/!\S+/g, "!...");
}

/** The value of a document. Throws for an alias without anchor, for aliases that multiply, and for one inside of what it stands for. */
export function valueIn(document: Document.Parsed): unknown {
  let anchored = false;
  const value: unknown = document.toJS({
    onAnchor: () => {
      anchored = true;
    },
  });
  if (anchored) {
    visit(document, {
      Alias: (_, alias, path) => {
        const target = alias.resolve(document);
        if (target !== undefined && path.includes(target)) throw new Error("an alias stands inside of its own anchor");
      },
    });
  }
  return value;
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
