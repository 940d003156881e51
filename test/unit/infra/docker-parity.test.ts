import fc from "fast-check";
import { expect, test } from "vitest";
import type { CollectorConfig } from "../../../collector-config/types.ts";
import { containerConfig, secretPath } from "../../../infra/docker/files.ts";
import { names } from "../../../infra/kubernetes/metadata.ts";
import type { DerivedPart } from "../../../infra/part.ts";
import { parseSettings } from "../../../infra/settings/settings.ts";
import { planTopology } from "../../../infra/topology.ts";
import { rawJaegerSettings } from "../../jaeger-settings.ts";
import { rawSettings } from "../../topologies.ts";

type Raw = Record<string, string>;

/** Settings that both targets know: without what a Docker Engine refuses. */
const shared: fc.Arbitrary<Raw> = fc.tuple(rawSettings, rawJaegerSettings).map(([raw, jaeger]) => {
  const { gatewayReplicas: _, tls: __, profile, ...rest }: Raw = raw;
  const storage = JSON.parse(jaeger["storage"] ?? "{}") as Record<string, unknown>;
  delete storage["volumeGiB"];
  // No nightly job runs there.
  if (/search/.test(String(storage["kind"]))) storage["cleanup"] = "none";
  if (storage["dependencies"] === "job") storage["dependencies"] = "none";
  const roles = JSON.parse(jaeger["jaeger"] ?? "{}") as Record<string, unknown>;
  for (const role of ["collector", "ingester", "query"]) delete roles[role];
  return {
    ...rest,
    ...(profile !== undefined && { profile: profile === "production" ? "standard" : profile }),
    prometheus: rest["prometheus"] ?? jaeger["prometheus"] ?? "{}",
    storage: JSON.stringify(storage),
    jaeger: JSON.stringify(roles),
  };
});

/** All that may differ, each as the change from what a pod reads to what a container reads. */
const differences: Readonly<
  Record<string, (config: CollectorConfig, part: DerivedPart, namespace: string) => CollectorConfig>
> = {
  "parts are reached by their alias on the network, not by a Service's name": (config, _part, namespace) => {
    const services = [names.gatewayOtlp, names.gateway, names.jaeger, names.jaegerCollector].join("|");
    const host = new RegExp(`\\b(${services})\\.${namespace}\\.svc\\b`, "g");
    return JSON.parse(JSON.stringify(config).replace(host, "$1"));
  },
  "secrets are read from files, not from the environment": (config, { variables }) => {
    const text = variables.reduce(
      (json, { name }) => json.replaceAll(`\${env:${name}}`, `\${file:${secretPath(name)}}`),
      JSON.stringify(config),
    );
    return JSON.parse(text);
  },
  "the agent has no Kubernetes API to ask": (config, { name }) => {
    if (name !== names.agent) return config;
    const { k8s_attributes: _, k8sattributes: __, ...processors } = config.processors ?? {};
    const traces = config.service.pipelines["traces"];
    const kept = traces?.processors?.filter((id) => !/^k8s_?attributes$/.test(id));
    const pipelines = { ...config.service.pipelines, traces: { ...traces, processors: kept } };
    return { ...config, processors, service: { ...config.service, pipelines } } as CollectorConfig;
  },
};

const partsOf = (raw: Raw) => {
  const { agent, gateway, jaeger } = planTopology(parseSettings(raw));
  return [agent, gateway, ...jaeger];
};

test("both targets' configurations are the same but for a listed set of differences", () => {
  const used = new Set<string>();
  fc.assert(
    fc.property(shared, (raw) => {
      const inCluster = partsOf(raw);
      const onEngine = partsOf({ ...raw, target: "docker" });
      expect(onEngine.map(({ name }) => name)).toEqual(inCluster.map(({ name }) => name));
      for (const [index, part] of inCluster.entries()) {
        let expected = part.config;
        for (const [what, change] of Object.entries(differences)) {
          const changed = change(expected, part, raw["namespace"] ?? "observability");
          if (JSON.stringify(changed) !== JSON.stringify(expected)) used.add(what);
          expected = changed;
        }
        const { texts, featureGates, resources, files, healthPath } = onEngine[index] as DerivedPart;
        expect(containerConfig(onEngine[index] as DerivedPart)).toEqual(expected);
        expect({ texts, featureGates, resources, files, healthPath }).toEqual({
          texts: part.texts,
          featureGates: part.featureGates,
          resources: part.resources,
          files: part.files,
          healthPath: part.healthPath,
        });
      }
    }),
    { numRuns: 100 },
  );
  // A difference that no settings show is none.
  expect([...used].sort()).toEqual(Object.keys(differences).sort());
});
