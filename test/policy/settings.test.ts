import { expect, test } from "vitest";
import { brokenBy } from "./settings.ts";

// The whole three hundred are in test/generated.
test("settings that users may write keep every rule", async () => {
  expect(await brokenBy(4, 3)).toEqual([]);
}, 60_000);
