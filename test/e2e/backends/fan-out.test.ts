import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { ports } from "../../../collector-config/ports.ts";
import { names } from "../../../infra/kubernetes/metadata.ts";
import type { Forward } from "../../../receipt/forward.ts";
import type { Receipt } from "../../../receipt/trace.ts";
import { kubectl, objects } from "../kubectl.ts";
import { eventually } from "../node-workloads.ts";
import { deploy, reach, removeServers } from "./deploy.ts";
import { namespace } from "./manifest.ts";
import { fanOut, inventory, noFanOut, ours, reachAgent, requests } from "./product.ts";
import { prometheusQuery, zipkinTrace } from "./read.ts";
import { sendSpans } from "./send.ts";
import { prometheus, zipkin } from "./servers.ts";

const settings = {
  "zipkin.endpoint": `http://zipkin.${namespace}:9411`,
  "prometheus.scrape": "true",
  "prometheus.remoteWrite": `http://prometheus.${namespace}:9090/api/v1/write`,
  debug: "true",
  // Every request is counted below.
  probe: "false",
};
const storing = prometheus([`${names.gateway}.${ours}:${ports.spanMetrics}`]);
const count = 8;

/**
 * Requests of which the gateway got each span once, and both ends of a call together: what is sent again after 5 s is counted twice.
 * A gateway that may have seen others is made anew, with its counters and its log.
 */
async function countedOnce(): ReturnType<typeof requests> {
  for (let tries = 3; ; tries -= 1) {
    const sent = await requests(count);
    if (tries === 1 || sent.receipts.every(({ queryableAfterMs }) => (queryableAfterMs ?? Infinity) < 4_000))
      return sent;
    await kubectl("rollout", "restart", "-n", ours, `statefulset/${names.gateway}`);
    await kubectl("rollout", "status", "-n", ours, `statefulset/${names.gateway}`, "--timeout=180s");
  }
}

const idsOf = ({ spans }: Receipt) => spans.map(({ spanId }) => spanId).sort();

describe("one up with four settings sends to Jaeger, Zipkin, Prometheus in both ways, and standard output", () => {
  let before: string[];
  let inZipkin: Forward;
  let inPrometheus: Forward;
  let sent: Awaited<ReturnType<typeof requests>>;

  const zipkinIds = async ({ traceId }: Receipt) =>
    (await zipkinTrace(inZipkin.url, traceId)).map(({ id }) => id).sort();

  beforeAll(async () => {
    before = await inventory();
    await deploy(storing, zipkin);
    await fanOut(settings);
    [inZipkin, inPrometheus] = [await reach(zipkin), await reach(storing)];
    sent = await countedOnce();
  });
  afterAll(async () => {
    await Promise.all([inZipkin, inPrometheus].map((way) => way?.close()));
    await noFanOut(settings);
    await removeServers();
    expect(await inventory()).toEqual(before);
  });

  it("every trace has the same spans in Jaeger, in Zipkin and in the gateway's log", async () => {
    for (const receipt of sent.receipts) {
      await eventually(60_000, async () => {
        expect(await zipkinIds(receipt)).toEqual(idsOf(receipt));
        return true;
      });
    }
    expect(await zipkinTrace(inZipkin.url, randomBytes(16).toString("hex"))).toEqual([]);
    const log = await kubectl("logs", "-n", ours, `statefulset/${names.gateway}`);
    const printed = [...log.matchAll(/^ {4}ID {13}: ([0-9a-f]{16})$/gm)].map(([, id]) => id);
    expect(printed.sort()).toEqual(sent.receipts.flatMap(idsOf).sort());
  });

  it("Prometheus counts as many requests as there were, scraped and by remote write", async () => {
    const served = 'traces_span_metrics_calls_total{span_kind="SPAN_KIND_SERVER"';
    const expressions = {
      service_name: (way: string) => `sum by (service_name) (${served},${way}})`,
      client: (way: string) => `sum by (client) (traces_service_graph_request_total{server!="",${way}})`,
    };
    const expected = {
      service_name: { frontend: count, quotes: count },
      client: { "throughline-cli": count, frontend: count },
    };
    for (const label of ["service_name", "client"] as const) {
      // The label stands on what the gateway pushes, and not on what it offers.
      for (const way of ['collector=""', `collector="${names.gateway}-0"`]) {
        await eventually(120_000, async () => {
          const series = await prometheusQuery(inPrometheus.url, expressions[label](way));
          expect(Object.fromEntries(series.map(({ labels, value }) => [labels[label], value])), way).toEqual(
            expected[label],
          );
          return true;
        });
      }
    }
  });

  it("spans that grow over what Zipkin takes in its own format arrive there", async () => {
    const agent = await reachAgent();
    try {
      const small = Array.from({ length: 5_000 }, () => ({ service: "small-spans" }));
      // 15 MB as Zipkin's JSON, which repeats the resource at each span.
      const big = { "process.command_args": "x".repeat(3_000) };
      // The gateway prints them all before it answers.
      const ids = await eventually(180_000, () => sendSpans(agent.url, small, big));
      for (const id of [ids[0]!, ids[2_500]!, ids.at(-1)!]) {
        await eventually(120_000, async () => (await zipkinTrace(inZipkin.url, id)).length === 1 || undefined);
      }
    } finally {
      await agent.close();
    }
  });

  it("with Zipkin dead traces are in Jaeger as soon as before, and once it is back it gets them all", async () => {
    const scale = (replicas: number) =>
      kubectl("scale", "-n", namespace, "deployment/zipkin", `--replicas=${replicas}`);
    await scale(0);
    const pods = () => objects("pods", "-n", namespace, "-l", "app.kubernetes.io/name=zipkin");
    await eventually(60_000, async () => (await pods()).length === 0 || undefined);
    const receipts: Receipt[] = [];
    // A backend that holds up the others does so each time, a busy machine does not.
    await vi.waitFor(
      async () => {
        const meanwhile = await requests(count);
        receipts.push(...meanwhile.receipts);
        console.log(`whole in Jaeger, median: ${sent.median} ms with Zipkin, ${meanwhile.median} ms without`);
        expect(meanwhile.median).toBeLessThan(sent.median + 500);
      },
      { timeout: 120_000, interval: 1000 },
    );

    await scale(1);
    await kubectl("rollout", "status", "-n", namespace, "deployment/zipkin", "--timeout=300s");
    for (const receipt of receipts) {
      await eventually(120_000, async () => {
        expect(await zipkinIds(receipt)).toEqual(idsOf(receipt));
        return true;
      });
    }
  });
});
