import { describe, expect, test } from "vitest";
import { instrumentationSpec } from "../../../instrumentation/defaults.ts";
import { deployment, key, run, value } from "./fixtures.ts";

const base = { namespace: "observability", nodejsImage: "agents/nodejs:1" };

describe("the stack's own Instrumentation", () => {
  test("endpoint and protocol fit each other", () => {
    const spec = instrumentationSpec(base);
    expect(spec.exporter).toEqual({ endpoint: "http://otel-agent.observability.svc:4318" });
    expect(spec.env).toContainEqual({ name: "OTEL_EXPORTER_OTLP_PROTOCOL", value: "http/protobuf" });
    expect(instrumentationSpec({ ...base, agentService: "a" }).exporter?.endpoint).toBe(
      "http://a.observability.svc:4318",
    );
    expect(instrumentationSpec({ ...base, endpoint: "http://x:1" }).exporter?.endpoint).toBe("http://x:1");
  });

  test.each(["sdk", "nodejs"])("%s sends traces only, and soon", (language) => {
    const { workload, problems } = run(deployment({ annotations: { [key(`inject-${language}`)]: "true" } }), {
      spec: instrumentationSpec(base),
    });
    expect(problems).toEqual([]);
    expect(value(workload, "OTEL_METRICS_EXPORTER")).toBe("none");
    expect(value(workload, "OTEL_LOGS_EXPORTER")).toBe("none");
    expect(value(workload, "OTEL_BSP_SCHEDULE_DELAY")).toBe("1000");
  });

  test("the init container passes Pod Security restricted", () => {
    expect(instrumentationSpec(base).initContainerSecurityContext).toMatchObject({
      runAsNonRoot: true,
      runAsUser: expect.any(Number),
      allowPrivilegeEscalation: false,
      capabilities: { drop: ["ALL"] },
      seccompProfile: { type: "RuntimeDefault" },
    });
  });

  test("settings reach the spec", () => {
    const resources = { limits: { cpu: "1" } };
    const spec = instrumentationSpec({
      ...base,
      sampler: "parentbased_traceidratio",
      samplerArgument: "0.5",
      nodejsResources: resources,
      volumeLimitSize: "64Mi",
      scheduleDelayMs: 200,
      resourceAttributes: { team: "a" },
      env: [{ name: "OTEL_LOGS_EXPORTER", value: "otlp" }],
    });
    expect(spec.sampler).toEqual({ type: "parentbased_traceidratio", argument: "0.5" });
    expect(spec.nodejs).toEqual({ image: "agents/nodejs:1", resourceRequirements: resources, volumeLimitSize: "64Mi" });
    expect(spec.resource).toEqual({ resourceAttributes: { team: "a" } });
    expect(spec.env?.filter(({ name }) => name === "OTEL_LOGS_EXPORTER")).toEqual([
      { name: "OTEL_LOGS_EXPORTER", value: "otlp" },
    ]);
    expect(spec.env).toContainEqual({ name: "OTEL_BSP_SCHEDULE_DELAY", value: "200" });
  });

  test("without an image inject-nodejs is refused and inject-sdk works", () => {
    const spec = instrumentationSpec({ namespace: "o" });
    expect(run(deployment(), { spec }).injected).toEqual(["sdk"]);
    expect(run(deployment({ annotations: { [key("inject-nodejs")]: "true" } }), { spec }).injected).toEqual([]);
  });
});
