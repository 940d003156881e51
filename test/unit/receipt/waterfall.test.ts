import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { ReceiptSpan } from "../../../receipt/spans.ts";
import { waterfall } from "../../../receipt/waterfall/picture.ts";
import { allOf, type Element, parseXml } from "../../xml.ts";

const traceId = "0af7651916cd43dd8448eb211c80319c";
const span = (spanId: string, parentSpanId: string, more: Partial<ReceiptSpan> = {}): ReceiptSpan => ({
  service: "shop",
  name: "GET /",
  kind: "server",
  spanId,
  parentSpanId,
  startMs: 0,
  durationMs: 10,
  ...more,
});
const draw = (spans: readonly ReceiptSpan[]) => parseXml(waterfall({ traceId, spans }));
const hasClass = (element: Element, name: string) => element.attributes["class"]?.split(" ").includes(name) === true;
const ofClass = (element: Element, name: string) => allOf(element).filter((one) => hasClass(one, name));
const rowOf = (picture: Element, spanId: string) =>
  ofClass(picture, "span").find(({ attributes }) => attributes["data-span"] === spanId)!;
const bar = (picture: Element, spanId: string) => ofClass(rowOf(picture, spanId), "bar")[0]!;
const number = (element: Element, name: string) => Number(element.attributes[name]);
const tooltip = (row: Element) => row.children.find(({ name }) => name === "title")?.text;
const shown = (row: Element) => ofClass(row, "label")[0]?.text.replace(/\s+/g, " ");

const text = fc.oneof(
  fc.string({ maxLength: 60 }),
  fc.string({ unit: fc.integer({ min: 0, max: 0xffff }).map((code) => String.fromCharCode(code)), maxLength: 20 }),
  fc.constantFrom('<a href="x">', "]]>", "&amp;", "x".repeat(400), "__proto__", ""),
);
const anySpan = fc.record<ReceiptSpan>(
  {
    service: text,
    name: text,
    kind: fc.constantFrom("unspecified", "internal", "server", "client", "producer", "consumer"),
    spanId: text,
    parentSpanId: fc.oneof(text, fc.nat(20).map(String)),
    startMs: fc.double({ min: -1e13, max: 1e13 }),
    durationMs: fc.oneof(fc.double({ min: -1e13, max: 1e13 }), fc.constant(0)),
    error: text,
    links: fc.array(fc.record({ traceId: text, spanId: fc.oneof(text, fc.nat(20).map(String)) }), { maxLength: 3 }),
  },
  { requiredKeys: ["service", "name", "kind", "spanId", "parentSpanId", "startMs", "durationMs"] },
);
/** Span ids are numbers in part, so that some are parents of others, in circles too. */
const anySpans = fc
  .array(anySpan, { maxLength: 60 })
  .map((spans) =>
    spans.map((one, index) => ({ ...one, spanId: index % 3 === 0 ? `${one.spanId}#${index}` : `${index}` })),
  );

describe("whatever the spans", () => {
  test("the picture is well-formed, and has each span once, its bar inside the canvas", () => {
    fc.assert(
      fc.property(anySpans, (spans) => {
        const picture = draw(spans);
        const rows = ofClass(picture, "span");
        expect(rows).toHaveLength(spans.length);
        expect(new Set(rows.map(({ attributes }) => attributes["data-span"])).size).toBe(spans.length);
        const [width, height] = [number(picture, "width"), number(picture, "height")];
        for (const row of rows) {
          const [drawn, ...more] = ofClass(row, "bar");
          expect(more).toEqual([]);
          expect(number(drawn!, "x")).toBeGreaterThanOrEqual(0);
          expect(number(drawn!, "width")).toBeGreaterThan(0);
          expect(number(drawn!, "x") + number(drawn!, "width")).toBeLessThanOrEqual(width);
          expect(number(drawn!, "y")).toBeGreaterThan(0);
          expect(number(drawn!, "y") + number(drawn!, "height")).toBeLessThan(height);
        }
        for (const { attributes } of allOf(picture))
          expect(Object.values(attributes).join()).not.toMatch(/NaN|Infinity/);
      }),
    );
  });

  test("their order does not matter", () => {
    fc.assert(
      fc.property(
        anySpans.chain((spans) =>
          fc.tuple(fc.constant(spans), fc.shuffledSubarray(spans, { minLength: spans.length })),
        ),
        ([spans, shuffled]) => {
          expect(waterfall({ traceId, spans: shuffled })).toBe(waterfall({ traceId, spans }));
        },
      ),
      { numRuns: 30 },
    );
  });
});

test("places bars by time: one axis for all, children under their parents", () => {
  const picture = draw([
    span("1", "", { durationMs: 100 }),
    span("2", "1", { startMs: 50, durationMs: 25 }),
    span("3", "1", { startMs: 10, durationMs: 10 }),
  ]);
  const whole = number(bar(picture, "1"), "width");
  const start = number(bar(picture, "1"), "x");
  expect(number(bar(picture, "2"), "x")).toBeCloseTo(start + whole / 2, 1);
  expect(number(bar(picture, "2"), "width")).toBeCloseTo(whole / 4, 1);
  expect(ofClass(picture, "span").map(({ attributes }) => attributes["data-span"])).toEqual(["1", "3", "2"]);
  expect(picture.text).toContain("20 ms");
});

