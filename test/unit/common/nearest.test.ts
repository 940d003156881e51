import { expect, test } from "vitest";
import { nearest } from "../../../common/nearest.ts";

test.each([
  ["lapto", ["laptop", "standard"], "laptop"],
  ["Standrad", ["laptop", "standard"], "standard"],
  ["production", ["laptop", "standard"], undefined],
  ["x", [], undefined],
])("%s among %j is %s", (word, candidates, expected) => {
  expect(nearest(word, candidates)).toBe(expected);
});
