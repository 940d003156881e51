import { expect, test } from "vitest";
import { renderReceipt } from "../../../receipt/render.ts";
import type { ReceiptSpan } from "../../../receipt/spans.ts";
import type { Receipt } from "../../../receipt/trace.ts";

const span = (service: string, spanId: string, parentSpanId: string, more: Partial<ReceiptSpan> = {}): ReceiptSpan => ({
  service,
  name: "GET",
  kind: "server",
  spanId,
  parentSpanId,
  startMs: 0,
  durationMs: 1,
  ...more,
});
const receipt: Receipt = {
  traceId: "0af7651916cd43dd8448eb211c80319c",
  complete: true,
  status: 200,
  services: ["throughline-cli", "frontend", "quotes"],
  spans: [
    span("throughline-cli", "1", "", { kind: "client", durationMs: 21.84 }),
    span("frontend", "2", "1", { name: "GET /", durationMs: 6.1 }),
    span("frontend", "3", "2", { name: "HTTP GET", kind: "client", durationMs: 5.75 }),
    span("quotes", "4", "3", { durationMs: 2.6 }),
    span("frontend", "5", "2", { name: "render", kind: "internal", durationMs: 0.04 }),
  ],
  missingParents: [],
  queryableAfterMs: 312,
  link: "http://127.0.0.1:16686/trace/0af7651916cd43dd8448eb211c80319c",
};

test("shows the tree aligned, and all of the receipt", () => {
  expect(renderReceipt(receipt)).toBe(`Trace complete, answered 200

throughline-cli  GET       client    21.8 ms
└─ frontend      GET /     server     6.1 ms
   ├─ frontend   HTTP GET  client     5.8 ms
   │  └─ quotes  GET       server     2.6 ms
   └─ frontend   render    internal   0.0 ms

trace            0af7651916cd43dd8448eb211c80319c
services         3 (throughline-cli, frontend, quotes)
missing parents  none
queryable after  312 ms
Jaeger           http://127.0.0.1:16686/trace/0af7651916cd43dd8448eb211c80319c
`);
});

test("without a trace it says so and why", () => {
  const fault = { hop: "agent" as const, sentence: "agent: it took no span. Next: kubectl logs" };
  const nothing = { complete: false, status: null, services: [], spans: [], queryableAfterMs: null };
  const text = renderReceipt({ ...receipt, ...nothing, fault });
  expect(text).toMatch(/^Trace not complete, no answer\n\ntrace {12}0af/);
  expect(text).toMatch(/services {9}0\n/);
  expect(text).toContain("queryable after  not in time\n");
  expect(text).toMatch(/\n\nagent: it took no span\. Next: kubectl logs\n$/);
});

test("warns of an answer that is an error, even when the trace is complete", () => {
  const text = renderReceipt({ ...receipt, status: 502 });
  expect(text).toMatch(/^Trace complete, answered 502\n/);
  expect(text).toMatch(/\n\nwarning: the call was answered 502: [^\n]+\n$/);
  expect(renderReceipt({ ...receipt, status: 399 })).not.toContain("warning");
});

test("shows every span once, also orphans and spans that are their own ancestors", () => {
  const spans = [
    span("a", "1", ""),
    span("b", "2", "lost"),
    span("c", "3", "4"),
    span("d", "4", "3"),
    span("e", "5", "5"),
  ];
  const text = renderReceipt({ ...receipt, spans, missingParents: ["lost"] });
  for (const service of ["a", "b", "c", "d", "e"]) expect(text.match(new RegExp(`^${service} `, "gm"))).toHaveLength(1);
  expect(text).toContain("missing parents  lost\n");
});

test("colours change nothing but the colours", () => {
  const coloured = renderReceipt(receipt, true);
  expect(coloured).toContain("\x1b[");
  // biome-ignore lint/suspicious/noControlCharactersInRegex: terminal colours begin with one
  expect(coloured.replace(/\x1b\[\d+m/g, "")).toBe(renderReceipt(receipt));
});
