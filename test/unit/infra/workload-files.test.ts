import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, expect, test } from "vitest";
import { UserError } from "../../../common/errors.ts";
import { parseObjects, readWorkloads } from "../../../infra/workload-files.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "throughline-workloads-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const deployment = (name: string, rest = "") =>
  `apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: ${name}, namespace: demo}\n${rest}`;
const write = (name: string, text: string) => writeFileSync(join(folder, name), text);

function problemsOf(paths: string[]): readonly string[] {
  try {
    readWorkloads(paths);
    return [];
  } catch (error) {
    if (error instanceof UserError) return error.problems.map((problem) => problem.replaceAll(folder, "FOLDER"));
    throw error;
  }
}

test("a folder gives the objects of its own YAML files, in the order of their names", () => {
  write("b.yaml", `${deployment("two")}---\n${deployment("three")}---\n# nothing\n`);
  write("a.yml", deployment("one"));
  write("package.json", "{}");
  mkdirSync(join(folder, "node_modules"));
  writeFileSync(join(folder, "node_modules", "c.yaml"), "not ours");
  expect(readWorkloads([folder]).map(({ metadata }) => metadata.name)).toEqual(["one", "two", "three"]);
});

test("all problems at once, each with file and document", () => {
  write(
    "a.yaml",
    `${deployment("one")}---\napiVersion: apps/v1\nkind: Deploymant\nmetadata: {name: x, namespace: y}\n`,
  );
  write("b.yaml", `kind: Service\n---\nfoo: [1\n---\napiVersion: v1\nkind: Service\nmetadata: {}\n`);
  write("c.yaml", `${deployment("one")}---\njust text\n`);
  expect(problemsOf([folder, join(folder, "none.yaml")])).toEqual([
    "throughline:workloads has \"FOLDER/none.yaml\", but no such file or folder is there. Write: pulumi config set --path 'throughline:workloads[0]' examples/frontend",
    "FOLDER/a.yaml, document 2: kind apps/v1/Deploymant is not one that workloads may have; did you mean apps/v1/Deployment?",
    "FOLDER/b.yaml, document 1: apiVersion or kind is missing",
    expect.stringMatching(/^FOLDER\/b\.yaml, document 2: not valid YAML in line 4: Flow sequence in block collection/),
    "FOLDER/b.yaml, document 3: Service has no name. Write: metadata: {name: my-service}",
    "FOLDER/b.yaml, document 3: Service has no namespace. Write: metadata: {namespace: my-namespace}",
    "FOLDER/c.yaml, document 2: not a Kubernetes object; it must begin with apiVersion, kind and metadata",
    "FOLDER/c.yaml: Deployment demo/one is already defined in FOLDER/a.yaml; remove one of the two",
  ]);
});

test("an annotation that YAML reads as no text is refused with the text to write", () => {
  const text = `apiVersion: v1\nkind: Namespace\nmetadata: {name: demo, annotations: {instrumentation.opentelemetry.io/inject-sdk: true}}\n`;
  expect(parseObjects("f.yaml", text).problems).toEqual([
    'f.yaml, document 1: metadata.annotations: instrumentation.opentelemetry.io/inject-sdk is true, which must be text. Write: instrumentation.opentelemetry.io/inject-sdk: "true"',
  ]);
});

test("a name that is a number is told for what it is", () => {
  const text = "apiVersion: v1\nkind: Service\nmetadata: {name: 123, namespace: no}\n";
  expect(parseObjects("f.yaml", text).problems).toEqual([
    'f.yaml, document 1: metadata.name is a number, which must be text. Write: metadata: {name: "..."}',
    'f.yaml, document 1: metadata.namespace is a boolean, which must be text. Write: metadata: {namespace: "..."}',
  ]);
});

test("values are those that kubectl reads: octal modes, merged keys, booleans of YAML 1.1", () => {
  const text = deployment(
    "one",
    `x: &l {app: web}\nspec:\n  labels: {<<: *l}\n  modes: [0400, 0755, 0o644, "0600"]\n  replicas: 010\n  paused: no\n  args: [., 08:30]\n`,
  );
  const { objects, problems } = parseObjects("f.yaml", text);
  expect(problems).toEqual([]);
  expect(objects[0]?.["spec"]).toEqual({
    labels: { app: "web" },
    modes: [0o400, 0o755, 0o644, "0600"],
    replicas: 8,
    paused: false,
    args: [".", "08:30"],
  });
});

test("links that lead nowhere and folders with a file's name are told, each", () => {
  symlinkSync("nowhere", join(folder, "a.yaml"));
  mkdirSync(join(folder, "b.yaml"));
  symlinkSync("loop", join(folder, "loop"));
  expect(problemsOf([folder, join(folder, "loop")])).toEqual(
    [
      ['"FOLDER/loop", which can\'t be read: its links lead in a circle'],
      ['"FOLDER/a.yaml", which can\'t be read: no such file'],
      ['"FOLDER/b.yaml", which can\'t be read: it is a folder'],
    ].map(([what]) => expect.stringContaining(`throughline:workloads has ${what}. Write: pulumi config set `)),
  );
});

test("an empty folder is a mistake", () => {
  expect(problemsOf([folder])[0]).toMatch(/a folder without \.yaml or \.yml files/);
});

test("any text gives objects or problems and never an exception", () => {
  const yamlish = fc.array(
    fc.constantFrom(
      "a: ",
      "- ",
      "{",
      "}",
      "[",
      "&x ",
      "*x",
      "!!str ",
      "---\n",
      "\n",
      " ",
      "kind: Pod\n",
      "apiVersion: v1\n",
      '"',
      "|",
      ">",
      "%",
      "#",
      ":",
      "metadata: {name: 1}\n",
    ),
  );
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        yamlish.map((parts) => parts.join("")),
      ),
      (text) => {
        const { objects, problems } = parseObjects("f.yaml", text);
        expect(objects.every(({ metadata }) => metadata.name !== "")).toBe(true);
        expect(problems.every((problem) => problem.startsWith("f.yaml, document "))).toBe(true);
      },
    ),
    { numRuns: 500 },
  );
});
