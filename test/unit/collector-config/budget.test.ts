import fc from "fast-check";
import { expect, test } from "vitest";
import { drainSeconds, forPeople, outageSeconds, queueBytes } from "../../../collector-config/budget.ts";

const GiB = 1024 ** 3;

test("all queues and the copy that compaction makes of one fit the volume", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1000 }), fc.integer({ min: 1, max: 8 }), (gibibytes, backends) => {
      const bytes = queueBytes(gibibytes * GiB, backends);
      expect(bytes * 1.5 * (backends + 1)).toBeLessThanOrEqual(gibibytes * GiB);
      expect(bytes).toBeGreaterThan(0);
    }),
  );
});

test("an outage is survived longer with more room, more pods and fewer spans", () => {
  expect(outageSeconds(600_000, 1_000, 1)).toBe(1);
  expect(outageSeconds(GiB, 200, 1)).toBe(8947);
  expect(outageSeconds(GiB, 200, 3)).toBe(26843);
});

test("draining a queue in memory takes its rounds of requests, one on disk only those under way", () => {
  expect(drainSeconds({ kind: "memory", bytes: 64 * 1024 * 1024 }, 2_000_000)).toBe(55);
  expect(drainSeconds({ kind: "disk", bytes: GiB }, 2_000_000)).toBe(15);
  expect(drainSeconds({ kind: "disk", bytes: GiB }, 2_000_000, 30)).toBe(40);
});

test.each([
  [40, "40 s"],
  [119, "119 s"],
  [121, "2 min"],
  [7_199, "119 min"],
  [7_200, "2 h"],
  [8_947, "2 h 29 min"],
])("%i seconds are %s", (seconds, text) => {
  expect(forPeople(seconds)).toBe(text);
});
