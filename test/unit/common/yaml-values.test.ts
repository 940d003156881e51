import fc from "fast-check";
import { expect, test } from "vitest";
import { parse, stringify } from "yaml";
import { asCollector, asKubectl, numberIn } from "../../../common/yaml-values.ts";

const readBoth = (text: string) => [asKubectl, asCollector].map((options) => parse(`a: ${text}`, options).a);

// What sigs.k8s.io/yaml 1.6.0 and go.yaml.in/yaml/v3 3.0.4 said of each.
test.each<[text: string, value: unknown]>([
  ["0755", 493],
  ["010", 8],
  ["-012", -10],
  ["0o14", 12],
  ["-0o7", -7],
  ["08", 8],
  ["09.5", 9.5],
  ["0b11", 3],
  ["-0x1f", -31],
  ["0777_", 511],
  ["1_000", 1000],
  ["1_e3", 1000],
  [".5", 0.5],
  ["-.5", -0.5],
  [".8_8", 0.88],
  ["-.inf", -Infinity],
  ["99999999999999999999", 1e20],
  [".", "."],
  ["-.", "-."],
  ["._5", "._5"],
  ["+_", "+_"],
  ["0x", "0x"],
  ["0o8", "0o8"],
  ["_1", "_1"],
  ["1e999", "1e999"],
  ["1:20", "1:20"],
  ["10.0.0.1", "10.0.0.1"],
  ["~", null],
  ["TRUE", true],
  ["'0755'", "0755"],
  ["!!str 0755", "0755"],
])("%s is read as kubectl and the Collector read it", (text, value) => {
  expect(readBoth(text)).toEqual([value, value]);
});

test.each([
  ["yes", true],
  ["N", false],
  ["On", true],
])("%s is a text for the Collector only", (text, value) => {
  expect(readBoth(text)).toEqual([value, text]);
});

test("<< merges", () => {
  const text = "a: &a {x: 1, z: 2}\nb: {<<: *a, z: 3}";
  for (const options of [asKubectl, asCollector]) expect(parse(text, options).b).toEqual({ x: 1, z: 3 });
});

test("whatever is written is read as it was", () => {
  const word = fc.array(fc.constantFrom(..."0178.-+_eExob"), { maxLength: 6 }).map((characters) => characters.join(""));
  const value = fc.oneof(
    word,
    // What Go takes for a whole number has no sign at zero.
    fc.double().map((one) => one + 0),
    fc.integer(),
    fc.constantFrom("yes", "on", "<<", "0755", "."),
    fc.boolean(),
  );
  fc.assert(
    fc.property(fc.record({ a: value, b: value }), (object) => {
      expect(parse(stringify(object, asKubectl), asKubectl)).toEqual(object);
    }),
    { numRuns: 500 },
  );
});

test("a text that is a number of JSON is that number, unless a zero leads it", () => {
  fc.assert(
    fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
      expect(numberIn(JSON.stringify(value))).toBe(JSON.parse(JSON.stringify(value)));
    }),
  );
});
