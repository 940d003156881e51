import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import type { Forward } from "../../../../receipt/forward.ts";
import { signal } from "../../crash.ts";
import { kubectl } from "../../kubectl.ts";
import { steadyLoad } from "../../load.ts";
import { jaegerUrl, storedTrace } from "../../stored.ts";
import { deployShop, reachEdge, removeShop, shopNamespace } from "../deploy.ts";
import { drawnEdges } from "../edges.ts";
import { drive, lacking, startTrace } from "../requests.ts";

const edges = drawnEdges();
const services = [...new Set(edges.flatMap(({ from, to }) => [from, to]))];
let edge: Forward;
let jaeger: string;

const buy = async () => {
  const trace = startTrace();
  const answer = await fetch(`${edge.url}/buy`, { headers: trace.headers, signal: AbortSignal.timeout(15_000) });
  return { ...trace, status: answer.status, text: await answer.text() };
};
/** Waits until an order is answered and its trace whole. */
const whole = (timeout: number) =>
  vi.waitFor(
    async () => {
      const sent = await buy();
      expect(sent).toMatchObject({ status: 200 });
      expect(await lacking(jaeger, [sent], edges, 10_000)).toEqual({});
    },
    { timeout, interval: 1000 },
  );

beforeAll(async () => {
  await deployShop(true);
  edge = await reachEdge();
  jaeger = await jaegerUrl();
  await whole(180_000);
});
afterAll(async () => {
  await edge?.close();
  await removeShop();
});

it("2,000 requests at 20 a second: every trace is complete", async () => {
  const { answered, refused } = await drive(`${edge.url}/buy`, 20, 2000);
  expect(refused).toEqual([]);
  const missing = await lacking(jaeger, answered, edges);
  console.log(`${answered.length} requests, ${Object.keys(missing).length} traces incomplete`);
  expect(missing).toEqual({});
});

it("50 rolling restarts under load: no span of an answered request is missing", async () => {
  const load = steadyLoad(`${edge.url}/buy`, 3);
  const restarted: string[] = [];
  for (let turn = 0; turn < 50; turn += 1) {
    // Each at least five times, in an order by chance.
    const service = services[turn < 45 ? turn % services.length : Math.floor(Math.random() * services.length)]!;
    restarted.push(service);
    await kubectl("rollout", "restart", "-n", shopNamespace, `deployment/${service}`);
    await kubectl("rollout", "status", "-n", shopNamespace, `deployment/${service}`, "--timeout=180s");
  }
  const { answered, refused } = await load.stop();
  const missing = await lacking(jaeger, answered, edges);
  console.log(
    `${restarted.length} restarts, ${answered.length} requests answered, ${refused.length} not, ${Object.keys(missing).length} traces incomplete`,
  );
  expect(missing).toEqual({});
  // A restart that costs many answers would hide what it loses.
  expect(refused.length).toBeLessThan(answered.length / 50);
});

describe.each([
  { broker: "Kafka", app: "kafka", program: "kafka.Kafka", producer: "orders publish" },
  { broker: "RabbitMQ", app: "rabbitmq", program: "beam.smp", producer: "publish mails" },
])("$broker does not answer for a minute", ({ app, program, producer }) => {
  const pod = { namespace: "backends", label: `app.kubernetes.io/name=${app}`, program };

  it("orders fail with error spans meanwhile, and traces are whole again afterwards", async () => {
    await signal(pod, "SIGSTOP");
    const began = Date.now();
    const failed: Awaited<ReturnType<typeof buy>>[] = [];
    try {
      while (Date.now() - began < 60_000) failed.push(await buy());
    } finally {
      await signal(pod, "SIGCONT");
    }
    expect(new Set(failed.map(({ status }) => status))).toEqual(new Set([502]));
    for (const { traceId } of failed) {
      await vi.waitFor(
        async () => {
          const errors = (await storedTrace(traceId)).spans.filter(({ error }) => error !== undefined);
          expect(errors.map(({ service, kind, name }) => `${service} ${kind} ${name}`).sort()).toEqual([
            "edge client HTTP POST",
            "edge server GET /buy",
            `orders producer ${producer}`,
            "orders server POST /orders",
          ]);
        },
        { timeout: 30_000, interval: 1000 },
      );
    }
    await whole(120_000);
  });
});
