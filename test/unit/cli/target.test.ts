import { expect, it } from "vitest";
import { namedTarget } from "../../../cli/target.ts";

it("gives every context a stack of its own, apart from the embedded cluster's", () => {
  const contexts = ["sandbox", "prod", "a/b", "a:b", "a-b", "arn:aws:eks:eu-west-1:123:cluster/x"];
  const stacks = contexts.map((context) => namedTarget("up", { context }).stack);
  expect(new Set([...stacks, "sandbox"]).size).toBe(contexts.length + 1);
  for (const stack of stacks) expect(stack).toMatch(/^[A-Za-z0-9_.-]+$/);
});

it("hands the kubeconfig on", () => {
  expect(namedTarget("up", { context: "prod", kubeconfig: "k" })).toMatchObject({ context: "prod", kubeconfig: "k" });
});
