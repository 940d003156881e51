import { expect, test } from "vitest";
import { findings } from "../../policy/check.ts";
import type { Manifest } from "../../policy/types.ts";
import { cpuSeconds } from "../cpu.ts";
import { crowd, many } from "./many.ts";

/** CPU seconds of one judgement. */
const seconds = (manifests: readonly Manifest[]) => cpuSeconds(() => findings(manifests));

test("two thousand manifests are judged in less than two seconds", () => {
  const releases = many(2_000);
  const one = crowd(400);
  expect(one).toHaveLength(2_000);
  findings(many(60));
  const taken = { releases: seconds(releases), one: seconds(one) };
  console.log(
    `2000 manifests: ${taken.releases.toFixed(2)} s of CPU in many namespaces, ${taken.one.toFixed(2)} s in one`,
  );
  // The aim is 2 s, and CPU of a busy machine is slower.
  expect(Math.max(taken.releases, taken.one)).toBeLessThan(4);
});

test("twice as many manifests take about twice as long, not four times", () => {
  const [small, large] = [crowd(100), crowd(200)];
  findings(crowd(20));
  const ratio = seconds(large) / seconds(small);
  expect(ratio).toBeLessThan(3.2);
});
