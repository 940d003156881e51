import { afterEach, beforeEach, expect, test } from "vitest";
import { silentProgress } from "../../../common/progress.ts";
import { kubernetesSite } from "../../../receipt/site.ts";
import { traceReceipt } from "../../../receipt/trace.ts";
import { type ApiServer, pod, putPods, putService, startApiServer } from "./api-server.ts";
import { type HttpServer, serve } from "./http.ts";

/** The whole way as small servers behind a stand-in of the Kubernetes API; a test breaks one of them. */
let api: ApiServer;
let servers: HttpServer[];
let stored: object[];
let workload: { ids: string[]; status: number; sends: boolean };
let agentStatus: number;
let accepted: number;
let basePath: string;
/** When the workload was called, the CLI's own span taken, and the workload's span stored; of performance.now(). */
let times: { called: number; taken: number; stored: number };

const span = (service: string, traceId: string, spanId: string, parentSpanId: string, kind: number, start = 1) => ({
  resource: { attributes: [{ key: "service.name", value: { stringValue: service } }] },
  scopeSpans: [
    {
      spans: [
        {
          ...{ traceId, spanId, parentSpanId, name: "GET", kind },
          ...{ startTimeUnixNano: `${start}`, endTimeUnixNano: `${start + 1}` },
        },
      ],
    },
  ],
});

async function part(namespace: string, name: string, port: number, answer: Parameters<typeof serve>[0]): Promise<void> {
  const server = await serve(answer);
  servers.push(server);
  api.pods.set(`${name}-1:${port}`, server.port);
  putService(api, { namespace, name, port, endpoints: [{ pod: `${name}-1`, ready: true }] });
  putPods(api, namespace, name, [pod(`${name}-1`, true)]);
}

beforeEach(async () => {
  api = await startApiServer();
  servers = [];
  stored = [];
  workload = { ids: [], status: 200, sends: true };
  agentStatus = 200;
  accepted = 0;
  basePath = "";
  times = { called: 0, taken: 0, stored: 0 };

  await part("demo", "frontend", 8080, (request, response) => {
    workload.ids = String(request.headers["traceparent"]).split("-");
    const [, traceId = "", parent = ""] = workload.ids;
    times.called = performance.now();
    // Its batch goes out later, as an SDK's does.
    const send = () => {
      times.stored = performance.now();
      stored.push(span("frontend", traceId, "aaaaaaaaaaaaaaaa", parent, 2, 2));
    };
    if (workload.sends) setTimeout(send, 300);
    response.writeHead(workload.status).end("{}");
  });
  await part("observability", "otel-agent", 4318, (_request, response) => {
    times.taken = performance.now();
    const [, traceId = "", spanId = ""] = workload.ids;
    if (agentStatus === 200) {
      stored.push(span("throughline-cli", traceId, spanId, "", 3));
      accepted += 1;
    }
    response.writeHead(agentStatus).end();
  });
  await part("observability", "jaeger", 16686, (request, response) => {
    const here = request.url?.startsWith(`${basePath}/api/v3/`);
    response
      .writeHead(stored.length > 0 && here ? 200 : 404)
      .end(JSON.stringify({ result: { resourceSpans: stored } }));
  });
  const metrics = await serve((_request, response) =>
    response.end(`otelcol_receiver_accepted_spans_total ${accepted}\notelcol_exporter_sent_spans_total ${accepted}\n`),
  );
  servers.push(metrics);
  api.pods.set("otel-agent-1:8888", metrics.port);
  api.pods.set("otel-gateway-1:8888", metrics.port);
  putPods(api, "observability", "otel-gateway", [pod("otel-gateway-1", true)]);
  for (const role of ["query", "ingester", "collector"]) putPods(api, "observability", `jaeger-${role}`, []);
});

afterEach(async () => {
  await Promise.all(servers.map((server) => server.close()));
  await api.close();
});

const receipt = (more: Partial<Parameters<typeof traceReceipt>[0]> = {}) =>
  traceReceipt({
    site: kubernetesSite(api.kubeConfig, "observability"),
    target: { workload: { namespace: "demo", service: "frontend", port: 8080, path: "/" } },
    timeoutMs: 15_000,
    progress: silentProgress,
    ...more,
  });

test("follows a request to the whole trace", async () => {
  const found = await receipt({ linkBase: "http://127.0.0.1:4000" });
  const [, traceId = "", root = ""] = workload.ids;
  expect(found).toEqual({
    traceId,
    complete: true,
    status: 200,
    services: ["throughline-cli", "frontend"],
    spans: [
      {
        service: "throughline-cli",
        name: "GET",
        kind: "client",
        spanId: root,
        parentSpanId: "",
        startMs: 0,
        durationMs: 1e-6,
      },
      {
        service: "frontend",
        name: "GET",
        kind: "server",
        spanId: "aaaaaaaaaaaaaaaa",
        parentSpanId: root,
        startMs: 1e-6,
        durationMs: 1e-6,
      },
    ],
    missingParents: [],
    queryableAfterMs: expect.any(Number),
    link: `http://127.0.0.1:4000/trace/${traceId}`,
  });
  // The call ended after the workload had been called, and before the CLI sent its own span.
  expect(found.queryableAfterMs).toBeGreaterThanOrEqual(Math.floor(times.stored - times.taken));
  expect(found.queryableAfterMs).toBeLessThanOrEqual(Math.ceil(performance.now() - times.called));
});

test("a URL of the user's own is called directly", async () => {
  const direct = servers[0]!.url;
  expect(await receipt({ target: { url: `${direct}/` } })).toMatchObject({ complete: true });
});

