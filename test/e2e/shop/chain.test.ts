import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { jaegerClient } from "../../../receipt/jaeger.ts";
import type { Span } from "../../../receipt/otlp.ts";
import { rabbitmq } from "../backends/servers.ts";
import { kubectl } from "../kubectl.ts";
import { receipt } from "../receipts.ts";
import { jaegerUrl, type Stored, storedTrace } from "../stored.ts";
import { deployShop, linesOf, reachEdge, removeShop } from "./deploy.ts";
import { drawnEdges, edgesOf, lacks, line } from "./edges.ts";
import { startTrace } from "./requests.ts";

/** `npm run test:e2e -- --all`: without it the chain ends before Kafka, Java and Python. */
const whole = process.env["THROUGHLINE_TEST_ALL"] === "1";
const behindKafka = ["shipping", "invoice", "ledger"];
const edges = drawnEdges().filter(({ from, to }) => whole || !behindKafka.some((name) => name === from || name === to));
const services = [...new Set(edges.flatMap(({ from, to }) => [from, to]))];

beforeAll(() => deployShop(whole));
afterAll(removeShop);

describe("one order", () => {
  let stored: Stored;
  let traceId: string;
  /** The only span of a service with this kind and name. */
  const span = (service: string, kind: string, name: string): Span => {
    const found = stored.spans.filter((one) => one.service === service && one.kind === kind && one.name === name);
    expect(found, `${service} ${kind} ${name}`).toHaveLength(1);
    return found[0]!;
  };

  beforeAll(async () => {
    const path = "/buy?item=chair&customer=grace";
    const ask = async () => {
      const found = await receipt("--workload", `shop/edge:8080${path}`, "--expect", services.join(","));
      expect(found).toMatchObject({ complete: true, status: 200 });
      return found;
    };
    // The first of all wait for connections and, in Java, for classes.
    await vi.waitFor(ask, { timeout: 120_000, interval: 1000 });
    ({ traceId } = await vi.waitFor(ask, { timeout: 60_000, interval: 1000 }));
    // Spans without children may come after a trace that lacks no parent and no service.
    stored = await vi.waitFor(
      async () => {
        const found = await storedTrace(traceId);
        expect(lacks(found.spans, edges, "")).toEqual([]);
        return found;
      },
      { timeout: 30_000, interval: 500 },
    );
  });

  it("is one trace through every service, with the edges that the README draws and no others", () => {
    expect(whole ? services.length : 9).toBeGreaterThanOrEqual(9);
    const between = edgesOf(stored.spans).filter(({ from }) => from !== "throughline-cli");
    expect(between.map(line).sort()).toEqual(edges.map(line).sort());
    const roots = stored.spans.filter(({ parentSpanId }) => parentSpanId === "");
    expect(roots.map(({ service }) => service)).toEqual(["throughline-cli"]);
    expect(lacks(stored.spans, edges, "")).toEqual([]);
    expect(stored.spans.filter(({ error }) => error !== undefined)).toEqual([]);
  });

  it("names each service as its workload, in the version of its image", () => {
    for (const service of services) {
      expect(stored.resources[service]).toMatchObject({
        "service.name": service,
        "service.namespace": "shop",
        "service.version": "0.1.0",
        "k8s.deployment.name": service,
      });
    }
  });

  it("says of a message on RabbitMQ what the conventions ask for", () => {
    const sent = span("orders", "producer", "publish mails");
    expect(sent.attributes).toMatchObject({
      "messaging.system": "rabbitmq",
      "messaging.operation.name": "publish",
      "messaging.operation.type": "send",
      "messaging.destination.name": "mails",
      "messaging.rabbitmq.destination.routing_key": "mails",
      "messaging.message.id": expect.any(String),
      "server.address": "rabbitmq.backends",
    });
    // The agent of today still writes some older names.
    expect(span("mailer", "consumer", "mails process").attributes).toMatchObject({
      "messaging.system": "rabbitmq",
      "messaging.operation": "process",
      "messaging.rabbitmq.routing_key": "mails",
      "messaging.message_id": sent.attributes["messaging.message.id"],
    });
  });

  const withKafka = whole ? it : () => {};
  withKafka("says of a record on Kafka what the conventions ask for", () => {
    const kafka = { "messaging.system": "kafka", "messaging.kafka.message.key": expect.any(String) };
    expect(span("orders", "producer", "orders publish").attributes).toMatchObject({
      ...kafka,
      "messaging.operation": "publish",
      "messaging.destination.name": "orders",
    });
    const arrived = span("shipping", "consumer", "orders receive");
    expect(arrived.attributes).toMatchObject({ ...kafka, "messaging.operation": "receive" });
    const processed = span("shipping", "consumer", "orders process");
    expect(processed.parentSpanId).toBe(arrived.spanId);
    expect(processed.attributes).toMatchObject({
      ...kafka,
      "messaging.operation.name": "process",
      "messaging.operation.type": "process",
      "messaging.destination.name": "orders",
      "messaging.consumer.group.name": "shipping",
    });
  });

  it("carries the baggage to the last hops", async () => {
    const id = span("orders", "producer", "publish mails").attributes["messaging.message.id"];
    const baggage = "shop.customer=grace";
    const told = async (service: string) =>
      (await linesOf(service)).filter((text) => text.includes(`"${id}"`)).map((text) => JSON.parse(text) as unknown);
    expect(span("audit", "server", "POST /notes").attributes["shop.customer"]).toBe("grace");
    expect(await told("mailer")).toEqual([expect.objectContaining({ mail: id, to: "grace", baggage })]);
    if (!whole) return;
    expect(span("shipping", "consumer", "orders process").attributes["shop.customer"]).toBe("grace");
    expect(await told("invoice")).toEqual([{ invoice: id, baggage }]);
    expect(await told("ledger")).toEqual([{ booking: id, baggage }]);
  });

  it("has no span of a health check in any service", async () => {
    const jaeger = jaegerClient(await jaegerUrl());
    const names = await Promise.all(
      services.map(async (service) => [service, await jaeger.operations(service)] as const),
    );
    const checks = names.flatMap(([service, list]) =>
      list.filter((name) => /health|^GET$|^GET \/$/i.test(name)).map((name) => `${service} ${name}`),
    );
    expect(checks).toEqual([]);
  });
});

