import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { lintRules } from "../../../../instrumentation/lint/lint.ts";
import { lintPage } from "../../../../instrumentation/lint/page.ts";
import { refusals } from "../../../../instrumentation/lint/refusals.ts";

test("the page of the documentation is up to date; vitest -u writes it anew", async () => {
  await expect(lintPage()).toMatchFileSnapshot("../../../../docs/lint.md");
});

test("every problem of injection is on the page, and no other", () => {
  const folder = new URL("../../../../instrumentation/", import.meta.url);
  const sources = readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts"))
    .map((file) => readFileSync(new URL(file, folder), "utf8"));
  const codes = sources.flatMap((source) => [...source.matchAll(/(?:code|id): "([a-z-]+)"/g)].map(([, code]) => code));
  const rules = new Set(lintRules.map(({ id }) => id));
  expect(new Set(refusals.map(({ id }) => id))).toEqual(new Set(codes.filter((code) => !rules.has(String(code)))));
});

test("at least forty ways to lose a trace are caught", () => {
  const ways = [...refusals, ...lintRules].flatMap(({ catches }) => catches);
  expect(new Set(ways).size).toBe(ways.length);
  expect(ways.length).toBeGreaterThanOrEqual(40);
});
