import { afterEach, expect, test } from "vitest";
import { jaegerClient } from "../../../receipt/jaeger.ts";
import { decodeSpans } from "../../../receipt/otlp.ts";
import { type HttpServer, serve } from "./http.ts";

const traceId = "0af7651916cd43dd8448eb211c80319c";
const resourceSpans = [
  {
    resource: { attributes: [{ key: "service.name", value: { stringValue: "frontend" } }] },
    scopeSpans: [
      {
        spans: [
          {
            traceId,
            spanId: "b7ad6b7169203331",
            parentSpanId: "",
            name: "GET /",
            kind: 2,
            startTimeUnixNano: "1795000000000000001",
            endTimeUnixNano: "1795000000012500001",
            attributes: [
              { key: "text", value: { stringValue: "x" } },
              { key: "whole", value: { intValue: "200" } },
              { key: "yes", value: { boolValue: false } },
              { key: "list", value: { arrayValue: { values: [{ doubleValue: 1.5 }] } } },
              { key: "map", value: { kvlistValue: { values: [{ key: "a", value: { intValue: 0 } }] } } },
              { key: "none", value: {} },
            ],
          },
        ],
      },
    ],
  },
  {
    scopeSpans: [
      { spans: [{ traceId: "f".repeat(32), spanId: "1", parentSpanId: "0000000000000000", kind: "SPAN_KIND_CLIENT" }] },
    ],
  },
];

let server: HttpServer;
let asked: URL[];
afterEach(() => server.close());

/** A Jaeger that knows one spelling of the query names and answers 400 to the other, as the real ones do. */
async function jaegerThatKnows(spelling: "camelCase" | "snake_case") {
  asked = [];
  server = await serve((request, response) => {
    const url = new URL(request.url ?? "", "http://jaeger");
    asked.push(url);
    const answer = (status: number, body: unknown) => response.writeHead(status).end(JSON.stringify(body));
    const required =
      spelling === "camelCase"
        ? ["query.startTimeMin", "query.startTimeMax"]
        : ["query.start_time_min", "query.start_time_max"];
    if (url.pathname === "/api/v3/services") return answer(200, { services: ["frontend"] });
    if (url.pathname === `/api/v3/traces/${traceId}`) return answer(200, { result: { resourceSpans } });
    if (url.pathname === "/api/v3/traces/broken") return answer(500, { error: { message: "storage is gone" } });
    if (url.pathname !== "/api/v3/traces") return answer(404, { error: { httpCode: 404, message: "No traces found" } });
    if (!required.every((name) => url.searchParams.has(name))) return answer(400, { error: { httpCode: 400 } });
    return answer(200, { result: { resourceSpans } });
  });
  return jaegerClient(`${server.url}/`);
}

test("decodes a trace into spans", async () => {
  const jaeger = await jaegerThatKnows("camelCase");
  const spans = await jaeger.trace(traceId);
  expect(spans?.[0]).toEqual({
    traceId,
    service: "frontend",
    name: "GET /",
    kind: "server",
    spanId: "b7ad6b7169203331",
    parentSpanId: "",
    startNs: 1795000000000000001n,
    durationMs: 12.5,
    attributes: { text: "x", whole: 200, yes: false, list: [1.5], map: { a: 0 }, none: undefined },
  });
  expect(spans?.[1]).toMatchObject({ service: "", kind: "client", parentSpanId: "", name: "" });
  expect(await jaeger.services()).toEqual(["frontend"]);
});

test("a span that was sent twice counts once", () => {
  expect(decodeSpans([...resourceSpans, ...resourceSpans])).toHaveLength(2);
});

test("a trace that is not there yet is undefined; a failing Jaeger is an error that says what it answered", async () => {
  const jaeger = await jaegerThatKnows("camelCase");
  expect(await jaeger.trace("00000000000000000000000000000001")).toBeUndefined();
  await expect(jaeger.trace("broken")).rejects.toThrow(
    /answered 500 to GET \/api\/v3\/traces\/broken: .*storage is gone/,
  );
  const { url } = server;
  await server.close();
  await expect(jaegerClient(url).services()).rejects.toThrow(
    /^Jaeger at http:\/\/127\.0\.0\.1:\d+: .*(ECONNREFUSED|closed)/,
  );
});

test.each(["camelCase", "snake_case"] as const)(
  "finds traces in a Jaeger that knows %s, without asking twice again",
  async (spelling) => {
    const jaeger = await jaegerThatKnows(spelling);
    const query = {
      service: "frontend",
      operation: "GET /",
      startTimeMin: new Date(0),
      startTimeMax: new Date(1),
      limit: 7,
    };
    expect((await jaeger.findTraces(query)).map((spans) => spans.length)).toEqual([1, 1]);
    const first = asked.length;
    await jaeger.findTraces(query);
    expect(asked.length - first).toBe(1);
    const names =
      spelling === "camelCase"
        ? ["serviceName", "operationName", "searchDepth"]
        : ["service_name", "operation_name", "num_traces"];
    expect(names.map((name) => asked.at(-1)?.searchParams.get(`query.${name}`))).toEqual(["frontend", "GET /", "7"]);
  },
);
