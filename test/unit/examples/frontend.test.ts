import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { beforeAll, expect, test } from "vitest";
import { silentProgress } from "../../../common/progress.ts";
import { buildTools } from "../../../sandbox/tools/build.ts";
import { type HttpServer, serve } from "../receipt/http.ts";
import { type SentSpan, spansOf } from "./otlp-request.ts";

const source = fileURLToPath(new URL("../../../examples/frontend", import.meta.url));
const env = { ...process.env, CGO_ENABLED: "0", GOTOOLCHAIN: "local", GOFLAGS: "-mod=readonly" };
const minutes = 60_000;
let program: string;

beforeAll(async () => {
  program = await buildTools(["frontend"], silentProgress).frontend;
}, 20 * minutes);

test("go vet finds nothing, and go.mod and go.sum are tidy enough to build from", {
  timeout: 20 * minutes,
}, async () => {
  const { stderr } = await promisify(execFile)("go", ["vet", "./..."], { cwd: source, env });
  expect(stderr.replace(/^go: downloading .*\n/gm, "")).toBe("");
});

const traceId = "0af7651916cd43dd8448eb211c80319c";
const parent = "b7ad6b7169203331";

/** Runs the service with the given variables, asks it once inside a trace, ends it by SIGTERM, and tells what it sent. */
async function askOnce(variables: Record<string, string>, quotes: HttpServer) {
  const spans: SentSpan[] = [];
  const collector = await serve((request, response, body) => {
    if (request.url === "/v1/traces") spans.push(...spansOf(body));
    response.end();
  });
  const free = await serve(() => {});
  await free.close();
  const child = spawn(program, {
    env: {
      LISTEN: `127.0.0.1:${free.port}`,
      QUOTES_URL: quotes.url,
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
      OTEL_EXPORTER_OTLP_PROTOCOL: "http/protobuf",
      ...variables,
    },
    stdio: "ignore",
  });
  const ended = once(child, "exit");
  try {
    while (!(await fetch(`${free.url}/healthz`).catch(() => undefined))?.ok) {
      if (child.exitCode !== null) throw new Error(`the service ended with ${child.exitCode}`);
      await sleep(50);
    }
    const headers = { traceparent: `00-${traceId}-${parent}-01` };
    const answer = await fetch(free.url, { headers });
    const body: unknown = await answer.json();
    child.kill("SIGTERM");
    const [code] = await ended;
    return { status: answer.status, body, code, spans };
  } finally {
    child.kill("SIGKILL");
    await collector.close();
  }
}

async function quotesServer(status = 200) {
  const asked: (string | undefined)[] = [];
  const server = await serve((request, response) => {
    asked.push(request.headers["traceparent"] as string | undefined);
    response.writeHead(status).end('{"text": "x"}');
  });
  return { ...server, asked };
}

test("joins the caller's trace, hands it on, and sends the last spans on SIGTERM", async () => {
  const quotes = await quotesServer();
  const { status, body, code, spans } = await askOnce({ OTEL_SERVICE_NAME: "shop-front" }, quotes);
  await quotes.close();
  expect({ status, body, code }).toEqual({ status: 200, body: { service: "frontend", quote: { text: "x" } }, code: 0 });

  // Health checks make no span, so these two are all.
  const [server, client] = spans.sort((a, b) => a.kind - b.kind);
  expect(spans).toHaveLength(2);
  expect(server).toMatchObject({ service: "shop-front", kind: 2, traceId, parentSpanId: parent });
  expect(client).toMatchObject({ service: "shop-front", kind: 3, traceId, parentSpanId: server?.spanId });
  expect(quotes.asked).toEqual([`00-${traceId}-${client?.spanId}-01`]);
});

test("obeys the environment: propagators, sampler, exporter", async () => {
  const quotes = await quotesServer();
  const b3 = await askOnce({ OTEL_PROPAGATORS: "b3" }, quotes);
  expect(b3.spans.map((span) => span.traceId)).not.toContain(traceId);
  expect(quotes.asked).toEqual([undefined]);
  expect((await askOnce({ OTEL_TRACES_SAMPLER: "always_off" }, quotes)).spans).toEqual([]);
  expect((await askOnce({ OTEL_TRACES_EXPORTER: "none" }, quotes)).spans).toEqual([]);
  await quotes.close();
});

test("answers 502 when the quotes service fails, and traces that too", async () => {
  const quotes = await quotesServer(500);
  const { status, spans } = await askOnce({}, quotes);
  await quotes.close();
  expect(status).toBe(502);
  expect(spans).toHaveLength(2);
});
