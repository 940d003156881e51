import fc from "fast-check";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { agentConfig } from "../../../collector-config/agent.ts";
import { gatewayConfig } from "../../../collector-config/gateway.ts";
import { jaegerConfig } from "../../../collector-config/jaeger.ts";
import { listeners } from "../../../collector-config/listeners.ts";
import { toYaml } from "../../../collector-config/shared.ts";
import type { CollectorConfig } from "../../../collector-config/types.ts";
import { validateConfig } from "../../../collector-config/validate.ts";

const endpoint = fc.domain().map((host) => `${host}:4317`);
const delay = fc.integer({ min: 1, max: 10_000 });
const bytes = fc.integer({ min: 1024 * 1024, max: 1024 ** 4 });

const agents = fc
  .record({
    gatewayEndpoint: endpoint,
    compression: fc.constantFrom("none", "zstd"),
    batchDelayMs: delay,
    queueSpans: fc.integer({ min: 10_000 }),
  })
  .map(agentConfig);
const gateways = fc
  .record({
    jaegerEndpoint: endpoint,
    batchDelayMs: delay,
    queue: fc.oneof(
      fc.record({ kind: fc.constant("memory" as const), bytes }),
      fc.record({
        kind: fc.constant("disk" as const),
        bytes,
        directory: fc.constantFrom("/var/lib/otelcol", "/queue"),
      }),
    ),
  })
  .map(gatewayConfig);
const jaegers = fc.integer({ min: 1 }).map((maxTraces) => jaegerConfig({ storage: { kind: "memory", maxTraces } }));

const collectors = fc.oneof(agents, gateways);
const all = fc.oneof(collectors, jaegers);

test("every configuration we can make is sound", () => {
  fc.assert(
    fc.property(all, (config) => {
      expect(validateConfig(config)).toEqual([]);
    }),
  );
});

test("memory_limiter is the first processor of every Collector pipeline, and batch is in none", () => {
  fc.assert(
    fc.property(collectors, (config) => {
      for (const { processors = [] } of Object.values(config.service.pipelines)) {
        expect(processors[0]).toBe("memory_limiter");
      }
      expect(Object.keys({ ...config.processors })).not.toContain("batch");
    }),
  );
});

test("no address is taken twice, and both OTLP ports are open on the pod IP", () => {
  fc.assert(
    fc.property(all, (config) => {
      const taken = listeners(config).map(({ host, port }) => `${host}:${port}`);
      expect(new Set(taken).size).toBe(taken.length);
      expect(taken).toEqual(expect.arrayContaining(["${env:POD_IP}:4317", "${env:POD_IP}:4318", ":8888"]));
    }),
  );
});

test("every component that is named is defined, and every defined one is used", () => {
  const names = (config: CollectorConfig, part: "receivers" | "processors" | "exporters") =>
    Object.values(config.service.pipelines).flatMap((pipeline) => pipeline[part] ?? []);
  fc.assert(
    fc.property(all, (config) => {
      for (const part of ["receivers", "processors", "exporters"] as const) {
        expect([...new Set(names(config, part))].sort()).toEqual(Object.keys(config[part] ?? {}).sort());
      }
      expect(config.service.extensions).toEqual(Object.keys(config.extensions ?? {}));
    }),
  );
});

test("the text in the ConfigMap reads back as the same configuration", () => {
  fc.assert(
    fc.property(all, (config) => {
      expect(parse(toYaml(config))).toEqual(config);
    }),
  );
});

test("a disk queue is synced and kept for ever; a full queue makes senders wait", () => {
  const queue = { kind: "disk", bytes: 1_000_000_000, directory: "/queue" } as const;
  const config = gatewayConfig({ jaegerEndpoint: "jaeger:4317", batchDelayMs: 200, queue });
  expect(config.extensions?.["file_storage"]).toMatchObject({ directory: "/queue", fsync: true });
  expect(config.exporters["otlp_grpc/jaeger"]).toMatchObject({
    retry_on_failure: { max_elapsed_time: "0s" },
    sending_queue: { storage: "file_storage", block_on_overflow: true, queue_size: 1_000_000_000 },
  });
});

test("the agent answers an SDK only when the gateway has the spans", () => {
  const config = agentConfig({ gatewayEndpoint: "gw:4317", compression: "none", batchDelayMs: 20, queueSpans: 20_000 });
  expect(config.exporters["otlp_grpc"]).toMatchObject({
    sending_queue: { wait_for_result: true, block_on_overflow: true, batch: { flush_timeout: "20ms" } },
  });
});
