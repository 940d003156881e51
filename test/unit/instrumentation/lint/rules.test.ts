import { describe, expect, test } from "vitest";
import { exampleInput } from "../../../../instrumentation/lint/example.ts";
import { lint, lintRules } from "../../../../instrumentation/lint/lint.ts";

describe.each(lintRules.map((rule) => [rule.id, rule] as const))("%s", (id, rule) => {
  test("finds its wrong example, and says what to write", () => {
    const found = lint(exampleInput(rule.example.wrong)).filter((finding) => finding.id === id);
    expect(found).not.toEqual([]);
    for (const { message, severity } of found) {
      expect(message).toMatch(/\. Write: ./);
      expect(severity).toBe(rule.severity);
    }
  });

  test("has nothing against its right example, and neither has any other rule", () => {
    expect(lint(exampleInput(rule.example.right))).toEqual([]);
  });
});

test("ids are stable words, each used once", () => {
  const ids = lintRules.map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
  for (const id of ids) expect(id).toMatch(/^[a-z0-9]+(-[a-z0-9]+)+$/);
});
