import { expect, test } from "vitest";
import { adapt } from "../../../bench/adapt.ts";
import { baseline, ours, place } from "../../../bench/topology.ts";
import { isEverywhere, isLoopback, listeners } from "../../../collector-config/listeners.ts";
import { typeOf } from "../../../collector-config/types.ts";

const at = place(1, "/scratch");
const designs = [baseline(at), ours(at, "disk"), ours(at, "memory")];
const configs = designs.flatMap(({ agent, gateway, jaeger }) => [agent, gateway, jaeger]);

test("everything listens on the address of its own process", () => {
  for (const config of configs.map(adapt)) {
    const hosts = listeners(config).map(({ host }) => host);
    expect(hosts.length).toBeGreaterThan(2);
    expect(hosts.filter((host) => isLoopback(host) || isEverywhere(host))).toEqual([]);
  }
});

test("nothing but addresses and k8s_attributes is changed", () => {
  for (const config of configs) {
    const adapted = adapt(config);
    expect(adapted.exporters).toEqual(config.exporters);
    const kept = Object.entries(config.processors ?? {}).filter(([id]) => typeOf(id) !== "k8s_attributes");
    expect(Object.entries(adapted.processors ?? {})).toEqual(kept);
    expect(Object.keys(adapted.service.pipelines)).toEqual(Object.keys(config.service.pipelines));
  }
});

test("pipelines refer to what is left", () => {
  for (const config of configs.map(adapt)) {
    for (const { receivers, processors = [] } of Object.values(config.service.pipelines)) {
      expect(Object.keys(config.receivers)).toEqual(expect.arrayContaining([...receivers]));
      expect(Object.keys(config.processors ?? {})).toEqual(expect.arrayContaining([...processors]));
    }
  }
});

test("the baseline batches before its queue, ours never", () => {
  const processors = (index: number) => designs[index]?.gateway.service.pipelines["traces"]?.processors;
  expect(processors(0)).toEqual(["memory_limiter", "batch"]);
  expect(processors(1)).not.toContain("batch");
});
