import { describe, expect, test } from "vitest";
import { serverHosts } from "../../../infra/kubernetes/tls.ts";
import { program } from "../../../infra/program.ts";
import { render } from "../../../infra/render/render.ts";
import { parseSettings } from "../../../infra/settings/settings.ts";
import { planTopology } from "../../../infra/topology.ts";

const rendered = async (raw: Record<string, string>) => (await render(() => program(parseSettings(raw)))).manifests;
const sampled = { profile: "production", tailSampling: '{"keepShare":"0.5"}' };

describe("gateways without sampling of whole traces", () => {
  const exporter = (raw: Record<string, string>) =>
    planTopology(parseSettings(raw)).agent.config.exporters["otlp_http"];

  test.each([{ profile: "production" }, { gatewayMaxReplicas: "3" }])(
    "are dialed for each request where there are several, so that all are found: %o",
    (raw) => {
      expect(exporter(raw)).toMatchObject({
        endpoint: expect.stringMatching(/^https?:..otel-gateway-otlp.observability.svc:4318$/),
        disable_keep_alives: true,
      });
    },
  );

  test("keep their connections where there is one", () => {
    expect(exporter({})).toMatchObject({ endpoint: "http://otel-gateway-otlp.observability.svc:4318" });
    expect(exporter({})).not.toHaveProperty("disable_keep_alives");
  });
});

describe("a pod that another one replaces", () => {
  /** Seconds in which a workload's pods answer after they are to end, and after those until they are killed. */
  const leaving = async (raw: Record<string, string>) => {
    const workloads = (await rendered(raw)).filter(({ kind }) => /^(DaemonSet|Deployment|StatefulSet)$/.test(kind));
    return Object.fromEntries(
      workloads.map(({ metadata, spec }) => {
        const pod = (spec as { template: { spec: { terminationGracePeriodSeconds: number; containers: Container[] } } })
          .template.spec;
        const seconds = pod.containers[0]?.lifecycle?.preStop.sleep.seconds ?? 0;
        return [metadata.name, [seconds, pod.terminationGracePeriodSeconds - seconds]];
      }),
    );
  };
  interface Container {
    lifecycle?: { preStop: { sleep: { seconds: number } } };
  }

  test("answers for 5 s more, which its grace period has besides what it needs to drain", async () => {
    const profile = "production";
    expect(await leaving({ profile })).toEqual({
      "otel-agent": [5, 30],
      "otel-gateway": [5, 15],
      jaeger: [0, 30],
    });
    expect(await leaving({ profile, gatewayReplicas: "1" })).toMatchObject({ "otel-gateway": [0, 15] });
    expect(await leaving({ gatewayMaxReplicas: "3" })).toMatchObject({ "otel-gateway": [5, 55] });
  });
});

describe("routing by trace id", () => {
  const exporter = planTopology(parseSettings(sampled)).agent.config.exporters["load_balancing"] as {
    resolver: { static: { hostnames: string[] } };
    retry_on_failure: object;
    protocol: { otlp: { tls: { server_name_override: string }; retry_on_failure: object; sending_queue: object } };
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

  test("tries the part of each gateway again by itself, and lets it wait nowhere", () => {
    const { retry_on_failure, sending_queue } = exporter.protocol.otlp;
    expect(retry_on_failure).toEqual({ initial_interval: "500ms", max_interval: "1s", max_elapsed_time: "60s" });
    expect(sending_queue).toEqual({ enabled: false });
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
