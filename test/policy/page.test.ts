import { expect, test } from "vitest";
import { groups, rules } from "../../policy/check.ts";
import { policiesPage } from "../../policy/page.ts";

test("the page of the rules is up to date; vitest -u writes it anew", async () => {
  await expect(policiesPage()).toMatchFileSnapshot("../../docs/policies.md");
});

test("every rule is in one group, with a section of its own", () => {
  const headings = policiesPage().match(/^### .*$/gm);
  expect(headings).toEqual(rules.map(({ name }) => `### ${name}`));
  expect(new Set(headings).size).toBe(headings?.length);
  expect(groups.map(({ rules: own }) => own.length).every((count) => count > 0)).toBe(true);
});

test("at least fifty rules stand beside those for Collector configurations", () => {
  const own = groups.filter(({ title }) => title !== "Collector configurations").flatMap((group) => group.rules);
  expect(own.length).toBeGreaterThanOrEqual(50);
});
