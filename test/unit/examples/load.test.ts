import { afterEach, describe, expect, test } from "vitest";
import { type Drive, drive } from "../../../examples/shop/load/drive.ts";
import { edgesOf, shortcomings } from "../../../examples/shop/load/judge.ts";
import { readLoadFlags } from "../../../examples/shop/load/options.ts";
import type { Span } from "../../../receipt/otlp.ts";
import { type HttpServer, serve } from "../receipt/http.ts";
import { spansOf } from "./otlp-request.ts";

const span = (service: string, spanId: string, parentSpanId: string, traceId = "t"): Span => ({
  traceId,
  service,
  name: "n",
  kind: "server",
  spanId,
  parentSpanId,
  startNs: 1n,
  durationMs: 1,
  attributes: {},
});
const url = "http://127.0.0.1:8080/";

describe("what a trace lacks", () => {
  const expected = { services: ["a", "b"], edges: [["a", "b"]], rootStored: true } as const;
  const whole = [span("cli", "1", ""), span("a", "2", "1"), span("a", "3", "2"), span("b", "4", "3")];

  test.each<[what: string, spans: Span[], reasons: string[]]>([
    ["nothing", whole, []],
    ["everything", [], ["no span in Jaeger"]],
    ["a service", whole.slice(0, 3), ["no span of b", "no edge a>b"]],
    ["an edge", [...whole.slice(0, 3), span("b", "4", "1")], ["no edge a>b"]],
    ["the root", whole.slice(1), ["the driver's own span is missing", "a span without its parent"]],
    ["a parent", [...whole, span("c", "6", "5")], ["a span without its parent"]],
    ["one root: it has two", [...whole, span("c", "6", "")], ["a second root"]],
  ])("%s", (_what, spans, reasons) => {
    expect(shortcomings(spans, "1", expected)).toEqual(reasons);
  });

  test("a root that was not sent is no shortcoming, and others still are", () => {
    const unsent = { ...expected, rootStored: false };
    expect(shortcomings(whole.slice(1), "1", unsent)).toEqual([]);
    expect(shortcomings([...whole.slice(1), span("c", "6", "5")], "1", unsent)).toEqual(["a span without its parent"]);
    expect(shortcomings([...whole.slice(1), span("c", "6", "")], "1", unsent)).toEqual(["a second root"]);
  });

  test("with nothing expected, at least another span than the driver's own", () => {
    const any = { services: [], edges: [], rootStored: true };
    expect(shortcomings(whole.slice(0, 1), "1", any)).toEqual(["no span but the driver's own"]);
    expect(shortcomings(whole, "1", any)).toEqual([]);
  });

  test("edges lead from one service to another", () => {
    expect([...edgesOf(whole)]).toEqual(["cli>a", "a>b"]);
  });
});

describe("options", () => {
  test("have defaults, and edges name services too", () => {
    expect(readLoadFlags({ url, expect: "a, b", edges: "a>b,b > c" })).toEqual({
      target: { url },
      perSecond: 10,
      count: 100,
      services: ["a", "b", "c"],
      edges: [
        ["a", "b"],
        ["b", "c"],
      ],
      namespace: "observability",
      timeoutMs: 60_000,
      output: "text",
    });
  });

  test.each([
    [{}, "write what to call"],
    [{ url, workload: "a/b:1" }, "write what to call"],
    [{ url: "x" }, '--url is "x"; write an http or https address'],
    [{ url: "http://user:hunter2@x/" }, '--url is "http://***@x/"; write an http or https address without a login'],
    [{ workload: "cart:80" }, '--workload is "cart:80"'],
    [{ url, rate: "201" }, '--rate is "201"; write a whole number from 1 to 200'],
    [{ url, rate: "0" }, '--rate is "0"'],
    [{ url, count: "100001" }, '--count is "100001"; write a whole number from 1 to 100000'],
    [{ url, count: "1e3" }, '--count is "1e3"'],
    [{ url, edges: "a-b" }, '--edges is "a-b"; write caller>called'],
    [{ url, edges: "a>b>c" }, '--edges is "a>b>c"'],
    [{ url, expect: "a,,b" }, '--expect is "a,,b"'],
    [{ url, jaeger: "localhost" }, '--jaeger is "localhost"'],
    [{ url, otlp: "http://a:4318" }, "--otlp goes with --jaeger"],
    [{ url, jaeger: "http://j", context: "c" }, "--jaeger and --context exclude each other"],
    [{ workload: "a/b:1", jaeger: "http://j" }, "--workload is of a cluster"],
    [{ url, timeout: "5" }, '--timeout is "5"'],
    [{ url, output: "xml" }, '--output is "xml"'],
  ])("refuses %j", (flags, message) => {
    expect(() => readLoadFlags(flags)).toThrow(
      expect.objectContaining({ name: "UserError", message: expect.stringContaining(message) }),
    );
  });

  test("all wrong ones are told at once", () => {
    expect(() => readLoadFlags({ url, rate: "x", count: "y", output: "z" })).toThrow(
      expect.objectContaining({ problems: [expect.any(String), expect.any(String), expect.any(String)] }),
    );
  });
});

