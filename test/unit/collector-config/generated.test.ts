import fc from "fast-check";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { listeners } from "../../../collector-config/listeners.ts";
import { toYaml } from "../../../collector-config/shared.ts";
import { type CollectorConfig, typeOf } from "../../../collector-config/types.ts";
import { topologyProblems } from "../../../infra/check-topology.ts";
import { parseSettings } from "../../../infra/settings/settings.ts";
import { planTopology } from "../../../infra/topology.ts";
import { rawSettings } from "../../topologies.ts";

const topologies = rawSettings.map((raw) => {
  const settings = parseSettings(raw);
  return { settings, topology: planTopology(settings) };
});
const configs = topologies.map(({ topology }) =>
  [topology.agent, topology.gateway, ...topology.jaeger].map(({ config }) => config),
);
const collectors = configs.map(([agent, gateway]) => [agent, gateway] as [CollectorConfig, CollectorConfig]);

test("no rule finds anything in what settings can make", () => {
  fc.assert(
    fc.property(topologies, ({ settings, topology }) => {
      expect(topologyProblems(settings, topology)).toEqual([]);
    }),
    { numRuns: 300 },
  );
});

test("memory_limiter comes first wherever a receiver feeds a pipeline, and batch is in none", () => {
  fc.assert(
    fc.property(collectors, (both) => {
      for (const config of both) {
        for (const { receivers, processors = [] } of Object.values(config.service.pipelines)) {
          if (receivers.some((id) => Object.hasOwn(config.receivers, id))) expect(processors[0]).toBe("memory_limiter");
          expect(processors.map(typeOf)).not.toContain("batch");
        }
      }
    }),
  );
});

test("metrics are made of all spans: no pipeline that feeds them samples or masks", () => {
  fc.assert(
    fc.property(collectors, ([, gateway]) => {
      for (const { processors = [], exporters } of Object.values(gateway.service.pipelines)) {
        if (exporters.includes("span_metrics")) {
          expect(processors).not.toContain("tail_sampling");
          expect(processors).not.toContain("redaction");
        }
      }
    }),
  );
});

test("spans wait in a queue of their own before each backend, which blocks when it is full", () => {
  fc.assert(
    fc.property(topologies, ({ topology }) => {
      const queues = Object.entries(topology.gateway.config.exporters)
        .filter(([id]) => !["debug", "prometheus", "prometheus_remote_write", "otlp_http/vendor"].includes(id))
        .map(([, exporter]) => exporter["sending_queue"]);
      const storage = topology.volumeGiB === undefined ? {} : { storage: "file_storage" };
      for (const queue of queues) expect(queue).toMatchObject({ block_on_overflow: true, ...storage });
      expect(queues.length).toBeGreaterThan(0);
    }),
  );
});

test("tail sampling behind several gateways comes with routing by trace id, and only then", () => {
  fc.assert(
    fc.property(topologies, ({ settings, topology }) => {
      const routed = Object.hasOwn(topology.agent.config.exporters, "load_balancing");
      expect(routed).toBe(settings.tailSampling !== undefined && topology.gateway.replicas > 1);
    }),
  );
});

test("no address is taken twice, and both OTLP ports are open on the pod IP", () => {
  fc.assert(
    fc.property(configs, (all) => {
      for (const config of all) {
        const taken = listeners(config).map(({ host, port }) => `${host}:${port}`);
        expect(new Set(taken).size).toBe(taken.length);
        expect(taken).toEqual(expect.arrayContaining(["${env:POD_IP}:4317", "${env:POD_IP}:4318", ":8888"]));
      }
    }),
  );
});

test("the text in the ConfigMap reads back as the same configuration, and holds no secret", () => {
  fc.assert(
    fc.property(configs, (all) => {
      for (const config of all) {
        expect(parse(toYaml(config))).toEqual(config);
        for (const [, value] of toYaml(config).matchAll(/(?:authorization|password): (.*)/g)) {
          expect(value).toMatch(/^\$\{env:\w+\}$/);
        }
      }
    }),
  );
});

test("every way out of a part has a door where it leads, and no door is open to a part that does not use it", () => {
  fc.assert(
    fc.property(topologies, ({ topology: { agent, gateway, jaeger } }) => {
      const parts = [agent, gateway, ...jaeger];
      for (const from of parts) {
        for (const way of from.ways ?? []) {
          const target = parts.find(({ name }) => name === way.to);
          if (target === undefined) continue;
          const port = target.offers.find(({ port: number }) => number === way.port)?.name;
          expect(target.doors.find(({ ports }) => ports.includes(port ?? ""))?.from).toContain(from.name);
        }
      }
      expect(jaeger.at(-1)?.doors[0]?.from).toEqual(["otel-gateway"]);
      expect(gateway.doors[0]?.from).toEqual(["otel-agent"]);
    }),
  );
});
