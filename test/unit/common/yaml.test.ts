import fc from "fast-check";
import { expect, test } from "vitest";
import { parseYaml } from "../../../common/yaml.ts";
import { parseObjects } from "../../../infra/workload-files.ts";
import { readStream } from "../../../instrumentation/documents/stream.ts";
import { readDocuments } from "../../../policy/documents.ts";
import { readExceptions } from "../../../policy/exceptions.ts";

/** What each reader of YAML says of a text. */
const told = (text: string) => [
  readDocuments("a.yaml", text).problems,
  readStream("a.yaml", text).problems,
  parseObjects("a.yaml", text).problems,
  readExceptions("a.yaml", text, []).problems,
];

test.each([
  "password: *S3cret-hunter2",
  "password: |hunter2",
  "password: >-hunter2\n  a",
  'password: "\\Uhunter2',
  'password: "\\xhunter2"',
  "password: !hunter2! a",
  "password: !<hunter2 a",
  "password: !h!hunter2 a",
  "password: @hunter2",
  "password: 'hunter2' hunter2",
  "password: [hunter2",
  "password: {hunter2: }}",
  "password: &hunter2 &hunter2 a",
  "hunter2: 1\nhunter2: 2",
  "%hunter2 a\n---\na: [",
  "- hunter2: a\n b",
  "<<: hunter2",
])("no reader repeats what %j holds", (text) => {
  for (const problems of told(`apiVersion: v1\nkind: Secret\nmetadata: {name: a, namespace: b}\n${text}\n`)) {
    expect(problems.join()).not.toMatch(/unter2/);
  }
});

test("no parser's message holds a word of the text", () => {
  const piece = fc.constantFrom(
    ...[
      "hunter2",
      " ",
      "\n",
      "  ",
      ": ",
      "- ",
      "|",
      ">",
      "*",
      "&",
      "!",
      "!<",
      "!!",
      '"',
      "'",
      "\\",
      "[",
      "]",
      "{",
      "}",
    ],
    ...[",", "%", "@", "`", "#", "?", "\t", "---\n", "<<: "],
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
      const text = pieces.join("");
      for (const { problems } of [parseYaml("a.yaml", text, "check"), readDocuments("a.yaml", text)]) {
        expect(problems.join()).not.toContain("hunter2");
      }
      expect(parseObjects("a.yaml", text).problems.join()).not.toMatch(/not valid YAML.*hunter2/);
    }),
    { numRuns: 2_000 },
  );
});

test("an alias that leads nowhere is told for what it is, and one inside of its own anchor is refused", () => {
  const head = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a, namespace: b}\n";
  for (const [problem] of told(`${head}spec: *gone\n`).slice(0, 3)) {
    expect(problem).toMatch(/^a\.yaml, document 1: not valid YAML: Unresolved alias \(.*\)\. Write: the value itself$/);
  }
  for (const [problem] of told(`${head}spec: &s {template: {spec: *s}}\n`).slice(0, 3)) {
    expect(problem).toMatch(
      /^a\.yaml, document 1: not valid YAML: an alias stands inside of its own anchor\. Write: the value itself$/,
    );
  }
});
