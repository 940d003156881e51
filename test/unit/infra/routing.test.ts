import { describe, expect, test } from "vitest";
import { serverHosts } from "../../../infra/kubernetes/tls.ts";
import { program } from "../../../infra/program.ts";
import { render } from "../../../infra/render.ts";
import { parseSettings } from "../../../infra/settings.ts";
import { planTopology } from "../../../infra/topology.ts";

const rendered = async (raw: Record<string, string>) => (await render(() => program(parseSettings(raw)))).manifests;
const sampled = { profile: "production", tailSampling: '{"keepShare":"0.5"}' };

describe("several gateways without sampling of whole traces", () => {
  test.each([{ profile: "production" }, { gatewayMaxReplicas: "3" }])(
    "are reached by the one address that outlives their pods: %o",
    (raw) => {
      const { exporters } = planTopology(parseSettings(raw)).agent.config;
      expect(exporters["otlp_grpc"]).toMatchObject({ endpoint: "otel-gateway-otlp.observability.svc:4317" });
    },
  );
});

describe("routing by trace id", () => {
  const exporter = planTopology(parseSettings(sampled)).agent.config.exporters["load_balancing"] as {
    resolver: { static: { hostnames: string[] } };
    retry_on_failure: object;
    protocol: { otlp: { tls: { server_name_override: string } } };
  };

  test("leads to a Service for each pod, of that pod alone", async () => {
    const services = (await rendered(sampled)).filter(({ kind }) => kind === "Service");
    const selectors = exporter.resolver.static.hostnames.map((hostname) => {
      const service = services.find(({ metadata }) => `${metadata.name}.observability.svc:4317` === hostname);
      return (service?.["spec"] as { selector?: Record<string, string> } | undefined)?.selector;
    });
    expect(selectors).toEqual(
      [0, 1, 2].map((index) => ({
        "app.kubernetes.io/name": "otel-gateway",
        "app.kubernetes.io/part-of": "throughline",
        "statefulset.kubernetes.io/pod-name": `otel-gateway-${index}`,
      })),
    );
  });

  test("may leave the agents: their policy names the gateways", async () => {
    const policies = (await rendered(sampled)).filter(({ kind }) => kind === "NetworkPolicy");
    const specs = policies.map(({ metadata, spec }) => [metadata.name, spec] as [string, { egress: object[] }]);
    expect(new Map(specs).get("otel-agent")?.egress).toContainEqual({
      to: [{ podSelector: { matchLabels: expect.objectContaining({ "app.kubernetes.io/name": "otel-gateway" }) } }],
      ports: [{ port: 4317, protocol: "TCP" }],
    });
  });

  test("expects a name that the gateways' certificate bears", () => {
    expect(serverHosts("observability").gateway).toContain(exporter.protocol.otlp.tls.server_name_override);
  });

  test("retries before it routes, with every number given: this exporter has none of its own", () => {
    expect(exporter.retry_on_failure).toEqual({
      enabled: true,
      initial_interval: "500ms",
      max_interval: "5s",
      max_elapsed_time: "60s",
      multiplier: 1.5,
      randomization_factor: 0.5,
    });
  });

  test("is not for a single gateway", async () => {
    const services = (await rendered({ ...sampled, gatewayReplicas: "1" })).filter(({ kind }) => kind === "Service");
    expect(services.map(({ metadata }) => metadata.name).filter((name) => /-\d$/.test(name))).toEqual([]);
  });
});

test("the number of gateways is taken back from an autoscaler that goes", async () => {
  const set = (await rendered({})).find(
    ({ kind, metadata }) => kind === "StatefulSet" && metadata.name === "otel-gateway",
  );
  expect(set?.metadata.annotations).toEqual({ "pulumi.com/patchForce": "true" });
});
