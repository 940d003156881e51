import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { KubeConfig } from "@kubernetes/client-node";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ports } from "../../../collector-config/ports.ts";
import { names } from "../../../infra/kubernetes/metadata.ts";
import { type Forward, forward } from "../../../receipt/forward.ts";
import { jaegerClient } from "../../../receipt/jaeger.ts";
import { stateDir } from "../../../sandbox/paths.ts";
import { deploy, removeServers } from "../backends/deploy.ts";
import { namespace } from "../backends/manifest.ts";
import { fanOut, noFanOut, ours, reachAgent } from "../backends/product.ts";
import { type SpanChoice, sendSpans } from "../backends/send.ts";
import { prometheus } from "../backends/servers.ts";
import { eventually } from "../node-workloads.ts";
import { exampleReceipt } from "../receipts.ts";
import { throughline } from "../throughline.ts";

const folder = mkdtempSync(join(tmpdir(), "throughline-views-"));
const samplingFile = join(folder, "sampling.json");
const basePath = "/team/traces";
const settings = {
  "prometheus.scrape": "true",
  "jaeger.metrics": `http://prometheus.${namespace}.svc:9090`,
  "jaeger.archive": "true",
  "jaeger.basePath": basePath,
  "jaeger.samplingFile": samplingFile,
};
const service = "till";

/** One point of what the Monitor tab draws. */
interface Metrics {
  metrics: { labels: { name: string; value: string }[]; metricPoints: { gaugeValue: { doubleValue: number } }[] }[];
}

describe("what Jaeger's UI shows beside traces", () => {
  let agent: Forward;
  let query: Forward;
  let sampling: Forward;
  let base: string;

  beforeAll(async () => {
    writeFileSync(
      samplingFile,
      JSON.stringify({
        service_strategies: [{ service, type: "probabilistic", param: 0.25 }],
        default_strategy: { type: "probabilistic", param: 1 },
      }),
    );
    await deploy(prometheus([`${names.gateway}.${ours}:${ports.spanMetrics}`]));
    await fanOut(settings);
    const config = new KubeConfig();
    config.loadFromFile(join(stateDir(), "kubeconfig"));
    agent = await reachAgent();
    query = await forward(config, { namespace: ours, service: names.jaeger, port: ports.query });
    sampling = await forward(config, { namespace: ours, service: names.jaeger, port: ports.sampling });
    base = `${query.url}${basePath}`;
  });
  afterAll(async () => {
    for (const way of [agent, query, sampling]) await way?.close();
    await noFanOut(settings);
    await removeServers();
    rmSync(folder, { recursive: true });
    expect(await exampleReceipt()).toMatchObject({ complete: true });
  });

  it("the UI, the API and the receipt's link stand under the base path", async () => {
    expect((await fetch(`${base}/search`)).status).toBe(200);
    expect(await jaegerClient(base).services()).toEqual(expect.arrayContaining(["throughline-cli"]));
    await expect(jaegerClient(query.url).services()).rejects.toThrow(/answered (404|with no JSON)/);
    const { link, traceId } = await exampleReceipt();
    expect(link).toMatch(new RegExp(`^http://127\\.0\\.0\\.1:\\d+${basePath}/trace/${traceId}$`));
  });

  it("the Monitor tab's request rate, error rate and latency are those of what was sent", async () => {
    const slow = 10;
    const all = 100;
    const requests = Array.from({ length: all }, (_, index): SpanChoice => {
      const isSlow = index < slow;
      return { service, name: isSlow ? "refund" : "pay", durationMs: isSlow ? 400 : 8, failed: isSlow };
    });
    const read = async (what: string, more: Record<string, string> = {}) => {
      const search = new URLSearchParams({ service, endTs: `${Date.now()}`, lookback: "1000", step: "1000", ...more });
      // Over two minutes, in which it all happened.
      const answer = await fetch(`${base}/api/metrics/${what}?${search}&ratePer=120000`);
      const { metrics } = (await answer.json()) as Metrics;
      return metrics.at(0)?.metricPoints.at(-1)?.gaugeValue.doubleValue ?? Number.NaN;
    };
    // A counter must be there before it can be seen to grow; a tenth more, with the same share of errors.
    const first = requests.filter((_, index) => index % slow === 0);
    await sendSpans(agent.url, first);
    await eventually(60_000, async () => (Number.isNaN(await read("calls")) ? undefined : true));
    await new Promise((resolve) => setTimeout(resolve, 5_000));
    await sendSpans(agent.url, requests);
    const calls = await eventually(60_000, async () => {
      const found = (await read("calls")) * 120;
      return found > all * 0.9 ? found : undefined;
    });
    const [errors, median, slowest] = [
      await read("errors"),
      await read("latencies", { quantile: "0.5" }),
      await read("latencies", { quantile: "0.95" }),
    ];
    console.log(`Monitor tab: ${calls.toFixed(1)} calls, ${errors} errors, median ${median} ms, p95 ${slowest} ms`);
    expect(calls).toBeLessThan((all + first.length) * 1.05);
    expect(errors).toBeCloseTo(slow / all, 2);
    // The buckets of the histogram around 8 ms and 400 ms.
    expect(median).toBeGreaterThan(5);
    expect(median).toBeLessThanOrEqual(10);
    expect(slowest).toBeGreaterThan(250);
    expect(slowest).toBeLessThanOrEqual(500);
  });

  it("serves the sampling strategies of the file", async () => {
    const ask = async (name: string) => (await fetch(`${sampling.url}/api/sampling?service=${name}`)).json();
    expect(await ask(service)).toMatchObject({ probabilisticSampling: { samplingRate: 0.25 } });
    expect(await ask("other")).toMatchObject({ probabilisticSampling: { samplingRate: 1 } });
  });

  it("keeps a trace that a user archives", async () => {
    const { traceId } = await exampleReceipt();
    const answer = await fetch(`${base}/api/archive/${traceId}`, { method: "POST" });
    expect(answer.status, await answer.text()).toBe(200);
  });

  it("up fails, names the hop and leaves everything in place when no trace can be read", async () => {
    const extra = JSON.stringify({
      processors: { "filter/all": { error_mode: "ignore", traces: { span: ["true"] } } },
      pipelines: { traces: { processors: ["filter/all"] } },
    });
    const { code, stderr } = await throughline(["up", "--set", `gatewayExtra=${extra}`]);
    try {
      expect(code, stderr).toBe(1);
      expect(stderr).toMatch(
        /everything is deployed, but a trace that was written at the agent could not be read from Jaeger within 60 s: gateway: .*Next: kubectl/,
      );
      expect(stderr).toContain("write: pulumi config set throughline:probe false");
      expect((await throughline(["up", "--set", "probe=false"])).code).toBe(0);
    } finally {
      // Else no later `up` finds its trace.
      await noFanOut({ gatewayExtra: "", probe: "" });
    }
  });
});