describe("a run", () => {
  const servers: HttpServer[] = [];
  afterEach(async () => {
    for (const server of servers.splice(0)) await server.close();
  });
  const stored = new Map<string, Span[]>();

  /** A workload that fails each request whose number is in `failing`, and loses the span of each in `losing`. */
  async function run(failing: number[], losing: number[], more: Partial<Drive> = {}, sendsRoots = true) {
    stored.clear();
    let number = 0;
    const workload = await serve((request, response) => {
      const [, traceId = "", parent = ""] = String(request.headers["traceparent"]).split("-");
      number += 1;
      response.writeHead(failing.includes(number) ? 503 : 200).end();
      const lost = losing.includes(number);
      stored.set(traceId, [span("front", "2", parent), ...(lost ? [] : [span("shop", "3", "2")])]);
    });
    const collector = await serve((_request, response, body) => {
      for (const { traceId, spanId, service } of spansOf(body))
        stored.set(traceId, [...(stored.get(traceId) ?? []), span(service, spanId, "", traceId)]);
      response.end();
    });
    servers.push(workload, collector);
    return drive({
      url: workload.url,
      perSecond: 100,
      count: 10,
      expected: { services: ["shop"], edges: [["front", "shop"]] },
      jaeger: { trace: async (traceId) => stored.get(traceId) },
      ...(sendsRoots ? { otlp: collector.url } : {}),
      timeoutMs: 20_000,
      settleMs: 100,
      step: { update: () => {} },
      ...more,
    });
  }

  test("with every trace complete says so, with the pace and the time of the answers", async () => {
    const begun = performance.now();
    const edges = [["throughline-cli", "front"]] as const;
    const report = await run([], [], { expected: { services: ["shop"], edges } });
    expect(report).toMatchObject({
      requests: 10,
      answered: 10,
      complete: 10,
      refused: {},
      incomplete: {},
      examples: [],
    });
    expect(performance.now() - begun).toBeGreaterThan(90);
    expect(report.perSecond).toBeLessThan(115);
    expect(report.latencyMs!.median).toBeLessThanOrEqual(report.latencyMs!.p99);
    expect(new Set(stored.keys()).size).toBe(10);
  });

  test("counts what is missing by its reason, and names such traces", async () => {
    // Everything is stored before the answer here, so one look is enough.
    const report = await run([2], [3, 5], { timeoutMs: 300 }, false);
    expect(report).toMatchObject({ answered: 9, refused: { "answered 503": 1 }, complete: 7 });
    expect(report.incomplete).toEqual({ "no span of shop": 2, "no edge front>shop": 2 });
    expect(report.examples).toHaveLength(2);
    for (const { traceId } of report.examples) expect(stored.get(traceId)).toHaveLength(1);
  });

  test("without a place for its own spans, and with a Jaeger that fails at first, it still finds all", async () => {
    let asked = 0;
    const jaeger = {
      trace: async (traceId: string) => {
        asked += 1;
        if (asked <= 3) throw new Error("not yet");
        return stored.get(traceId);
      },
    };
    const found = await run([], [], { expected: { services: ["shop"], edges: [] }, jaeger }, false);
    expect(found).toMatchObject({ complete: 10, incomplete: {} });
  });

  test("a workload that is not there is a finding", async () => {
    const gone = await serve(() => {});
    await gone.close();
    const report = await run([], [], { url: gone.url, count: 2 });
    expect(report).toMatchObject({ answered: 0, complete: 0, latencyMs: null });
    expect(Object.values(report.refused)).toEqual([2]);
  });
});
