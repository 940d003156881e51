import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Forward } from "../../../receipt/forward.ts";
import { jaegerClient } from "../../../receipt/jaeger.ts";
import { status } from "../../../sandbox/node/cluster.ts";
import { fanOut, noFanOut, ours, reachAgent } from "../backends/product.ts";
import { crash, restartsOf } from "../crash.ts";
import { kubectl, objects } from "../kubectl.ts";
import { eventually } from "../node-workloads.ts";
import { exampleReceipt, up } from "../receipts.ts";
import { incompleteOf, type Written, writeTraces } from "./many.ts";

const settings = { "storage.kind": "badger", "storage.volumeGiB": "1", "jaeger.tenancy.tenants": '["shop"]' };
const pod = "jaeger-0";
const headers = { "x-tenant": "shop" };

describe("Jaeger with badger on a volume", () => {
  let agent: Forward;
  let query: string;
  let written: Written;

  beforeAll(async () => {
    await fanOut(settings);
    agent = await reachAgent();
    query = (await status())?.forwards["jaeger"] ?? "";
  });
  afterAll(async () => {
    await agent?.close();
    await noFanOut(settings);
    // Traces stay when the setting goes, so that nothing is lost by mistake.
    const claims = await objects<{ metadata: { name: string } }>("pvc", "-n", ours);
    expect(claims.map(({ metadata }) => metadata.name)).toEqual(["traces-jaeger-0"]);
    await kubectl("delete", "pvc", "-n", ours, "--all", "--wait");
    expect(await exampleReceipt()).toMatchObject({ complete: true });
  });

  it("a second up changes nothing", async () => {
    expect(Object.keys(await up())).toEqual(["same"]);
  });

  it("has every acknowledged span of 5,000 after it was killed while they came", async () => {
    const before = await restartsOf(pod);
    written = await writeTraces(agent.url, 1_000, async () => {
      await crash(pod);
      await eventually(60_000, async () => ((await restartsOf(pod)) > before ? true : undefined));
    });
    const missing = await incompleteOf(query, written, { headers });
    console.log(`badger: ${written.size * 5} spans acknowledged, ${missing.length} traces incomplete`);
    expect(missing).toEqual([]);
  });

  it("still has them when its pod is removed by force and made again", async () => {
    await kubectl("delete", "pod", "-n", ours, pod, "--grace-period=0", "--force");
    await kubectl("rollout", "status", "-n", ours, "statefulset/jaeger", "--timeout=120s");
    expect(await incompleteOf(query, written, { headers })).toEqual([]);
  });

  it("answers nobody who does not say which tenant", async () => {
    expect((await fetch(`${query}/api/v3/services`)).status).toBe(401);
    expect((await fetch(`${query}/api/v3/services`, { headers: { "x-tenant": "other" } })).status).toBe(401);
    expect(await jaegerClient(query, { headers }).services()).toContain("till");
  });

  it("shows which service calls which", async () => {
    await exampleReceipt();
    const lookBack = new URLSearchParams({ endTs: String(Date.now() + 60_000), lookback: "3600000" });
    await eventually(30_000, async () => {
      const answer = await fetch(`${query}/api/dependencies?${lookBack}`, { headers });
      const { data } = (await answer.json()) as { data: { parent: string; child: string }[] | null };
      return data?.some(({ parent, child }) => parent === "frontend" && child === "quotes") ? true : undefined;
    });
  });
});
