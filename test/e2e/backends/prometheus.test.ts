import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, expect, it } from "vitest";
import { eventually } from "../node-workloads.ts";
import { deploy, reach, removeServers } from "./deploy.ts";
import { prometheusQuery } from "./read.ts";
import { sendSpans } from "./send.ts";
import { collector, otlp, prometheus } from "./servers.ts";

const collecting = collector(
  {
    receivers: { otlp },
    connectors: { span_metrics: { metrics_flush_interval: "1s" } },
    exporters: {
      prometheus: { endpoint: "0.0.0.0:8889" },
      prometheus_remote_write: {
        endpoint: "http://prometheus.backends:9090/api/v1/write",
        external_labels: { way: "remote_write" },
      },
    },
    service: {
      pipelines: {
        traces: { receivers: ["otlp"], exporters: ["span_metrics"] },
        metrics: { receivers: ["span_metrics"], exporters: ["prometheus", "prometheus_remote_write"] },
      },
    },
  },
  { metrics: 8889 },
);
const storing = prometheus(["collector.backends:8889"]);

beforeAll(async () => {
  await deploy(storing);
  await deploy(collecting);
});
afterAll(removeServers);

it("Prometheus tells the number of spans sent, scraped and by remote write", async () => {
  const [sender, reader] = [await reach(collecting), await reach(storing)];
  try {
    const counts: Record<string, number> = { buy: 7, browse: 12 };
    // Prometheus keeps giving series of an earlier run for five minutes.
    const service = `tests-${randomBytes(4).toString("hex")}`;
    const spans = Object.entries(counts).flatMap(([name, count]) =>
      Array.from({ length: count }, () => ({ service, name })),
    );
    await sendSpans(sender.url, spans);
    const calls = (way: string) =>
      `sum by (span_name) (traces_span_metrics_calls_total{service_name="${service}",way="${way}"})`;
    for (const way of ["", "remote_write"]) {
      await eventually(30_000, async () => {
        const series = await prometheusQuery(reader.url, calls(way));
        expect(Object.fromEntries(series.map(({ labels, value }) => [labels["span_name"], value])), way).toEqual(
          counts,
        );
        return true;
      });
    }
  } finally {
    await Promise.all([sender.close(), reader.close()]);
  }
});
