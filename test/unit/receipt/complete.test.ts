import { expect, test } from "vitest";
import { completeness } from "../../../receipt/complete.ts";
import type { Span, SpanKind } from "../../../receipt/otlp.ts";

const span = (service: string, spanId: string, parentSpanId: string, kind: SpanKind): Span => ({
  traceId: "t",
  service,
  name: "n",
  kind,
  spanId,
  parentSpanId,
  startNs: BigInt(`0x${spanId}`),
  durationMs: 1,
  attributes: {},
});
const root = span("cli", "1", "", "client");
const server = span("frontend", "2", "1", "server");
const call = span("frontend", "3", "2", "client");
const answer = span("quotes", "4", "3", "server");

test.each([
  ["nothing", [], false],
  ["the root alone", [root], false],
  ["a server without its caller", [root, answer], false],
  ["spans without the root", [server, call], false],
  ["a trace beside the root", [root, span("frontend", "2", "", "server")], false],
  ["the called workload", [root, server], true],
  ["everything", [answer, call, server, root], true],
])("%s: whole is %s", (_name, spans, whole) => {
  expect(completeness(spans, "1").whole).toBe(whole);
});

test("names missing parents once, and services in order of their start", () => {
  const found = completeness([answer, span("quotes", "5", "3", "internal"), server, root], "1");
  expect(found.missingParents).toEqual(["3"]);
  expect(found.services).toEqual(["cli", "frontend", "quotes"]);
});

test("names callers before those they call, whatever the clocks of their machines say", () => {
  const early = { ...answer, startNs: 1n };
  expect(completeness([early, root, server, call], "1").services).toEqual(["cli", "frontend", "quotes"]);
});

test("waits for expected services, and longer for a call that nobody has answered yet", () => {
  expect(completeness([root, server], "1", ["frontend", "quotes"])).toMatchObject({
    whole: false,
    missingServices: ["quotes"],
  });
  expect(completeness([root, server, call], "1").settleMs).toBeGreaterThan(5_000);
  expect(completeness([root, server, call, answer], "1").settleMs).toBeLessThan(1_000);
  expect(completeness([root, server, call], "1", ["frontend"]).settleMs).toBeLessThan(1_000);
});

test("a trace as deep as a runaway recursion makes it is read as any other", () => {
  const id = (index: number) => (index + 1).toString(16);
  const deep = Array.from({ length: 20_000 }, (_, index) =>
    span("loop", id(index), index ? id(index - 1) : "", "server"),
  );
  expect(completeness([root, ...deep.slice(1)], "1")).toMatchObject({ whole: true, services: ["cli", "loop"] });
});
