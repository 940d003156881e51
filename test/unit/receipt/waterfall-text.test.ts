import fc from "fast-check";
import { expect, test } from "vitest";
import { cut, duration, ticks, widthOf, xml } from "../../../receipt/waterfall/text.ts";
import { parseXml } from "../../xml.ts";

test.each([
  [0, "0"],
  [0.00002, "20 ns"],
  [0.0425, "42.5 µs"],
  [84.219, "84.2 ms"],
  [1000, "1 s"],
  [90_000, "1.5 min"],
  [7_200_000, "2 h"],
  [-3, "-3 ms"],
])("%d ms is told as %s", (ms, told) => {
  expect(duration(ms)).toBe(told);
});

test("times of one axis are told in one unit", () => {
  expect(ticks(2400).map((ms) => duration(ms, 400))).toEqual(["0", "500 ms", "1000 ms", "1500 ms", "2000 ms"]);
});

test("an axis has a handful of times, evenly apart, from 0 to its end at most", () => {
  fc.assert(
    fc.property(fc.double({ min: 1e-3, max: 1e13, noNaN: true }), (total) => {
      const times = ticks(total);
      expect(times.length).toBeGreaterThanOrEqual(3);
      expect(times.length).toBeLessThanOrEqual(8);
      expect(times[0]).toBe(0);
      expect(times.at(-1)).toBeLessThanOrEqual(total * (1 + 1e-6));
    }),
  );
});

test("a text that is cut fits, ends in an ellipsis, and is the beginning of the whole", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme", maxLength: 80 }), fc.integer({ min: 30, max: 300 }), (text, room) => {
      const short = cut(text, room, 12);
      if (short === text) return;
      expect(short.endsWith("…")).toBe(true);
      expect(text.startsWith(short.slice(0, -1))).toBe(true);
      expect(widthOf(short, 12)).toBeLessThanOrEqual(room);
    }),
  );
});

/** Any character, also halves of surrogate pairs and what XML does not know. */
const character = fc.integer({ min: 0, max: 0x10ffff }).map((code) => String.fromCodePoint(code));

test("any text can stand in XML, and what XML can carry comes back", () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.string({ unit: character })), (text) => {
      const { text: back } = parseXml(`<a>${xml(text)}</a>`);
      expect(back.length).toBe(text.length);
      if (/^[\t\n -~]*$/.test(text)) expect(back).toBe(text);
    }),
  );
});
