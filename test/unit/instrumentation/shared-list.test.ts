import { expect, test } from "vitest";
import { cloneVariables } from "../../../instrumentation/languages/shared-list.ts";
import type { EnvVar } from "../../../instrumentation/types.ts";

const attributes = (value: string): EnvVar => ({ name: "OTEL_RESOURCE_ATTRIBUTES", value });
const podName: EnvVar = { name: "OTEL_RESOURCE_ATTRIBUTES_POD_NAME", value: "" };
const fill = (length: number) => Array.from({ length }, (_, index) => ({ name: `V${index}`, value: "" }));

/** The last variable of a clone of so many, after the pod's name, so many others and longer attributes went to its container. */
function last(length: number, made: number, others: number): string | undefined {
  const rest = fill(length - 1);
  const cloned = [...rest, attributes("old")];
  const env = [...rest, podName, ...fill(others), attributes("old,new")];
  const seen = cloneVariables(cloned, env, made);
  expect(seen).toHaveLength(length);
  return seen.at(-1)?.value || seen.at(-1)?.name;
}

// Room of lists as Go 1.26 gives it: 8, 17 and 35 when grown one by one from nothing; 12, 25 and 51 when made anew with 3.
test.each([
  [7, 0, 0, podName.name],
  [7, 0, 1, "old,new"],
  [8, 0, 0, "old"],
  [16, 0, 0, podName.name],
  [16, 0, 1, "old,new"],
  [17, 0, 0, "old"],
  [34, 0, 0, podName.name],
  [35, 0, 0, "old"],
  [12, 3, 0, "old"],
  [11, 3, 0, podName.name],
  [24, 3, 0, podName.name],
  [25, 3, 0, "old"],
])("%i variables, made anew at %i, %i more: the clone ends with %s", (length, made, others, expected) => {
  expect(last(length, made, others)).toBe(expected);
});

test("a clone without attributes of its own is not touched", () => {
  const cloned = fill(3);
  expect(cloneVariables(cloned, [...cloned, podName, attributes("new")], 0)).toBe(cloned);
});
