import { expect, test } from "vitest";
import { generationProblem } from "../../../cli/generation.ts";

const at = (generation: number) => ({
  deployment: {
    resources: [
      { type: "pulumi:pulumi:Stack" },
      { type: "throughline:index:TierCertificates", inputs: { namespace: "observability", generation } },
    ],
  },
});

test.each([
  [1, 2],
  [2, 2],
  [3, 2],
  [2, 1],
])("from generation %s to %s is a step", (now, wanted) => {
  expect(generationProblem(at(now), wanted)).toBeUndefined();
});

test.each([
  [1, 3, 2],
  [4, 2, 3],
  [3, 1, 2],
])("from generation %s to %s is none, and the line to write goes by %s", (now, wanted, next) => {
  expect(generationProblem(at(now), wanted)).toBe(
    `throughline:tlsGeneration is ${wanted}, but the stack has generation ${now}, and pods of the two would refuse each other; allowed: one step at a time. Write: pulumi config set throughline:tlsGeneration ${next}`,
  );
});

test("the operator's certificates count where the tiers have none", () => {
  const operator = { type: "throughline:index:OperatorCertificates", inputs: { generation: 1 } };
  expect(generationProblem({ deployment: { resources: [operator] } }, 3)).toContain("tlsGeneration 2");
});

test("a stack without certificates may begin with any", () => {
  expect(generationProblem({}, 7)).toBeUndefined();
  expect(generationProblem({ deployment: { resources: [] } }, 7)).toBeUndefined();
});
