import { expect, test } from "vitest";
import { cpuSecondsIn, peakMiBIn } from "../../../bench/cpu.ts";
import { delivery } from "../../../bench/delivery.ts";

const sent = new Map([
  ["whole", { spans: ["a", "b"], acknowledged: true }],
  ["part", { spans: ["c", "d"], acknowledged: true }],
  ["gone", { spans: ["e"], acknowledged: true }],
  ["refused", { spans: ["f", "g"], acknowledged: false }],
]);

test("an acknowledged span that is not stored is missing, and only that", () => {
  const stored = new Map([
    ["whole", new Set(["a", "b"])],
    ["part", new Set(["d", "x"])],
    ["refused", new Set(["f"])],
  ]);
  expect(delivery(sent, stored, 4)).toEqual({ acknowledged: 5, missing: 2, found: 4, duplicates: 0 });
});

test("a span of another trace does not stand in for a missing one", () => {
  const stored = new Map([["whole", new Set(["a", "b", "c", "d", "e"])]]);
  expect(delivery(sent, stored, 2)).toMatchObject({ missing: 3, found: 2 });
});

test("what the backend was given beyond what it has is duplicates", () => {
  const stored = new Map([["whole", new Set(["a", "b"])]]);
  expect(delivery(sent, stored, 7).duplicates).toBe(5);
});

test("CPU time is read behind a name that holds spaces and parentheses", () => {
  const stat = "42 (odd ) name (x) S 1 42 42 0 -1 4194560 1 0 0 0 150 50 0 0 20 0 9 0 1000 1 1";
  expect(cpuSecondsIn(stat)).toBe(2);
});

test("the peak of the resident memory is told in MiB", () => {
  expect(peakMiBIn("VmPeak:\t  999 kB\nVmHWM:\t  204800 kB\nVmRSS:\t 1 kB\n")).toBe(200);
});
