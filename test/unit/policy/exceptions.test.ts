import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { stringify } from "yaml";
import { applyExceptions, type Exception, readExceptions, type Subject } from "../../../policy/exceptions.ts";

const known = ["image-pinned", "probes-set", "collector-no-batch"];
const read = (text: string) => readExceptions("exceptions.yaml", text, known);
const good = { rule: "image-pinned", object: "Deployment shop/web", reason: "no tags", until: "2027-06-30" };

describe("a file of exceptions", () => {
  test("is a list, which may be empty", () => {
    expect(read(stringify([good]))).toEqual({
      exceptions: [{ ...good, place: "exceptions.yaml, entry 1" }],
      problems: [],
    });
    expect(read("# none yet\n")).toEqual({ exceptions: [], problems: [] });
  });

  test.each<[string, object | string, RegExp]>([
    ["no list", "a: b", /^exceptions\.yaml is no list of exceptions\. Write: - \{rule: /],
    ["two documents", "[]\n---\n[]", /has 2 documents/],
    ["no YAML", "- [", /^exceptions\.yaml, line 1, .*not valid YAML/],
    ["an alias of nothing", "- *a", /aliases that lead nowhere|not valid YAML/],
    ["a text as entry", ["x"], /^exceptions\.yaml, entry 1: is "x", not an exception/],
    [
      "an unknown rule",
      [{ ...good, rule: "image-pined" }],
      /rule is "image-pined", which is no rule; did you mean image-pinned\? Write: rule: image-pinned$/,
    ],
    ["a rule without its prefix", [{ ...good, rule: "no-batch" }], /did you mean collector-no-batch\?/],
    ["an unknown field", [{ ...good, untill: "x" }], /untill is not known; did you mean until\?/],
    ["no reason", [{ ...good, reason: " " }], /reason is " "\. Write: reason: /],
    ["no day", [{ ...good, until: undefined }], /until is missing; allowed: a day\. Write: until: 2027-06-30/],
    ["a day that is none", [{ ...good, until: "2027-02-30" }], /until is "2027-02-30"/],
    ["neither object nor file", [{ ...good, object: undefined }], /neither object nor file is named/],
    ["an object that is no text", [{ ...good, object: 3 }], /object is 3\. Write: object: Deployment shop\/web/],
  ])("with %s gets a clear error", (_, content, message) => {
    const { exceptions, problems } = read(typeof content === "string" ? content : stringify(content));
    expect(exceptions).toEqual([]);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(message);
  });

  test("tells all that is wrong at once", () => {
    expect(read(stringify([{}, good, { ...good, until: "soon" }])).problems).toHaveLength(5);
  });

  test("of any content is read without a throw, and every problem has a line to write", () => {
    const entry = fc.record(
      {
        rule: fc.oneof(fc.constantFrom(...known), fc.jsonValue()),
        object: fc.jsonValue(),
        file: fc.jsonValue(),
        reason: fc.oneof(fc.string(), fc.jsonValue()),
        until: fc.oneof(fc.constant("2027-06-30"), fc.string(), fc.jsonValue()),
        other: fc.jsonValue(),
      },
      { requiredKeys: [] },
    );
    const text = fc.oneof(
      fc.string(),
      fc.array(fc.oneof(entry, fc.jsonValue())).map((value) => JSON.stringify(value)),
    );
    fc.assert(
      fc.property(text, (one) => {
        const { exceptions, problems } = read(one);
        for (const problem of problems) expect(problem).toMatch(/Write: /);
        for (const { rule, object, file } of exceptions) {
          expect(known).toContain(rule);
          expect(object ?? file).toBeTypeOf("string");
        }
      }),
      { numRuns: 300 },
    );
  });

  test("reads back what was written", () => {
    const day = fc.date({ min: new Date("2000-01-01"), max: new Date("2999-12-31"), noInvalidDate: true });
    const text = fc.string({ minLength: 1 }).filter((one) => one.trim() !== "");
    const exception = fc.record({
      rule: fc.constantFrom(...known),
      object: text,
      reason: text,
      until: day.map((one) => one.toISOString().slice(0, 10)),
    });
    fc.assert(
      fc.property(fc.array(exception), (list) => {
        const { exceptions, problems } = read(stringify(list));
        expect(problems).toEqual([]);
        expect(exceptions.map(({ place: _, ...one }) => one)).toEqual(list);
      }),
      { numRuns: 100 },
    );
  });
});

describe("an exception", () => {
  const finding: Subject = { id: "image-pinned", object: "Deployment shop/web", file: "manifests/web.yaml" };
  const apply = (more: Partial<Exception>, found: Subject[] = [finding], day = "2027-01-01") =>
    applyExceptions(found, [{ ...good, place: "exceptions.yaml, entry 1", ...more } as Exception], day);

  test.each<Partial<Exception>>([
    {},
    { object: "Deployment shop/*" },
    { object: "*" },
    { object: undefined as never, file: "./manifests/web.yaml" },
    { file: "manifests/*" },
  ])("%j excuses the finding, and nothing is said", (more) => {
    const { standing, excepted, remarks } = apply(more);
    expect([standing, remarks]).toEqual([[], []]);
    expect(excepted).toMatchObject([{ finding }]);
  });

  test.each<Partial<Exception>>([
    { rule: "probes-set" },
    { object: "Deployment shop/we" },
    { object: "Deployment shop.web" },
    { file: "web.yaml" },
  ])("%j does not, and is told to go", (more) => {
    const { standing, remarks } = apply(more);
    expect(standing).toEqual([finding]);
    expect(remarks).toEqual([expect.stringMatching(/^exceptions\.yaml, entry 1: .* excuses nothing\. Write: /)]);
  });

  test("for a file excuses nothing where there are no files", () => {
    expect(apply({ file: "*" }, [{ id: "image-pinned", object: "Deployment shop/web" }]).standing).toHaveLength(1);
  });

  test("holds on its last day, and on the next excuses nothing and says so", () => {
    expect(apply({}, [finding], "2027-06-30").standing).toEqual([]);
    const { standing, remarks } = apply({}, [finding], "2027-07-01");
    expect(standing).toEqual([finding]);
    expect(remarks).toEqual([expect.stringMatching(/ended on 2027-06-30\. Write: /)]);
  });

  test("never loses or doubles a finding", () => {
    const subject = fc.record({
      id: fc.constantFrom(...known),
      object: fc.constantFrom("A x/a", "A x/b", "B x/a", null),
    });
    const exception = fc.record({
      rule: fc.constantFrom(...known),
      object: fc.constantFrom("A x/a", "A x/*", "*", "B y/*"),
      until: fc.constantFrom("2026-01-01", "2027-12-31"),
      reason: fc.constant("why"),
      place: fc.nat().map(String),
    });
    fc.assert(
      fc.property(fc.array(subject), fc.array(exception), (found, exceptions) => {
        const { standing, excepted } = applyExceptions(found, exceptions, "2027-01-01");
        expect(standing.length + excepted.length).toBe(found.length);
        for (const { exception: one, finding: of } of excepted) {
          expect([one.rule, one.until]).toEqual([of.id, "2027-12-31"]);
        }
      }),
      { numRuns: 200 },
    );
  });
});
