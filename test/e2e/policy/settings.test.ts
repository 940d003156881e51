import { expect, test } from "vitest";
import { brokenBy } from "../../policy/settings.ts";

// It needs no cluster, only time: rendering takes half a second each.
test("three hundred settings that users may write keep every rule", async () => {
  expect(await brokenBy(300, 7)).toEqual([]);
});