test("tells the trace, its length, and how much of what there is", () => {
  const picture = draw([span("1", "", { durationMs: 1234.4 }), span("2", "1", { service: "cart", error: "" })]);
  for (const part of [`Trace ${traceId}`, "1.23 s", "2 spans · 2 services · 1 error"])
    expect(picture.text).toContain(part);
  expect(draw([]).text).toContain("No spans");
});

test("marks errors, and says what went wrong", () => {
  const picture = draw([span("1", ""), span("2", "1", { error: "no <disk>" })]);
  expect(ofClass(rowOf(picture, "1"), "error")).toEqual([]);
  expect(ofClass(rowOf(picture, "2"), "error")).toHaveLength(1);
  expect(tooltip(rowOf(picture, "2"))).toContain("error: no <disk>");
});

test("cuts long names and keeps them whole in the title, other characters than ASCII too", () => {
  const name = "👩‍🚀".repeat(200);
  const picture = draw([span("1", "", { name, service: "s".repeat(300) })]);
  expect(shown(rowOf(picture, "1"))!.length).toBeLessThan(80);
  expect(shown(rowOf(picture, "1"))).toMatch(/^s+… /);
  expect(tooltip(rowOf(picture, "1"))).toContain(name);
});

test("a child that starts before its parent stands where its own clock says, and is marked", () => {
  const picture = draw([span("1", "", { startMs: 30 }), span("2", "1", { startMs: 0, durationMs: 5 })]);
  expect(number(bar(picture, "2"), "x")).toBeLessThan(number(bar(picture, "1"), "x"));
  expect(ofClass(rowOf(picture, "2"), "skew")).toHaveLength(1);
  expect(ofClass(rowOf(picture, "1"), "skew")).toEqual([]);
  expect(tooltip(rowOf(picture, "2"))).toContain("starts 30 ms before its parent");
});

test("names the parent that is missing, and says nothing of it where none is", () => {
  const picture = draw([span("1", ""), span("2", "gone")]);
  expect(tooltip(rowOf(picture, "2"))).toContain("its parent gone is not among the spans");
  expect(picture.text).toContain("its parent is missing");
  expect(draw([span("1", "")]).text).not.toContain("missing");
});

test("joins producers to their consumers, and spans to those they are linked to", () => {
  const sent = span("2", "1", { kind: "producer" });
  const arrows = (spans: ReceiptSpan[]) => ofClass(draw(spans), "message").length;
  const plain = arrows([span("1", ""), sent, span("3", "2", { kind: "server" })]);
  // One more is the legend's.
  expect(arrows([span("1", ""), sent, span("3", "2", { kind: "consumer" })])).toBe(plain + 2);
  const links = [
    { traceId, spanId: "1" },
    { traceId, spanId: "2" },
    { traceId: "f".repeat(32), spanId: "9" },
  ];
  const picture = draw([span("1", ""), sent, span("3", "", { kind: "consumer", links })]);
  expect(ofClass(picture, "message")).toHaveLength(plain + 3);
  expect(shown(rowOf(picture, "3"))).toContain("3 links");
  expect(tooltip(rowOf(picture, "3"))).toContain(`linked to span 9 of trace ${"f".repeat(32)}`);
});

test("shows waiting, working and inner spans by their shape", () => {
  const kinds = ["server", "client", "internal"] as const;
  const picture = draw(kinds.map((kind, index) => span(`${index}`, "", { kind })));
  const [server, client, inner] = kinds.map((_, index) => bar(picture, `${index}`));
  expect([server, client, inner].map((one) => hasClass(one!, "hollow"))).toEqual([false, true, false]);
  expect(number(inner!, "height")).toBeLessThan(number(server!, "height"));
});

test("a chain of 1,000 spans and a fan of 1,000 fit in its columns, with the times told again on the way", () => {
  const chain = Array.from({ length: 1000 }, (_, index) =>
    span(`${index}`, index ? `${index - 1}` : "", { startMs: index }),
  );
  const fan = Array.from({ length: 1000 }, (_, index) => span(`${index}`, index ? "0" : "", { startMs: index }));
  for (const picture of [draw(chain), draw(fan)]) {
    const labels = ofClass(picture, "label").map((label) => number(label, "x"));
    expect(labels).toHaveLength(1000);
    expect(Math.max(...labels)).toBeLessThan(300);
    expect(allOf(picture).filter(({ name, text }) => name === "text" && text === "200 ms").length).toBeGreaterThan(10);
  }
});

test("is whole in itself: no script, nothing fetched, and dark where the reader prefers that", () => {
  const svg = waterfall({ traceId, spans: [span("1", "")] });
  expect(svg).not.toMatch(/<script|@import|url\(|href|@font-face|<image/);
  expect(svg.match(/https?:[^"]*/g)).toEqual(["http://www.w3.org/2000/svg"]);
  expect(svg).toContain("@media (prefers-color-scheme:dark)");
});
