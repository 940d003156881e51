import { afterAll, beforeAll, expect, it } from "vitest";
import { deploy, removeServers } from "../deploy.ts";
import { namespace } from "../manifest.ts";
import { fanOut, noFanOut, requests } from "../product.ts";
import { kafkaRecords } from "../read.ts";
import { kafka } from "../servers.ts";

const settings = { "kafka.brokers": `kafka.${namespace}:9092`, "kafka.topic": "spans" };

beforeAll(async () => {
  await deploy(kafka);
  await fanOut(settings);
});
afterAll(async () => {
  await noFanOut(settings);
  await removeServers();
});

it("Kafka gives back every span of every trace as OTLP records of one trace each", async () => {
  const { receipts } = await requests(5);
  // More than there can be: it reads until none has come for a while.
  const records = await kafkaRecords("spans", 1_000);
  const holds = (record: Buffer, id: string) => record.includes(Buffer.from(id, "hex"));
  for (const { traceId, spans } of receipts) {
    const ofTrace = records.filter((record) => holds(record, traceId));
    const found = spans.filter(({ spanId }) => ofTrace.some((record) => holds(record, spanId)));
    expect(found).toEqual(spans);
  }
  const traces = records.map((record) => receipts.filter(({ traceId }) => holds(record, traceId)).length);
  // The others hold the trace by which `up` saw that one gets through.
  expect(new Set(traces.filter((count) => count > 0))).toEqual(new Set([1]));
});
