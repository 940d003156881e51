import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Forward } from "../../../../receipt/forward.ts";
import { status } from "../../../../sandbox/node/cluster.ts";
import { crash, restartsOf, signal } from "../../crash.ts";
import { incompleteOf, writeTraces } from "../../jaeger/many.ts";
import { eventually } from "../../node-workloads.ts";
import { exampleReceipt, up } from "../../receipts.ts";
import { deploy, removeServers } from "../deploy.ts";
import { namespace } from "../manifest.ts";
import { fanOut, noFanOut, ours, reachAgent } from "../product.ts";
import { kafka, opensearch } from "../servers.ts";

const settings = {
  "storage.kind": "opensearch",
  "storage.endpoint": `http://opensearch.${namespace}.svc:9200`,
  "jaeger.roles": "separate",
  "jaeger.query.replicas": "1",
  "jaeger.collector.replicas": "1",
  "jaeger.ingester.replicas": "1",
  "jaeger.buffer.brokers": `kafka.${namespace}.svc:9092`,
  "jaeger.buffer.topic": "jaeger-spans",
};
const server = {
  namespace,
  label: "app.kubernetes.io/name=opensearch",
  program: "org.opensearch.bootstrap.OpenSearch",
};
const ingester = { namespace: ours, label: "app.kubernetes.io/name=jaeger-ingester" };

describe("Jaeger with Kafka between collector and ingester", () => {
  let agent: Forward;
  let query: string;

  beforeAll(async () => {
    await deploy(opensearch, kafka);
    await fanOut(settings);
    agent = await reachAgent();
    query = (await status())?.forwards["jaeger"] ?? "";
  });
  afterAll(async () => {
    await agent?.close();
    await noFanOut(settings);
    await removeServers();
    expect(await exampleReceipt()).toMatchObject({ complete: true });
  });

  it("a second up changes nothing", async () => {
    expect(Object.keys(await up())).toEqual(["same"]);
  });

  it("stores what comes through Kafka", async () => {
    const written = await writeTraces(agent.url, 200);
    expect(await incompleteOf(query, written, { timeoutMs: 20_000 })).toEqual([]);
  });

  it("has every acknowledged span after the ingester was killed while they came", async () => {
    const before = await restartsOf(ingester);
    const written = await writeTraces(agent.url, 400, async () => {
      await crash(ingester);
      await eventually(60_000, async () => ((await restartsOf(ingester)) > before ? true : undefined));
    });
    const missing = await incompleteOf(query, written, { timeoutMs: 20_000 });
    console.log(`Kafka and ingester: ${written.size * 5} spans acknowledged, ${missing.length} traces incomplete`);
    expect(missing).toEqual([]);
  });

  it("takes spans while the storage does not answer, and stores them afterwards", async () => {
    await signal(server, "SIGSTOP");
    const began = performance.now();
    let written: Awaited<ReturnType<typeof writeTraces>>;
    try {
      written = await writeTraces(agent.url, 200);
      // Kafka takes them; nobody waits for the storage.
      expect(performance.now() - began).toBeLessThan(20_000);
      await sleep(30_000);
    } finally {
      await signal(server, "SIGCONT");
    }
    expect(await incompleteOf(query, written, { timeoutMs: 20_000 }, 180_000)).toEqual([]);
  });
});
