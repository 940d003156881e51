import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, expect, it } from "vitest";
import { eventually } from "../node-workloads.ts";
import { deploy, reach, removeServers } from "./deploy.ts";
import { zipkinTrace } from "./read.ts";
import { zipkin } from "./servers.ts";

beforeAll(() => deploy(zipkin));
afterAll(removeServers);

// The exporter's module of the pinned Collector is not to be had here, so the spans are posted as it would post them.
it("Zipkin gives back a trace by its id, and none for another one", async () => {
  const { url, close } = await reach(zipkin);
  try {
    const [traceId, id, childId] = [16, 8, 8].map((size) => randomBytes(size).toString("hex")) as [
      string,
      string,
      string,
    ];
    const times = { timestamp: Date.now() * 1000, duration: 5000, localEndpoint: { serviceName: "shop" } };
    const spans = [
      { traceId, id, name: "buy", kind: "SERVER", ...times },
      { traceId, id: childId, parentId: id, name: "pay", kind: "CLIENT", ...times },
    ];
    const headers = { "content-type": "application/json" };
    const answer = await fetch(`${url}/api/v2/spans`, { method: "POST", headers, body: JSON.stringify(spans) });
    expect(answer.status).toBe(202);
    const found = await eventually(10_000, async () => {
      const all = await zipkinTrace(url, traceId);
      return all.length === spans.length ? all : undefined;
    });
    expect(found.map((span) => span.id).sort()).toEqual([id, childId].sort());
    expect(await zipkinTrace(url, randomBytes(16).toString("hex"))).toEqual([]);
  } finally {
    await close();
  }
});
