import fc from "fast-check";
import { test } from "vitest";
import { rendersSoundly } from "../rendered.ts";
import { rawSettings } from "../topologies.ts";

test("any settings render to the same files every time, all of them, and without secrets", () =>
  fc.assert(fc.asyncProperty(rawSettings, rendersSoundly), { numRuns: 20 }));
