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
  expect(spans?.[1]).toMatchObject({ service: "", kind: "client", parentSpanId: "", name: "" });
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
