import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { shop } from "../../../sandbox/images/shop.ts";
import { drawnEdges } from "../../e2e/shop/edges.ts";

const read = (name: string) => readFileSync(new URL(`../../../examples/shop/${name}`, import.meta.url), "utf8");
const readme = read("README.md");
const edges = drawnEdges();
const services = [...new Set(edges.flatMap(({ from, to }) => [from, to]))].sort();

test("the file to copy stays small enough to copy", () => {
  expect(read("telemetry/telemetry.go").split("\n").length).toBeLessThanOrEqual(61);
});

test("the program names no OTEL_ variable: the annotation is all there is of tracing", () => {
  expect(read("index.ts") + read("service.ts")).not.toContain("OTEL_");
});

test.each([
  "mailer/mailer.js",
  "mailer/package.json",
  "invoice/invoice.py",
  "invoice/requirements.txt",
  "ledger/Ledger.java",
])("%s knows nothing of tracing", (file) => expect(read(file)).not.toMatch(/opentelemetry|OTEL/i));

test("the drawing has the services and hops of the table, and each service says what it shows", () => {
  expect(services.length).toBeGreaterThanOrEqual(9);
  const drawn = [...readme.matchAll(/^ {2}(\w+) -- .+ --> (\w+)\[/gm)].map(([, from, to]) => `${from} ${to}`);
  const tabled = new Set(edges.map(({ from, to }) => `${from} ${to}`));
  expect(drawn.sort()).toEqual([...tabled].sort());
  const told = [...readme.matchAll(/^- \*\*(\w+)\*\*:/gm)].map(([, name]) => name);
  expect(told.sort()).toEqual(services);
});

test("the images that the program deploys are those that are made here", () => {
  const program = read("index.ts");
  const named = [...program.matchAll(/image\("([\w-]+)"\)/g)].map(([, name]) => `docker.io/throughline/${name}:0.1.0`);
  expect(new Set(named)).toEqual(new Set(Object.values(shop).map(({ reference }) => reference)));
});
