import { describe, expect, test } from "vitest";
import { type Backend, backendExporter } from "../../../collector-config/backends.ts";
import { seconds } from "../../../collector-config/rules/reading.ts";
import { fields } from "../../../common/objects.ts";

const reached = { endpoint: "http://backend.example" };
const all: Backend[] = [
  { kind: "jaeger", endpoint: "jaeger:4317", tls: { insecure: true } },
  { kind: "otlp", ...reached },
  { kind: "zipkin", ...reached },
  { kind: "opensearch", ...reached },
  { kind: "elasticsearch", ...reached },
  { kind: "kafka", brokers: ["kafka:9092"], topic: "spans" },
];

const queueOf = (backend: Backend) =>
  backendExporter(backend, { bytes: 50_000_000, batchDelayMs: 100 }).config["sending_queue"] as {
    block_on_overflow: boolean;
    queue_size: number;
    batch: { min_size: number; max_size: number; sizer: string };
  };

describe.each(all)("the queue before $kind", (backend) => {
  const { block_on_overflow, queue_size, batch } = queueOf(backend);

  test("makes senders wait rather than drop", () => {
    expect({ block_on_overflow, queue_size }).toEqual({ block_on_overflow: true, queue_size: 50_000_000 });
  });

  test("has a batch that the Collector takes", () => {
    expect(batch.sizer).toBe("bytes");
    expect(batch.max_size).toBeGreaterThanOrEqual(batch.min_size);
  });
});

test("Elasticsearch's own index is written in a shape that needs no data stream", () => {
  const config = (index?: string) =>
    backendExporter({ kind: "elasticsearch", ...reached, index }, { bytes: 1_000, batchDelayMs: 100 }).config;
  expect(config("spans")).toMatchObject({ traces_index: "spans", mapping: { allowed_modes: ["none"] } });
  expect(config()).not.toHaveProperty("mapping");
});

test("Elasticsearch's exporter tries for an hour at least, and never without a wait", () => {
  const { timeout, retry } = backendExporter(
    { kind: "elasticsearch", ...reached },
    { bytes: 1_000, batchDelayMs: 100 },
  ).config;
  const { max_retries, initial_interval, max_interval } = fields(retry);
  const [first, most] = [initial_interval, max_interval].map((text) => BigInt(seconds(text) ?? 0) * 1_000_000_000n);
  // Upstream's createElasticsearchBackoffFunc, in Go's 64 bits.
  const waits = Array.from({ length: Number(max_retries) }, (_, n) => {
    const doubled = BigInt.asIntN(64, (first ?? 0n) << BigInt(n));
    return Number(doubled < (most ?? 0n) ? doubled : most) / 1e9;
  });
  expect(timeout).toBe("0s");
  expect(Math.min(...waits)).toBeGreaterThanOrEqual(1);
  // Chance makes each wait shorter, down to half.
  expect(waits.reduce((sum, wait) => sum + wait / 2, 0)).toBeGreaterThan(3600);
});

describe("no request is larger than its backend takes, or it would be retried for ever", () => {
  // A span without attributes is 55 bytes of OTLP; its share of the resource can be 4 KB and stands in each span of Zipkin's JSON.
  const asJson = 4_300 / 55;

  test.each([
    [{ kind: "jaeger", endpoint: "jaeger:4317", tls: {} }, 4 * 2 ** 20, 1],
    [{ kind: "zipkin", ...reached }, 10 * 2 ** 20, asJson],
    [{ kind: "kafka", brokers: ["kafka:9092"], topic: "spans" }, 1_000_000, 1],
  ] satisfies [Backend, number, number][])("%j: %i bytes", (backend, limit, growth) => {
    expect(queueOf(backend).batch.max_size * growth).toBeLessThan(limit);
  });
});
