import { describe, expect, test } from "vitest";
import { agentImages } from "../../../infra/versions.ts";
import { agentFields, defaultImages, resourcesField, withDefaults } from "../../../instrumentation/defaulter.ts";
import { instrumentationSpec } from "../../../instrumentation/defaults.ts";
import { podTemplate } from "../../../instrumentation/workload.ts";
import { deployment, key, run, value } from "./fixtures.ts";

const base = { namespace: "observability", images: { nodejs: "agents/nodejs:1" } };

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
      agentResources: resources,
      volumeLimitSize: "64Mi",
      scheduleDelayMs: 200,
      resourceAttributes: { team: "a" },
      env: [{ name: "OTEL_LOGS_EXPORTER", value: "otlp" }],
    });
    expect(spec.sampler).toEqual({ type: "parentbased_traceidratio", argument: "0.5" });
    expect(spec.nodejs).toMatchObject({
      image: "agents/nodejs:1",
      resourceRequirements: resources,
      volumeLimitSize: "64Mi",
    });
    expect(spec.resource).toEqual({ resourceAttributes: { team: "a" } });
    expect(spec.env?.filter(({ name }) => name === "OTEL_LOGS_EXPORTER")).toEqual([
      { name: "OTEL_LOGS_EXPORTER", value: "otlp" },
    ]);
    expect(spec.env).toContainEqual({ name: "OTEL_BSP_SCHEDULE_DELAY", value: "200" });
  });

  describe("SDKs that would give a batch up while a gateway is replaced", () => {
    const timeoutOf = (language: string, args: object = {}, own: { name: string; value: string }[] = []) => {
      const spec = instrumentationSpec({ ...base, images: agentImages, ...args });
      const annotations = { [key(`inject-${language}`)]: "true" };
      return value(run(deployment({ annotations, env: own }), { spec }).workload, "OTEL_EXPORTER_OTLP_TIMEOUT");
    };

    test.each(["nodejs", "java", "dotnet"])("%s waits longer", (language) => {
      expect(timeoutOf(language)).toBe("20000");
    });

    test.each(["python", "sdk"])("%s keeps its own time: seconds there, long enough here", (language) => {
      expect(timeoutOf(language)).toBeUndefined();
    });

    test("a time of the user's wins, for all workloads and for one", () => {
      const own = { name: "OTEL_EXPORTER_OTLP_TIMEOUT", value: "7000" };
      expect(timeoutOf("nodejs", { env: [own] })).toBe("7000");
      expect(timeoutOf("nodejs", {}, [own])).toBe("7000");
    });
  });

  test("without an image inject-nodejs is refused and inject-sdk works", () => {
    const spec = instrumentationSpec({ namespace: "o" });
    expect(run(deployment(), { spec }).injected).toEqual(["sdk"]);
    expect(run(deployment({ annotations: { [key("inject-nodejs")]: "true" } }), { spec }).injected).toEqual([]);
  });

  test("with every image nothing about the agents is left for the operator to fill in", () => {
    const spec = instrumentationSpec({ ...base, images: agentImages });
    for (const field of agentFields) {
      expect(spec[field]).toMatchObject({
        image: defaultImages[field],
        [resourcesField(field)]: { limits: { memory: "256Mi" }, requests: { memory: "128Mi" } },
      });
      expect(withDefaults(spec)[field]).toMatchObject(spec[field] ?? {});
    }
  });

  test.each(["java", "nodejs", "python", "dotnet"])(
    "%s: the agent is copied as Pod Security restricted asks",
    (name) => {
      const annotations = { [key(`inject-${name}`)]: "true" };
      const { workload, problems } = run(deployment({ annotations }), {
        spec: instrumentationSpec({ ...base, images: agentImages, volumeLimitSize: "150Mi" }),
      });
      expect(problems).toEqual([]);
      const { initContainers, volumes } = podTemplate(workload)?.spec ?? {};
      expect(initContainers).toEqual([
        expect.objectContaining({
          image: defaultImages[name as keyof typeof defaultImages],
          resources: expect.objectContaining({ limits: { cpu: "500m", memory: "256Mi" } }),
          securityContext: expect.objectContaining({ runAsNonRoot: true, capabilities: { drop: ["ALL"] } }),
        }),
      ]);
      expect(volumes).toContainEqual(expect.objectContaining({ emptyDir: { sizeLimit: "150Mi" } }));
    },
  );

  test("only agents with a volume get its size", () => {
    const spec = instrumentationSpec({ ...base, images: agentImages, volumeLimitSize: "150Mi" });
    const sized = agentFields.filter((field) => spec[field]?.volumeLimitSize !== undefined);
    expect(sized).toEqual(["java", "nodejs", "python", "dotnet"]);
  });

  test("web servers, which know only gRPC, send to its port", () => {
    const directives = (args: object) => {
      const { apacheHttpd, nginx } = instrumentationSpec({ ...base, images: agentImages, ...args });
      return [...(apacheHttpd?.attrs ?? []), ...(nginx?.attrs ?? [])].map(({ name, value }) => `${name} ${value}`);
    };
    const both = (endpoint: string) => [
      `ApacheModuleOtelExporterEndpoint ${endpoint}`,
      `NginxModuleOtelExporterEndpoint ${endpoint}`,
    ];
    expect(directives({})).toEqual(both("http://otel-agent.observability.svc:4317"));
    expect(directives({ agentService: "a" })).toEqual(both("http://a.observability.svc:4317"));
    // The given endpoint stands in the module's own directive already.
    expect(directives({ endpoint: "http://x:4317" })).toEqual([]);
    expect(directives({ endpoint: "http://x:4318", grpcEndpoint: "http://x:4317" })).toEqual(both("http://x:4317"));
  });
});
