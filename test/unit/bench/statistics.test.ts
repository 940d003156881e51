import fc from "fast-check";
import { expect, test } from "vitest";
import { seeded } from "../../../bench/random.ts";
import { median, quantile, ratios, summary } from "../../../bench/statistics.ts";

test("the median stands in the middle, between two of an even count", () => {
  expect(median([9, 1, 5])).toBe(5);
  expect(median([4, 1, 3, 2])).toBe(2.5);
  expect(median([])).toBeNaN();
});

test("a quantile is one of the numbers, and the share of those at or below it is reached", () => {
  expect(quantile([30, 10, 20], 0.99)).toBe(30);
  expect(quantile([], 0.5)).toBeNaN();
  fc.assert(
    fc.property(fc.array(fc.integer(), { minLength: 1 }), fc.double({ min: 0, max: 1, noNaN: true }), (numbers, q) => {
      const found = quantile(numbers, q);
      expect(numbers).toContain(found);
      expect(numbers.filter((number) => number <= found).length).toBeGreaterThanOrEqual(q * numbers.length - 1e-9);
    }),
  );
});

test("a summary holds the median and both ends", () => {
  expect(summary([3, 1, 2])).toEqual({ median: 2, least: 1, most: 3 });
});

test("ratios are taken round by round, so that a slow moment of the machine counts on both sides", () => {
  expect(ratios([20, 10, 30], [10, 5, 15])).toEqual({ median: 2, least: 2, most: 2 });
});

test("a seed decides the row of numbers", () => {
  const row = (seed: number) => Array.from({ length: 5 }, seeded(seed));
  expect(row(7)).toEqual(row(7));
  expect(row(7)).not.toEqual(row(8));
  expect(new Set(row(7)).size).toBe(5);
});