describe("RabbitMQ away", () => {
  const scale = (replicas: number) =>
    kubectl("scale", "-n", "backends", `deployment/${rabbitmq.name}`, `--replicas=${replicas}`);
  const gone = () =>
    kubectl("wait", "-n", "backends", "--for=delete", "pod", "-l", "app.kubernetes.io/name=rabbitmq", "--timeout=60s");

  it("is an error span from the publish up to the caller, and whole traces come back with the broker", async () => {
    const edge = await reachEdge();
    try {
      await scale(0);
      await gone();
      const failed = startTrace();
      const answer = await fetch(`${edge.url}/buy`, { headers: failed.headers });
      expect(answer.status).toBe(502);
      expect(await answer.json()).toMatchObject({ error: expect.stringContaining("503") });
      const spans = await vi.waitFor(
        async () => {
          const found = (await storedTrace(failed.traceId)).spans;
          expect(found.filter(({ name }) => /^(GET \/buy|POST \/orders|publish mails)$/.test(name))).toHaveLength(3);
          return found;
        },
        { timeout: 60_000, interval: 500 },
      );
      const errors = spans.filter(({ error }) => error !== undefined);
      const told = errors.map(({ service, kind, name, attributes }) =>
        // Of otelecho's newest version here, the older name.
        [service, kind, name, attributes["http.response.status_code"] ?? attributes["http.status_code"]]
          .join(" ")
          .trim(),
      );
      expect(told.sort()).toEqual([
        "edge client HTTP POST 503",
        "edge server GET /buy 502",
        "orders producer publish mails",
        "orders server POST /orders 503",
      ]);
      expect(errors.find(({ kind }) => kind === "producer")?.error).toMatch(
        /refused|timeout|deadline|no route|unreachable|EOF|closed|not open/i,
      );

      await scale(1);
      const again = await vi.waitFor(
        async () => {
          const trace = startTrace();
          expect((await fetch(`${edge.url}/buy`, { headers: trace.headers })).status).toBe(200);
          return trace;
        },
        { timeout: 120_000, interval: 1000 },
      );
      await vi.waitFor(
        async () => expect(lacks((await storedTrace(again.traceId)).spans, edges, again.rootSpanId)).toEqual([]),
        { timeout: 30_000, interval: 500 },
      );
    } finally {
      await scale(1);
      await edge.close();
    }
  });
});
