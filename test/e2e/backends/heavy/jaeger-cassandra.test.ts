import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Forward } from "../../../../receipt/forward.ts";
import { status } from "../../../../sandbox/node/cluster.ts";
import { crash, restartsOf } from "../../crash.ts";
import { incompleteOf, writeTraces } from "../../jaeger/many.ts";
import { eventually } from "../../node-workloads.ts";
import { exampleReceipt, up } from "../../receipts.ts";
import { deploy, removeServers } from "../deploy.ts";
import { namespace } from "../manifest.ts";
import { fanOut, noFanOut, ours, reachAgent } from "../product.ts";
import { cassandra } from "../servers.ts";

const settings = {
  "storage.kind": "cassandra",
  // SimpleSnitch's name for it.
  "storage.datacenter": "datacenter1",
  "storage.endpoint": `cassandra.${namespace}.svc:9042`,
  "jaeger.roles": "separate",
  "jaeger.query.replicas": "1",
  "jaeger.collector.replicas": "1",
};
const server = { namespace, label: "app.kubernetes.io/name=cassandra", program: "CassandraDaemon" };
const collector = { namespace: ours, label: "app.kubernetes.io/name=jaeger-collector" };

describe("Jaeger's roles on Cassandra", () => {
  let agent: Forward;
  let query: string;

  beforeAll(async () => {
    await deploy(cassandra);
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

  it("has every acknowledged span of 5,000 after collector and server were killed while they came", async () => {
    const [jaegerBefore, serverBefore] = [await restartsOf(collector), await restartsOf(server)];
    const written = await writeTraces(agent.url, 1_000, async () => {
      await crash(collector);
      await crash(server);
      await eventually(180_000, async () => ((await restartsOf(server)) > serverBefore ? true : undefined));
      await eventually(180_000, async () => ((await restartsOf(collector)) > jaegerBefore ? true : undefined));
      await deploy(cassandra);
    });
    const missing = await incompleteOf(query, written, { timeoutMs: 20_000 }, 300_000);
    console.log(`Cassandra: ${written.size * 5} spans acknowledged, ${missing.length} traces incomplete`);
    expect(missing).toEqual([]);
  });
});
