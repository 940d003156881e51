import type { V1Pod } from "@kubernetes/client-node";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type Counters, difference, readCounters } from "../../../receipt/counters.ts";
import { isOf, podsSeen, workloadSeen } from "../../../receipt/observe.ts";
import { type ApiServer, pod, putPods, startApiServer } from "./api-server.ts";
import { type HttpServer, serve } from "./http.ts";

const of = (...pods: object[]) => pods as V1Pod[];
const waiting = (reason: string) => ({
  metadata: { name: "p" },
  status: { phase: "Pending", containerStatuses: [{ state: { waiting: { reason } } }] },
});

test("counts pods that stay, and says what an unready one waits for", () => {
  const leaving = { ...pod("a", true), metadata: { name: "a", deletionTimestamp: new Date() } };
  expect(podsSeen("x", of(pod("b", true), leaving))).toEqual({ name: "x", pods: 1, ready: 1 });
  expect(podsSeen("x", of(waiting("ImagePullBackOff")))).toEqual({
    name: "x",
    pods: 1,
    ready: 0,
    reason: "ImagePullBackOff",
  });
  expect(podsSeen("x", of(pod("b", false))).reason).toBe("its readiness check fails");
  const conditions = [{ type: "PodScheduled", status: "False", reason: "Unschedulable" }];
  expect(podsSeen("x", of({ metadata: {}, status: { phase: "Pending", conditions } })).reason).toBe("Unschedulable");
});

test("sees what tracing a workload's pod was given", () => {
  const annotations = {
    "instrumentation.opentelemetry.io/inject-nodejs": "true",
    "instrumentation.opentelemetry.io/inject-sdk": "false",
    "instrumentation.opentelemetry.io/inject-nginx-container-names": "web",
    "instrumentation.opentelemetry.io/container-names": "app",
    other: "true",
  };
  const env = ["OTEL_SERVICE_NAME", "PATH", "OTEL_SERVICE_NAME"];
  const pods = of(pod("old", false), pod("new", true, { annotations, env }));
  expect(workloadSeen("demo/web", "demo", pods)).toEqual({
    name: "demo/web",
    namespace: "demo",
    pods: 2,
    ready: 1,
    reason: "its readiness check fails",
    pod: "new",
    annotations: ["inject-nodejs"],
    variables: ["OTEL_SERVICE_NAME"],
  });
});

test("finds the pods of a service by the name they send, else by what injection names them after", () => {
  const of = (name: string, more: { env?: object[]; labels?: object; owner?: { kind: string; name: string } }) =>
    ({
      metadata: { name, labels: more.labels, ownerReferences: more.owner && [{ ...more.owner, controller: true }] },
      spec: { containers: [{ name: "c", env: more.env ?? [] }] },
    }) as unknown as V1Pod;
  const labels = { "app.kubernetes.io/name": "quotes" };
  const owner = { kind: "ReplicaSet", name: "quotes-7d4b9" };
  expect(isOf(of("x", { env: [{ name: "OTEL_SERVICE_NAME", value: "quotes" }] }), "quotes")).toBe(true);
  expect(isOf(of("x", { env: [{ name: "OTEL_SERVICE_NAME", value: "other" }], labels, owner }), "quotes")).toBe(false);
  expect(isOf(of("x", { labels }), "quotes")).toBe(true);
  expect(isOf(of("x", { owner }), "quotes")).toBe(true);
  expect(isOf(of("x", { owner: { kind: "StatefulSet", name: "quotes" } }), "quotes")).toBe(true);
  expect(isOf(of("x", { owner: { kind: "ReplicaSet", name: "quotes-proxy-7d4b9" } }), "quotes")).toBe(false);
  expect(isOf(of("quotes", {}), "quotes")).toBe(true);
});

const counters = (pods: Record<string, [accepted: number, queueSize: number]>, leftOut = 0): Counters => ({
  leftOut,
  byPod: new Map(
    Object.entries(pods).map(([name, [accepted, queueSize]]) => [
      name,
      { accepted, queueSize, refused: 0, sent: 0, sendFailed: 0, enqueueFailed: 0 },
    ]),
  ),
});

test("the difference survives restarts and new pods; the queue is as it is now", () => {
  const before = counters({ a: [10, 5], b: [100, 5] });
  const now = counters({ a: [14, 1], b: [3, 1], c: [2, 1] });
  expect(difference(before, now)).toMatchObject({ accepted: 4 + 3 + 2, queueSize: 3 });
  expect(difference(undefined, now)).toMatchObject({ accepted: 19, leftOut: 0 });
  expect(difference(before, undefined)).toBeUndefined();
  // Of pods that were left out before it is not known what they had counted by then.
  expect(difference({ ...before, leftOut: 1 }, now)).toMatchObject({ accepted: 4 + 3, queueSize: 2, leftOut: 1 });
});

let api: ApiServer;
let metrics: HttpServer;
beforeEach(async () => {
  api = await startApiServer();
  metrics = await serve((request, response) => {
    if (request.url !== "/metrics") return response.writeHead(404).end();
    return response.end(`otelcol_receiver_accepted_spans_total{transport="http"} 3
otelcol_receiver_accepted_spans_total{transport="grpc"} 4
otelcol_receiver_refused_spans_total 1
otelcol_receiver_failed_spans_total 1
otelcol_exporter_sent_spans_total{exporter="otlp_grpc"} 5
otelcol_exporter_sent_spans_total{exporter="debug"} 50
otelcol_exporter_queue_size{data_type="traces",exporter="otlp_grpc"} 2
otelcol_exporter_queue_size{data_type="metrics",exporter="otlp_grpc"} 20
`);
  });
});
afterEach(async () => {
  await metrics.close();
  await api.close();
});

test("reads the counters of ready pods only, and gives up in time", async () => {
  putPods(api, "obs", "otel-agent", [pod("a", true), pod("b", false), pod("c", true)]);
  api.pods.set("a:8888", metrics.port);
  expect(await readCounters(api.kubeConfig, "obs", "otel-agent", 15_000)).toEqual({
    byPod: new Map([["a", { accepted: 7, refused: 2, sent: 5, sendFailed: 0, enqueueFailed: 0, queueSize: 2 }]]),
    leftOut: 1,
  });
  expect(await readCounters(api.kubeConfig, "obs", "nobody", 15_000)).toBeUndefined();

  const silent = await serve(() => {});
  api.pods.set("a:8888", silent.port);
  const begun = performance.now();
  expect(await readCounters(api.kubeConfig, "obs", "otel-agent", 300)).toBeUndefined();
  expect(performance.now() - begun).toBeLessThan(15_000);
  await silent.close();
});

test("of many pods reads the wanted ones, and tells how many it left out", async () => {
  const agents = Array.from({ length: 14 }, (_, i) => {
    const agent = pod(`agent-${i}`, true) as { spec: object };
    return { ...agent, spec: { ...agent.spec, nodeName: `node-${i}` } };
  });
  putPods(api, "obs", "otel-agent", agents);
  for (let i = 0; i < agents.length; i++) api.pods.set(`agent-${i}:8888`, metrics.port);
  const wanted = { pods: ["agent-13"], nodes: ["node-12", "node-11"] };
  const read = await readCounters(api.kubeConfig, "obs", "otel-agent", 15_000, wanted);
  expect(read?.leftOut).toBe(4);
  expect([...read!.byPod.keys()]).toEqual(
    expect.arrayContaining(["agent-13", "agent-12", "agent-11", "agent-0", "agent-6"]),
  );
});
