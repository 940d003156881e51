import { readFileSync } from "node:fs";
import fc from "fast-check";
import { expect, test } from "vitest";
import { fields } from "../../../common/objects.ts";
import { readDocuments } from "../../../policy/documents.ts";

const documents = readFileSync(new URL("../../golden/standard.yaml", import.meta.url), "utf8").split(/^---$/m);

/** What people and templates write, and parsers understand in different ways. */
const oddities = [
  ...[
    "1_000",
    "0o14",
    "012",
    "0x1F",
    "1e3",
    "-.inf",
    "+1",
    "-0",
    "1:20",
    "2001-12-14",
    "~",
    "Null",
    "TRUE",
    "yes",
    "on",
    "N",
    "0755",
    "09",
    "0b11",
    "-012",
    ".",
    ".5",
    "1e999",
  ],
  ...[
    "!!str 1",
    "!!int 3",
    "! a",
    "!foo x",
    "<<: {a: 1}",
    "{<<: {a: 1}}",
    "{<< : [{a: 1}]}",
    "? <<",
    "{<<}",
    "? a",
    "- ",
    "\t",
    "'it''s'",
    '"\\u00e9\\/"',
    "|2-",
    ">+",
    "\n\n",
  ],
  ...["---\n", "...\n", "# c\n", "%YAML 1.1\n", "{a: b, c}", "[1, , 2]", "a: b: c", "@x", "\r\n", "\u2028", "\ufeff"],
  ...["&a 1", "*a", "{{ .Values.x }}", '{"a":1}'],
];

const edit = fc.record({
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  how: fc.constantFrom("insert", "value", "cut"),
  what: fc.constantFrom(...oddities),
});

function edited(text: string, { at, how, what }: { at: number; how: string; what: string }): string {
  const place = Math.floor(at * text.length);
  if (how === "insert") return text.slice(0, place) + what + text.slice(place);
  if (how === "cut") return text.slice(0, place) + text.slice(place + 3);
  const colon = text.indexOf(": ", place);
  if (colon < 0) return text;
  const end = text.indexOf("\n", colon);
  return `${text.slice(0, colon + 2)}${what}${end < 0 ? "" : text.slice(end)}`;
}

/** What is read, with lines as they are in a text that begins with one line more. */
function reading(text: string, more: number) {
  const { read, problems } = readDocuments("a.yaml", text);
  if (problems.length > 0) return "not valid";
  // A key that is null has no name of its own; each parser gives it another.
  const named = (value: unknown): unknown => JSON.parse(JSON.stringify(value).replaceAll('"":', '"null":'));
  return read.map(({ line, ...document }) => ({
    ...fields(named(document)),
    lines: [line(), line("metadata.name")].map((n) => n + more),
  }));
}

test("what is read of a text does not depend on the parser that read it", () => {
  let valid = 0;
  const some = fc.tuple(fc.constantFrom(...documents), fc.constantFrom(...documents), fc.array(edit, { maxLength: 4 }));
  fc.assert(
    fc.property(some, ([one, other, edits]) => {
      const text = edits.reduce(edited, `${one.slice(0, 1_500)}\n---\n${other.slice(0, 300)}`);
      // What may be a template is read by the parser that tells lines.
      const expected = reading(`# {{\n${text}`, 0);
      // One of them is the stricter at marks that nobody writes, such as `>+#`.
      if (expected === "not valid") return;
      expect(reading(text, 1)).toEqual(expected);
      valid += 1;
    }),
    { numRuns: 500 },
  );
  expect(valid).toBeGreaterThan(100);
});

test("lines are those of the text, and documents are counted with the empty ones", () => {
  const { read } = readDocuments(
    "a.yaml",
    "---\n---\n# nothing\n---\napiVersion: v1\nkind: Pod\nmetadata:\n  name: a\n",
  );
  expect(read.map(({ document, line }) => [document, line("metadata.name")])).toEqual([[3, 8]]);
});

test("a document that is a mere text, or a list, stands where it stands", () => {
  const { read } = readDocuments(
    "a.yaml",
    "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\n---\njust text\n---\n- 1\n",
  );
  expect(read.map(({ kind, document, line }) => [kind, document, line()])).toEqual([
    ["manifest", 1, 1],
    ["other", 2, 5],
    ["other", 3, 7],
  ]);
});
