import { expect, it } from "vitest";
import { installCheckov } from "../../../../sandbox/tools/checkov.ts";
import { accepted } from "../../../judges/accepted.ts";
import { askCheckov } from "../../../judges/checkov.ts";
import { verdict } from "../../../judges/finding.ts";
import { judgedStacks } from "../../../judges/stacks.ts";

it("Checkov finds nothing in any stack that was not looked at and accepted", async () => {
  const found = await askCheckov(await installCheckov(), await judgedStacks());
  expect(found.length).toBeGreaterThan(0);
  expect(verdict(["checkov"], found, accepted)).toEqual([]);
});
