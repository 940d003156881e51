import { afterAll, beforeAll, expect, it } from "vitest";
import { deploy, reach, removeServers } from "../deploy.ts";
import { kafkaRecords } from "../read.ts";
import { sendSpans } from "../send.ts";
import { collector, kafka, otlp } from "../servers.ts";

const collecting = collector({
  receivers: { otlp },
  exporters: { kafka: { brokers: ["kafka.backends:9092"], traces: { topic: "otlp_spans", encoding: "otlp_proto" } } },
  service: { pipelines: { traces: { receivers: ["otlp"], exporters: ["kafka"] } } },
});

beforeAll(async () => {
  await deploy(kafka);
  await deploy(collecting);
});
afterAll(removeServers);

it("Kafka gives back every request as one OTLP record", async () => {
  const { url, close } = await reach(collecting);
  try {
    const sent: string[][] = [];
    for (const count of [1, 3, 10]) {
      sent.push(
        await sendSpans(
          url,
          Array.from({ length: count }, (_, index) => ({ name: `span ${index}` })),
        ),
      );
    }
    const records = await kafkaRecords("otlp_spans", sent.length);
    const ids = (record: Buffer) => sent.flat().filter((id) => record.includes(Buffer.from(id, "hex")));
    expect(records.map(ids)).toEqual(sent);
    expect(records.every((record) => record.includes("span 0"))).toBe(true);
  } finally {
    await close();
  }
});
