import { afterEach, describe, expect, test } from "vitest";
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
      {
        spans: [
          {
            traceId: "f".repeat(32),
            spanId: "1",
            parentSpanId: "0000000000000000",
            kind: "SPAN_KIND_CLIENT",
            status: { code: 2, message: "no answer" },
            links: [{ traceId: "e".repeat(32), spanId: "2" }],
          },
        ],
      },
    ],
  },
];

let server: HttpServer;
afterEach(() => server.close());

async function startJaeger() {
  server = await serve((request, response) => {
    const answer = (status: number, body: unknown) => response.writeHead(status).end(JSON.stringify(body));
    if (request.url === `/api/v3/traces/${traceId}`) return answer(200, { result: { resourceSpans } });
    if (request.url === "/api/v3/traces/broken") return answer(500, { error: { message: "storage is gone" } });
    return answer(404, { error: { httpCode: 404, message: "No traces found" } });
  });
  return jaegerClient(`${server.url}/`);
}

test("decodes a trace into spans", async () => {
  const jaeger = await startJaeger();
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
  expect(spans?.[1]).toMatchObject({
    service: "",
    kind: "client",
    parentSpanId: "",
    name: "",
    error: "no answer",
    links: [{ traceId: "e".repeat(32), spanId: "2" }],
  });
});

test("a span that was sent twice counts once", () => {
  expect(decodeSpans([...resourceSpans, ...resourceSpans])).toHaveLength(2);
});

test("a trace that is not there yet is undefined; a failing Jaeger is an error that says what it answered", async () => {
  const jaeger = await startJaeger();
  expect(await jaeger.trace("00000000000000000000000000000001")).toBeUndefined();
  await expect(jaeger.trace("broken")).rejects.toThrow(
    /answered 500 to GET \/api\/v3\/traces\/broken: .*storage is gone/,
  );
  const { url } = server;
  await server.close();
  await expect(jaegerClient(url).trace(traceId)).rejects.toThrow(
    /^Jaeger at http:\/\/127\.0\.0\.1:\d+: .*(ECONNREFUSED|closed)/,
  );
});

describe("looking for traces", () => {
  const query = { service: "frontend", from: new Date(0), to: new Date(1000), limit: 5, minDurationMs: 3 };
  const spellings = {
    "2.19 and newer": [
      "query.serviceName",
      "query.startTimeMin",
      "query.startTimeMax",
      "query.durationMin",
      "query.searchDepth",
    ],
    "2.18 and older": [
      "query.service_name",
      "query.start_time_min",
      "query.start_time_max",
      "query.duration_min",
      "query.num_traces",
    ],
  };
  test.each(Object.entries(spellings))("a Jaeger of %s is asked in its own names", async (_, known) => {
    const asked: string[][] = [];
    server = await serve((request, response) => {
      const names = [...new URL(request.url ?? "", "http://jaeger").searchParams.keys()];
      asked.push(names);
      const missing = known.slice(1, 3).filter((name) => !names.includes(name));
      if (missing.length > 0) response.writeHead(400).end(`${missing.join(" and ")} are required`);
      else response.writeHead(200).end(JSON.stringify({ result: { resourceSpans } }));
    });
    const jaeger = jaegerClient(server.url);
    const found = await jaeger.find(query);
    expect(found.map((spans) => spans.map(({ name }) => name))).toEqual([["GET /"], [""]]);
    await jaeger.find(query);
    expect(asked.at(-1)).toEqual(known);
    // Once it is known, it is not tried again.
    expect(asked).toHaveLength(known === spellings["2.19 and newer"] ? 2 : 3);
  });

  test("nothing found is an empty list", async () => {
    expect(await (await startJaeger()).find(query)).toEqual([]);
  });

  test("services and operations are read by name, each once", async () => {
    server = await serve((request, response) => {
      const services = ["frontend"];
      const operations = ["GET /", "GET /"].map((name, index) => ({
        name,
        spanKind: index === 0 ? "server" : "client",
      }));
      response.end(JSON.stringify(request.url === "/api/v3/services" ? { services } : { operations }));
    });
    const jaeger = jaegerClient(server.url);
    expect(await jaeger.services()).toEqual(["frontend"]);
    expect(await jaeger.operations("frontend")).toEqual(["GET /"]);
  });

  test("a page of the UI in place of an answer is told", async () => {
    server = await serve((_, response) => response.end("<!doctype html><title>Jaeger UI</title>"));
    await expect(jaegerClient(server.url).services()).rejects.toThrow(/answered with no JSON: <!doctype html>/);
  });
});
