import fc from "fast-check";
import { expect, test } from "vitest";
import { findings } from "../../policy/check.ts";
import type { Manifest } from "../../policy/types.ts";
import { golden } from "./goldens.ts";

const junk = fc.constantFrom<unknown>(
  null,
  5,
  -1,
  "",
  "x",
  "${env:X",
  true,
  [],
  [null],
  [[]],
  ["x"],
  {},
  { x: null },
  { length: 1 },
);

/** The paths of every value inside. */
function places(value: unknown, path: readonly string[] = []): (readonly string[])[] {
  if (typeof value !== "object" || value === null) return [path];
  return [path, ...Object.entries(value).flatMap(([key, inner]) => places(inner, [...path, key]))];
}

function replaced(value: unknown, [key, ...rest]: readonly string[], by: unknown): unknown {
  if (key === undefined) return by;
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value))
    return value.map((item, index) => (String(index) === key ? replaced(item, rest, by) : item));
  return { ...value, [key]: replaced((value as Record<string, unknown>)[key], rest, by) };
}

const manifests = golden("production");
const all = manifests.flatMap((object, index) =>
  // A name is what the readers of files ask for.
  places(object)
    .filter(
      (path) =>
        path.length > 0 &&
        !(path[0] === "metadata" && path.length < 3) &&
        !["kind", "apiVersion"].includes(path[0] ?? ""),
    )
    .map((path) => ({ index, path })),
);

test("manifests of any shape are judged without a throw", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.constantFrom(...all), junk), { minLength: 1, maxLength: 4 }), (changes) => {
      const broken = [...manifests];
      for (const [{ index, path }, value] of changes) broken[index] = replaced(broken[index], path, value) as Manifest;
      expect(Array.isArray(findings(broken))).toBe(true);
    }),
    { numRuns: Number(process.env["THROUGHLINE_FUZZ"] ?? 15) },
  );
});
