import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { parseAllDocuments, stringify } from "yaml";
import {
  deploymentYaml,
  instrumentationYaml,
  namespaceYaml,
  objectsOfCase,
  parityCases,
  run,
} from "./documents-fixtures.ts";

/** Numbers from 0 to 2^32 - 1 that a seed decides. */
function numbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state >>> 8) % below;
  };
}

const scalars = [
  "null",
  "true",
  "0644",
  "1.5",
  "[]",
  "{}",
  '""',
  "*nowhere",
  "&x",
  "!!int a",
  "~",
  "- a",
  "'",
  "%",
  "|",
  ">-",
  "2024-01-01",
  "{{ .x }}",
  "é\u0000",
  "@",
];

/** One damage to a text of lines. */
function damage(lines: string[], pick: (below: number) => number): void {
  const at = pick(lines.length);
  const line = lines[at] ?? "";
  const value = scalars[pick(scalars.length)] as string;
  switch (pick(11)) {
    case 0:
      lines.splice(at, 1);
      break;
    case 1:
      lines.splice(at, 0, line);
      break;
    case 2:
      lines[at] = ` ${line}`;
      break;
    case 3:
      lines[at] = line.replace(/^ {1,2}/, "");
      break;
    case 4:
      lines[at] = line.replace(/:.*$/, `: ${value}`);
      break;
    case 5:
      lines[at] = `\t${line}`;
      break;
    case 6:
      lines[at] = line.slice(0, pick(line.length + 1));
      break;
    case 7:
      lines[at] = line.replace(/- .*$/, `- ${value}`);
      break;
    case 8:
      lines.splice(at, 1 + pick(4));
      break;
    case 9:
      lines.splice(at, 0, ...lines.slice(pick(lines.length)).slice(0, 5));
      break;
    default:
      lines[at] = line.replace(/\w+:/, `${["constructor", "__proto__", "<<", "? a", "name"][pick(5)]}:`);
  }
}

const folder = new URL("../../../examples/", import.meta.url);
const examples = ["frontend/kubernetes.yaml", "quotes/kubernetes.yaml", "namespace.yaml"].map((name) =>
  readFileSync(new URL(name, folder), "utf8"),
);
const around = `${namespaceYaml}---\n${instrumentationYaml}---\n${instrumentationYaml.replace("shop", "demo")}---\n`;
const sources = [
  ...examples.map((text) => `${around}${text}`),
  ...[3, 40, 120, 200, 300, 350, 400].map((index) =>
    objectsOfCase(parityCases[index]!)
      .map((one) => stringify(one))
      .join("---\n"),
  ),
  `${around}${deploymentYaml("        env: &e\n        - name: A # a\n          value: a\n        - &i {name: B, value: 'b'}\n      - name: side\n        env: *e\n", 'inject-java: "true"')}`,
];

test("300 damaged files end in YAML or a named problem", () => {
  let readable = 0;
  let injections = 0;
  for (let seed = 1; seed <= 300; seed++) {
    const pick = numbers(seed * 7919);
    const lines = (sources[seed % sources.length] as string).split("\n");
    for (let left = 1 + pick(2); left > 0; left--) damage(lines, pick);
    const text = lines.join("\n");
    const { output, unreadable, refused, warnings, injected } = run(text);
    for (const message of [...unreadable, ...refused.map((one) => one.message)]) {
      expect(message, text).toMatch(/Write: |, document /);
      expect(message, text).not.toMatch(/TypeError|undefined|\n +at |\[object/);
    }
    for (const { id } of [...refused, ...warnings]) expect(id).toMatch(/^[a-z0-9-]+$/);
    if (unreadable.length > 0) continue;
    readable++;
    injections += injected.length;
    const documents = parseAllDocuments(output, { version: "1.1", logLevel: "silent" });
    expect(
      [...documents].flatMap(({ errors }) => errors),
      text,
    ).toEqual([]);
    if (injected.length === 0) expect(output).toBe(text);
    expect(run(output).output, text).toBe(output);
  }
  // Damage that nothing survives would prove nothing.
  expect(readable).toBeGreaterThan(100);
  expect(injections).toBeGreaterThan(50);
  expect(readable).toBeLessThan(300);
});
