import type { V1Pod } from "@kubernetes/client-node";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type Counters, difference, readCounters } from "../../../receipt/counters.ts";
import { podsSeen, workloadSeen } from "../../../receipt/observe.ts";
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
    pod: "new",
    annotations: ["inject-nodejs"],
    variables: ["OTEL_SERVICE_NAME"],
  });
});

const counters = (pods: Record<string, [accepted: number, queueSize: number]>): Counters =>
  new Map(
    Object.entries(pods).map(([name, [accepted, queueSize]]) => [
      name,
      { accepted, queueSize, refused: 0, sent: 0, sendFailed: 0, enqueueFailed: 0 },
    ]),
  );

test("the difference survives restarts and new pods; the queue is as it is now", () => {
  const before = counters({ a: [10, 5], b: [100, 5] });
  const now = counters({ a: [14, 1], b: [3, 1], c: [2, 1] });
  expect(difference(before, now)).toMatchObject({ accepted: 4 + 3 + 2, queueSize: 3 });
  expect(difference(undefined, now)).toMatchObject({ accepted: 19 });
  expect(difference(before, undefined)).toBeUndefined();
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
  expect(await readCounters(api.kubeConfig, "obs", "otel-agent", 3_000)).toEqual(
    new Map([["a", { accepted: 7, refused: 2, sent: 5, sendFailed: 0, enqueueFailed: 0, queueSize: 2 }]]),
  );
  expect(await readCounters(api.kubeConfig, "obs", "nobody", 3_000)).toBeUndefined();

  const silent = await serve(() => {});
  api.pods.set("a:8888", silent.port);
  const begun = performance.now();
  expect(await readCounters(api.kubeConfig, "obs", "otel-agent", 300)).toBeUndefined();
  expect(performance.now() - begun).toBeLessThan(1_500);
  await silent.close();
});
