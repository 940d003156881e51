import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Forward } from "../../../../receipt/forward.ts";
import { jaegerClient } from "../../../../receipt/jaeger.ts";
import { status } from "../../../../sandbox/node/cluster.ts";
import { crash, restartsOf, signal } from "../../crash.ts";
import { incompleteOf, type Written, writeTraces } from "../../jaeger/many.ts";
import { objects } from "../../kubectl.ts";
import { eventually } from "../../node-workloads.ts";
import { exampleReceipt, up } from "../../receipts.ts";
import { deploy, reach, removeServers } from "../deploy.ts";
import { namespace } from "../manifest.ts";
import { fanOut, noFanOut, ours, reachAgent } from "../product.ts";
import { searchDocuments } from "../read.ts";
import { opensearch } from "../servers.ts";

const settings = {
  "storage.kind": "opensearch",
  "storage.endpoint": `http://opensearch.${namespace}.svc:9200`,
  "storage.indexPrefix": "shop",
  "jaeger.roles": "separate",
  "jaeger.query.replicas": "1",
  "jaeger.collector.replicas": "2",
  "jaeger.archive": "true",
  "jaeger.metrics": "storage",
};
const server = {
  namespace,
  label: "app.kubernetes.io/name=opensearch",
  program: "org.opensearch.bootstrap.OpenSearch",
};

describe("Jaeger's roles on OpenSearch", () => {
  let agent: Forward;
  let search: Forward;
  let query: string;
  const all = new Map<string, number>();

  const remember = (written: Written) => {
    for (const [id, spans] of written) all.set(id, spans);
    return written;
  };
  const collectors = async () =>
    (await objects<{ metadata: { name: string } }>("pods", "-n", ours, "-l", "app.kubernetes.io/name=jaeger-collector"))
      .map(({ metadata }) => metadata.name)
      .sort();

  beforeAll(async () => {
    await deploy(opensearch);
    search = await reach(opensearch);
    await fanOut(settings);
    agent = await reachAgent();
    query = (await status())?.forwards["jaeger"] ?? "";
  });
  afterAll(async () => {
    for (const way of [agent, search]) await way?.close();
    await noFanOut(settings);
    await removeServers();
    expect(await exampleReceipt()).toMatchObject({ complete: true });
  });

  it("a second up changes nothing", async () => {
    expect(Object.keys(await up())).toEqual(["same"]);
  });

  it("has every acknowledged span of 5,000 after a collector and the server were killed while they came", async () => {
    const [first = ""] = await collectors();
    const before = await restartsOf(server);
    const written = await writeTraces(agent.url, 1_000, async () => {
      await crash(server);
      await eventually(180_000, async () => ((await restartsOf(server)) > before ? true : undefined));
      await deploy(opensearch);
    });
    remember(written);
    expect(await incompleteOf(query, written, { timeoutMs: 20_000 }, 180_000)).toEqual([]);
    // What Jaeger has answered may wait for 200 ms before it is written; see the README.
    await sleep(1_000);
    await crash(first);
    expect(await incompleteOf(query, written, { timeoutMs: 20_000 })).toEqual([]);
    console.log(`OpenSearch: ${written.size * 5} spans acknowledged, none missing`);
  });

  it("loses nothing acknowledged when the server does not answer for 2 minutes", async () => {
    await signal(server, "SIGSTOP");
    const began = Date.now();
    const written = new Map<string, number>();
    try {
      while (Date.now() - began < 120_000) {
        const next = Date.now() + 1_000;
        for (const [id, spans] of await writeTraces(agent.url, 20)) written.set(id, spans);
        await sleep(Math.max(0, next - Date.now()));
      }
    } finally {
      await signal(server, "SIGCONT");
    }
    remember(written);
    const back = Date.now();
    const seconds = () => ((Date.now() - back) / 1_000).toFixed(1);
    await eventually(120_000, async () => ((await fetch(`${search.url}/_cluster/health`)).ok ? true : undefined));
    const answered = seconds();
    expect(await incompleteOf(query, written, { timeoutMs: 20_000 }, 240_000)).toEqual([]);
    console.log(
      `OpenSearch frozen for 120 s at ${Math.round((written.size * 5) / 120)} spans/s: it answered after ${answered} s, the last of ${written.size * 5} spans was readable after ${seconds()} s`,
    );
  });

  it("still has everything", async () => {
    expect(await incompleteOf(query, all, { timeoutMs: 20_000 })).toEqual([]);
  });

  it("keeps an archived trace in indices of its own", async () => {
    const [traceId = ""] = all.keys();
    const answer = await fetch(`${query}/api/archive/${traceId}`, { method: "POST" });
    expect(answer.status, await answer.text()).toBe(200);
    const archived = await eventually(30_000, async () => {
      const found = await searchDocuments(search.url, "shop-archive-*", `traceID:${traceId}`);
      return found.length === 5 ? found : undefined;
    });
    expect(archived[0]?._index).toMatch(/^shop-archive-jaeger-span-\d{4}$/);
  });

  it("finds traces by service, and metrics in the spans themselves", async () => {
    const found = await jaegerClient(query, { timeoutMs: 20_000 }).find({
      service: "till",
      from: new Date(Date.now() - 3_600_000),
      to: new Date(Date.now() + 60_000),
      limit: 10,
    });
    expect(found).toHaveLength(10);
    const about = new URLSearchParams({ service: "till", endTs: `${Date.now()}`, lookback: "3600000", step: "60000" });
    const answer = await fetch(`${query}/api/metrics/calls?${about}&ratePer=600000`);
    expect(answer.status).toBe(200);
    expect(((await answer.json()) as { metrics: unknown[] }).metrics.length).toBeGreaterThan(0);
  });
});
