import { afterEach, expect, test, vi } from "vitest";
import { callUnderRoot } from "../../../receipt/root.ts";
import { type HttpServer, serve } from "./http.ts";

const servers: HttpServer[] = [];
const start: typeof serve = async (answer) => {
  const server = await serve(answer);
  servers.push(server);
  return server;
};
afterEach(async () => {
  vi.unstubAllEnvs();
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

test("passes W3C context on and sends its span as OTLP protobuf, whatever OTEL_* the shell holds", async () => {
  vi.stubEnv("OTEL_TRACES_SAMPLER", "always_off");
  vi.stubEnv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9");
  vi.stubEnv("OTEL_SERVICE_NAME", "someone-else");
  let traceparent: string | undefined;
  const workload = await start((request, response) => {
    traceparent = request.headers["traceparent"] as string;
    response.end("ok");
  });
  const sent: { url: string | undefined; type: string | undefined; body: Buffer }[] = [];
  const agent = await start((request, response, body) => {
    sent.push({ url: request.url, type: request.headers["content-type"], body });
    response.end();
  });

  const call = await callUnderRoot(`${workload.url}/path?token=secret`, 5_000);
  expect(call).toMatchObject({ status: 200, traceId: expect.stringMatching(/^[0-9a-f]{32}$/) });
  expect(traceparent).toBe(`00-${call.traceId}-${call.spanId}-01`);
  expect(performance.now() - call.endedAt).toBeLessThan(5_000);

  expect(await call.send(agent.url, 5_000)).toBeUndefined();
  expect(sent).toHaveLength(1);
  expect(sent[0]).toMatchObject({ url: "/v1/traces", type: "application/x-protobuf" });
  const body = sent[0]!.body;
  for (const part of [
    Buffer.from("throughline-cli"),
    Buffer.from(call.traceId, "hex"),
    Buffer.from(call.spanId, "hex"),
  ]) {
    expect(body.includes(part)).toBe(true);
  }
  expect(body.includes("secret")).toBe(false);
});

test("a workload that fails or does not answer is a finding, not an error", async () => {
  const failing = await start((_request, response) => response.writeHead(503).end());
  expect(await callUnderRoot(failing.url, 10_000)).toMatchObject({ status: 503 });

  const silent = await start(() => {});
  expect(await callUnderRoot(silent.url, 200)).toMatchObject({ problem: "no answer within 0.2 s" });

  await silent.close();
  expect(await callUnderRoot(silent.url, 10_000)).toMatchObject({ problem: expect.stringContaining("ECONNREFUSED") });
});

test("sending is bounded: an agent that refuses or hangs gives a reason in time", async () => {
  const workload = await start((_request, response) => response.end());
  const call = await callUnderRoot(workload.url, 10_000);
  const refusing = await start((_request, response) => response.writeHead(400).end("no"));
  expect(await call.send(refusing.url, 10_000)).toMatch(/./);
  const hanging = await start(() => {});
  const begun = performance.now();
  expect(await call.send(hanging.url, 300)).toMatch(/./);
  expect(performance.now() - begun).toBeLessThan(15_000);
});
