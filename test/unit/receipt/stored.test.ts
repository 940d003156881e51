import { expect, test } from "vitest";
import type { Span } from "../../../receipt/otlp.ts";
import { renderStored } from "../../../receipt/render.ts";
import { storedTrace } from "../../../receipt/stored.ts";

const traceId = "0af7651916cd43dd8448eb211c80319c";
const span = (service: string, spanId: string, parentSpanId: string): Span => ({
  traceId,
  service,
  name: "GET",
  kind: "server",
  spanId,
  parentSpanId,
  startNs: BigInt(`0x${spanId}`) * 1_000_000n,
  durationMs: 1,
  attributes: {},
});
const root = span("front", "1", "");
const child = span("back", "3", "1");

/** A Jaeger whose answers come one after the other, the last one for ever. */
const jaeger = (...answers: (Span[] | undefined | Error)[]) => ({
  asked: 0,
  async trace() {
    const answer = answers[Math.min(this.asked++, answers.length - 1)];
    if (answer instanceof Error) throw answer;
    return answer;
  },
});

test("reads a whole trace, times from its start on", async () => {
  expect(await storedTrace(jaeger([child, root]), traceId, ["back"], 0)).toMatchObject({
    traceId,
    complete: true,
    services: ["front", "back"],
    spans: [
      { spanId: "1", startMs: 0 },
      { spanId: "3", startMs: 2 },
    ],
    missingParents: [],
    missingServices: [],
  });
});

test("one service alone is a trace too", async () => {
  expect(await storedTrace(jaeger([root]), traceId, [], 0)).toMatchObject({ complete: true });
});

test.each([
  ["a missing parent", [root, span("back", "3", "2")], [], { missingParents: ["2"] }],
  ["a missing service", [root], ["back"], { missingServices: ["back"] }],
  ["no root", [span("a", "1", "2"), span("b", "2", "1")], [], {}],
])("%s is told", async (_what, spans, expected, found) => {
  expect(await storedTrace(jaeger(spans), traceId, expected, 0)).toMatchObject({ complete: false, ...found });
});

test("asks once without a time limit, and with one until the trace is whole", async () => {
  const once = jaeger(undefined, [root]);
  expect(await storedTrace(once, traceId, [], 0)).toBeUndefined();
  expect(once.asked).toBe(1);
  const late = jaeger(new Error("not yet"), undefined, [child], [root, child]);
  expect(await storedTrace(late, traceId, [], 5_000)).toMatchObject({ complete: true });
  expect(late.asked).toBe(4);
});

test("what there is by the end counts; a Jaeger that does not answer is an error", async () => {
  expect(await storedTrace(jaeger([child]), traceId, [], 300)).toMatchObject({ complete: false });
  await expect(storedTrace(jaeger(new Error("gone")), traceId, [], 300)).rejects.toThrow("gone");
});

test("is told as text, with what is missing", async () => {
  const found = await storedTrace(jaeger([root, span("back", "3", "2")]), traceId, ["till"], 0);
  expect(renderStored(found!, "http://j/trace/1")).toBe(`Trace not complete

front  GET  server  1.0 ms
back   GET  server  1.0 ms

trace             ${traceId}
services          2 (front, back)
missing parents   2
missing services  till
Jaeger            http://j/trace/1
`);
});