test("a workload without a ready pod is named at once", async () => {
  putService(api, { namespace: "demo", name: "frontend", port: 8080, endpoints: [] });
  putPods(api, "demo", "frontend", []);
  const begun = performance.now();
  const found = await receipt({ timeoutMs: 15_000 });
  expect(found).toMatchObject({ complete: false, status: null, queryableAfterMs: null, fault: { hop: "workload" } });
  expect(found.fault?.sentence).toContain(
    "Service demo/frontend has no ready pod (0 of 0 pods of demo/frontend are ready)",
  );
  expect(performance.now() - begun).toBeLessThan(6_000);
});

test("an expected service that did not arrive is named, with what its pod was given", async () => {
  const pods = [pod("frontend-1", true, { env: ["OTEL_SERVICE_NAME"] }), pod("quotes-1", true)];
  putPods(api, "demo", "frontend", [pods[0]!]);
  const labelled = { ...pods[1], metadata: { name: "quotes-1", labels: { "app.kubernetes.io/name": "quotes" } } };
  api.objects.set("/api/v1/namespaces/demo/pods", { items: [pods[0], labelled] });
  const { complete, fault } = await receipt({ expectServices: ["frontend", "quotes"], timeoutMs: 1_500 });
  expect(complete).toBe(false);
  expect(fault?.sentence).toMatch(
    /^workload: frontend arrived, but no span of quotes \(its pod quotes-1 has neither an inject-\* annotation/,
  );
});

test("an error of the workload's is told by its status, and is not a fault of the trace", async () => {
  workload.status = 502;
  expect(await receipt()).toMatchObject({ complete: true, status: 502 });
});

test("with many agents it reads those of the workload's node and of its own span", async () => {
  workload.sends = false;
  const agents = Array.from({ length: 12 }, (_, i) => {
    const agent = pod(`otel-agent-${i + 1}`, true) as { spec: object };
    return { ...agent, spec: { ...agent.spec, nodeName: `node-${i + 1}` } };
  });
  // Its own span goes to the last of the list; the workload runs on the node of the last but one.
  const last = "otel-agent-12";
  api.pods.set(`${last}:4318`, api.pods.get("otel-agent-1:4318")!);
  putPods(api, "observability", "otel-agent", agents);
  putService(api, {
    namespace: "observability",
    name: "otel-agent",
    port: 4318,
    endpoints: [{ pod: last, ready: true }],
  });
  putService(api, {
    namespace: "demo",
    name: "frontend",
    port: 8080,
    endpoints: [{ pod: "frontend-1", ready: true, node: "node-11" }],
  });
  for (let i = 1; i <= 12; i++) api.pods.set(`otel-agent-${i}:8888`, api.pods.get("otel-agent-1:8888")!);
  await receipt({ timeoutMs: 500 });
  expect(api.forwarded).toContain(last);
  expect(api.forwarded).toContain("otel-agent-11");
  expect(api.forwarded).not.toContain("otel-agent-10");
});

test("a workload that sends nothing is named, with what its pod was given", async () => {
  workload.sends = false;
  const annotations = { "instrumentation.opentelemetry.io/inject-sdk": "true" };
  putPods(api, "demo", "frontend", [pod("frontend-1", true, { annotations, env: ["PATH"] })]);
  const { fault } = await receipt({ timeoutMs: 1_500 });
  expect(fault?.sentence).toMatch(
    /^workload: demo\/frontend answered 200, but its pod frontend-1 has the annotation inject-sdk and not one/,
  );
});

test("an agent that refuses is named, and the reason", async () => {
  agentStatus = 400;
  const found = await receipt({ timeoutMs: 15_000 });
  expect(found).toMatchObject({ complete: false, services: ["frontend"], fault: { hop: "agent" } });
  expect(found.missingParents).toHaveLength(1);
});

test.each([
  ["otel-agent", "agent"],
  ["otel-gateway", "gateway"],
  ["jaeger", "jaeger"],
])("without a pod of %s the hop is %s", async (name, hop) => {
  putService(api, { namespace: "observability", name, port: name === "jaeger" ? 16686 : 4318, endpoints: [] });
  putPods(api, "observability", name, []);
  if (hop === "gateway") agentStatus = 503;
  const { fault, complete } = await receipt({ timeoutMs: 500 });
  expect(complete).toBe(false);
  expect(fault?.hop).toBe(hop);
  expect(fault?.sentence).toContain(`there is no pod of ${name} in namespace observability`);
});

test("a Kubernetes API that is gone is the user's to see to, in one sentence", async () => {
  await api.close();
  await expect(receipt()).rejects.toMatchObject({
    name: "UserError",
    message: expect.stringMatching(/^the Kubernetes API of context x did not say what runs in namespace observability/),
  });
  api = await startApiServer();
});

test("where Jaeger has a base path, it is asked and linked there", async () => {
  const service = api.objects.get("/api/v1/namespaces/observability/services/jaeger") as { metadata?: object };
  service.metadata = { annotations: { "throughline.dev/base-path": "/traces" } };
  basePath = "/traces";
  const found = await receipt({ linkBase: "http://127.0.0.1:4000" });
  expect(found).toMatchObject({ complete: true, link: `http://127.0.0.1:4000/traces/trace/${found.traceId}` });
});

test("where Jaeger's programs are separate, the one that is not ready is named", async () => {
  putPods(api, "observability", "jaeger", []);
  putPods(api, "observability", "jaeger-query", [pod("jaeger-query-1", true)]);
  putPods(api, "observability", "jaeger-collector", [pod("jaeger-collector-1", false)]);
  agentStatus = 503;
  workload.sends = false;
  expect((await receipt({ timeoutMs: 500 })).fault?.sentence).toMatch(/^jaeger: 0 of 1 pod of jaeger-collector ready/);
});
