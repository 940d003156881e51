import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { UserError } from "../../../common/errors.ts";
import { injectContainer } from "../../../instrumentation/container.ts";
import { defaultImages } from "../../../instrumentation/defaulter.ts";
import { instrumentationSpec } from "../../../instrumentation/defaults.ts";
import { inject } from "../../../instrumentation/inject.ts";
import type { EnvVar } from "../../../instrumentation/types.ts";

const spec = instrumentationSpec({
  namespace: "",
  endpoint: "http://otel-agent:4318",
  images: defaultImages,
  sampler: "parentbased_traceidratio",
  samplerArgument: "0.5",
});
const asks = (language: string) => ({ [`instrumentation.opentelemetry.io/inject-${language}`]: "true" });
const container = (labels: Record<string, string>, envs: string[] = [], image?: string) =>
  injectContainer({ name: "shop", image, labels, envs }, spec);
const mapOf = (envs: readonly string[]) =>
  Object.fromEntries(envs.map((one) => [one.slice(0, one.indexOf("=")), one.slice(one.indexOf("=") + 1)]));

describe("a labelled container", () => {
  test("gets the variables of a pod, named after itself, without what only a cluster has", () => {
    const { envs, agents, injected } = container(asks("sdk"), ["PORT=8080"], "docker.io/acme/shop:1.2");
    expect(injected).toEqual(["sdk"]);
    expect(agents).toEqual([]);
    expect(mapOf(envs)).toEqual({
      PORT: "8080",
      OTEL_SERVICE_NAME: "shop",
      OTEL_EXPORTER_OTLP_ENDPOINT: "http://otel-agent:4318",
      OTEL_EXPORTER_OTLP_PROTOCOL: "http/protobuf",
      OTEL_BSP_SCHEDULE_DELAY: "1000",
      OTEL_METRICS_EXPORTER: "none",
      OTEL_LOGS_EXPORTER: "none",
      OTEL_PROPAGATORS: "tracecontext,baggage",
      OTEL_TRACES_SAMPLER: "parentbased_traceidratio",
      OTEL_TRACES_SAMPLER_ARG: "0.5",
      OTEL_RESOURCE_ATTRIBUTES: "service.instance.id=shop,service.version=1.2,container.name=shop",
    });
  });

  test("with an agent also gets its files, by the command of the init container", () => {
    const { envs, agents } = container(asks("nodejs"), ["NODE_OPTIONS=--enable-source-maps"]);
    expect(agents).toEqual([
      {
        language: "nodejs",
        image: defaultImages.nodejs,
        command: ["cp", "-r", "/autoinstrumentation/.", "/otel-auto-instrumentation-nodejs"],
        from: "/otel-auto-instrumentation-nodejs",
        to: "/otel-auto-instrumentation-nodejs",
      },
    ]);
    expect(mapOf(envs)["NODE_OPTIONS"]).toBe(
      "--enable-source-maps --require /otel-auto-instrumentation-nodejs/autoinstrumentation.js",
    );
  });

  test("keeps its own variables to the letter: an engine replaces nothing in them", () => {
    const own = ["A=1", "B=$(A)", "C=$$(A)", "NODE_OPTIONS=--title=$(A)"];
    const { envs } = container(asks("nodejs"), own);
    expect(mapOf(envs)).toMatchObject({
      A: "1",
      B: "$(A)",
      C: "$$(A)",
      NODE_OPTIONS: expect.stringMatching(/^--title=\$\(A\) --require /),
    });
  });

  test("may say its own attributes, by label and by variable", () => {
    const labels = {
      ...asks("sdk"),
      "resource.opentelemetry.io/service.name": "till",
      "resource.opentelemetry.io/team": "a",
    };
    const { envs } = container(labels, ["OTEL_RESOURCE_ATTRIBUTES=k8s.cluster.name=mine,service.namespace=x"]);
    expect(mapOf(envs)["OTEL_SERVICE_NAME"]).toBe("till");
    const attributes = mapOf(envs)["OTEL_RESOURCE_ATTRIBUTES"]?.split(",");
    expect(attributes).toEqual(expect.arrayContaining(["k8s.cluster.name=mine", "service.namespace=x", "team=a"]));
    expect(attributes?.filter((pair) => /^k8s\.(?!cluster)|^service\.namespace=docker/.test(pair))).toEqual([]);
  });

  test.each([{}, { "instrumentation.opentelemetry.io/inject-sdk": "false" }, { "com.example/inject-sdk": "true" }])(
    "%j leaves it as it is",
    (labels) => {
      const envs = ["A=1", "B"];
      expect(container(labels as Record<string, string>, envs)).toEqual({ envs, agents: [], injected: [] });
    },
  );
});

describe("what can't be injected is one clear error", () => {
  test.each([
    [asks("go"), /label instrumentation\.opentelemetry\.io\/inject-go asks for an agent that needs a pod.*Write: /],
    [asks("nginx"), /inject-nginx asks/],
    [
      { "instrumentation.opentelemetry.io/inject-sdkk": "true" },
      /label .*inject-sdkk .*nearest known one is .*inject-sdk\b/,
    ],
    [{ ...asks("sdk"), ...asks("nodejs") }, /2 languages are asked for/],
    [{ "instrumentation.opentelemetry.io/inject-sdk": "other/one" }, /names the Instrumentation other\/one/],
  ])("%j", (labels, problem) => {
    const injecting = () => container(labels as Record<string, string>);
    expect(injecting).toThrow(UserError);
    expect(injecting).toThrow(problem);
  });
});

test("every OTEL_* variable of a pod that does not tell of the cluster is the container's too", () => {
  const name = fc.constantFrom(
    "OTEL_SERVICE_NAME",
    "OTEL_TRACES_SAMPLER",
    "OTEL_PROPAGATORS",
    "NODE_OPTIONS",
    "APP",
    "PORT",
  );
  const value = fc.stringMatching(/^[a-z0-9 ./=-]{0,12}$/);
  const own = fc.uniqueArray(fc.tuple(name, value), { selector: ([one]) => one, maxLength: 4 });
  fc.assert(
    fc.property(own, fc.constantFrom("sdk", "nodejs", "java", "python", "dotnet"), (variables, language) => {
      const env = variables.map(([one, text]): EnvVar => ({ name: one, value: text }));
      const { workload } = inject({
        workload: {
          kind: "Pod",
          metadata: { name: "shop", annotations: asks(language) },
          spec: { containers: [{ name: "shop", env }] },
        },
        namespace: { name: "docker" },
        instrumentations: [{ namespace: "docker", name: "default", spec }],
      });
      const pod = (workload["spec"] as { containers: { env: EnvVar[] }[] }).containers[0]!.env;
      const wanted = pod.filter((one) => one.value !== undefined && one.name !== "OTEL_RESOURCE_ATTRIBUTES");
      const got = mapOf(
        container(
          asks(language),
          variables.map((pair) => pair.join("=")),
        ).envs,
      );
      const { OTEL_RESOURCE_ATTRIBUTES: attributes, ...others } = got;
      expect(others).toEqual(Object.fromEntries(wanted.map((one) => [one.name, one.value])));
      expect(attributes).not.toMatch(/k8s\.|\$\(/);
    }),
    { numRuns: 60 },
  );
});
