import { describe, expect, test } from "vitest";
import type { AgentSpec, InstrumentationSpec } from "../../../instrumentation/types.ts";
import { list, podTemplate } from "../../../instrumentation/workload.ts";
import { container, deployment, key, names, type PodParts, run, spec, value } from "./fixtures.ts";

const copied = ["java", "nodejs", "python", "dotnet"] as const;
type Copied = (typeof copied)[number];
const initOf = (language: string) => `opentelemetry-auto-instrumentation-${language}`;

function pod(language: string, parts: PodParts = {}, more: InstrumentationSpec = {}) {
  const annotations = { [key(`inject-${language}`)]: "true", ...parts.annotations };
  return run(deployment({ ...parts, annotations }), { spec: { ...spec, ...more } }).workload;
}

/** Variables that a language adds by itself, with their values. */
function added(language: Copied): Record<string, string | undefined> {
  const common = new Set(names(pod("sdk")));
  const env = list(container(pod(language)).env).filter(({ name }) => !common.has(name));
  return Object.fromEntries(env.map((variable) => [variable.name, variable.value]));
}

describe("variables of each language", () => {
  const m = (language: string) => `/otel-auto-instrumentation-${language}`;
  const dotnet = m("dotnet");
  const python = m("python");
  test.each<[Copied, Record<string, string>]>([
    ["java", { JAVA_TOOL_OPTIONS: ` -javaagent:${m("java")}-app/javaagent.jar` }],
    ["nodejs", { NODE_OPTIONS: ` --require ${m("nodejs")}/autoinstrumentation.js`, OTEL_METRICS_EXPORTER: "otlp" }],
    [
      "python",
      {
        PYTHONPATH: `${python}/opentelemetry/instrumentation/auto_instrumentation:${python}`,
        OTEL_EXPORTER_OTLP_PROTOCOL: "http/protobuf",
        OTEL_TRACES_EXPORTER: "otlp",
        OTEL_METRICS_EXPORTER: "otlp",
        OTEL_LOGS_EXPORTER: "otlp",
      },
    ],
    [
      "dotnet",
      {
        CORECLR_ENABLE_PROFILING: "1",
        CORECLR_PROFILER: "{918728DD-259F-4A6A-AC2B-B85E1B658318}",
        CORECLR_PROFILER_PATH: `${dotnet}/linux/OpenTelemetry.AutoInstrumentation.Native.so`,
        DOTNET_STARTUP_HOOKS: `${dotnet}/net/OpenTelemetry.AutoInstrumentation.StartupHook.dll`,
        DOTNET_ADDITIONAL_DEPS: `${dotnet}/AdditionalDeps`,
        OTEL_DOTNET_AUTO_HOME: dotnet,
        DOTNET_SHARED_STORE: `${dotnet}/store`,
      },
    ],
  ])("%s", (language, expected) => {
    expect(Object.entries(added(language))).toEqual(Object.entries(expected));
  });

  test.each([
    ["nodejs", "OTEL_METRICS_EXPORTER"],
    ["python", "OTEL_EXPORTER_OTLP_PROTOCOL"],
    ["python", "OTEL_TRACES_EXPORTER"],
    ["python", "OTEL_LOGS_EXPORTER"],
    ["dotnet", "CORECLR_ENABLE_PROFILING"],
    ["dotnet", "CORECLR_PROFILER_PATH"],
  ])("%s leaves the user's %s", (language, name) => {
    expect(value(pod(language, { env: [{ name, value: "mine" }] }), name)).toBe("mine");
    expect(value(pod(language, {}, { env: [{ name, value: "spec" }] }), name)).toBe("spec");
  });

  test.each([
    ["DOTNET_STARTUP_HOOKS", "/net/OpenTelemetry.AutoInstrumentation.StartupHook.dll"],
    ["DOTNET_ADDITIONAL_DEPS", "/AdditionalDeps"],
    ["DOTNET_SHARED_STORE", "/store"],
  ])(
    "dotnet puts its part after the user's %s, and leaves one that the Instrumentation takes from elsewhere",
    (name, path) => {
      const workload = pod("dotnet", { env: [{ name, value: "/own" }] });
      expect(value(workload, name)).toBe(`/own:${dotnet}${path}`);
      const elsewhere = { name, valueFrom: { configMapKeyRef: { name: "c", key: "k" } } };
      const given = pod("dotnet", {}, { dotnet: { image: "d:1", env: [elsewhere] } });
      expect(list(container(given).env)).toContainEqual(elsewhere);
    },
  );

  test("python wraps the user's path, before the Instrumentation's variables are added", () => {
    const workload = pod("python", { env: [{ name: "PYTHONPATH", value: "/own" }] });
    expect(value(workload, "PYTHONPATH")).toBe(
      `${python}/opentelemetry/instrumentation/auto_instrumentation:/own:${python}`,
    );
    const order = names(pod("python", {}, { env: [{ name: "S", value: "s" }] }));
    expect(order.indexOf("PYTHONPATH")).toBe(order.indexOf("S") - 1);
  });
});

describe("how the agent comes into the pod", () => {
  test.each([
    ["java", {}, ["cp", "/javaagent.jar", "/otel-auto-instrumentation-java/javaagent.jar"]],
    ["nodejs", {}, ["cp", "-r", "/autoinstrumentation/.", "/otel-auto-instrumentation-nodejs"]],
    ["python", {}, ["cp", "-r", "/autoinstrumentation/.", "/otel-auto-instrumentation-python"]],
    [
      "python",
      { [key("otel-python-platform")]: "glibc" },
      ["cp", "-r", "/autoinstrumentation/.", "/otel-auto-instrumentation-python"],
    ],
    [
      "python",
      { [key("otel-python-platform")]: "musl" },
      ["cp", "-r", "/autoinstrumentation-musl/.", "/otel-auto-instrumentation-python"],
    ],
    // The operator lets this one fail in the pod; here it is a problem too.
    ["python", { [key("otel-python-platform")]: "bad" }, ["cp", "-r", "", "/otel-auto-instrumentation-python"]],
    ["dotnet", {}, ["cp", "-r", "/autoinstrumentation/.", "/otel-auto-instrumentation-dotnet"]],
  ])("%s %j", (language, annotations, command) => {
    expect(container(pod(language, { annotations }), initOf(language))["command"]).toEqual(command);
  });

  const claim = { spec: { accessModes: ["ReadWriteOnce"] } };
  const sizes: [string, AgentSpec, object][] = [
    ["200Mi by itself", {}, { emptyDir: { sizeLimit: "200Mi" } }],
    ["the size of the Instrumentation", { volumeLimitSize: "1Gi" }, { emptyDir: { sizeLimit: "1Gi" } }],
    ["its claim", { volumeClaimTemplate: claim }, { ephemeral: { volumeClaimTemplate: claim } }],
    ["an empty claim is none", { volumeClaimTemplate: {} }, { emptyDir: { sizeLimit: "200Mi" } }],
  ];
  test.each(copied.flatMap((language) => sizes.map((row) => [language, ...row] as const)))(
    "%s, volume: %s",
    (language, _what, agent, expected) => {
      const workload = pod(language, {}, { [language]: { image: "a:1", ...agent } });
      expect(podTemplate(workload)?.spec.volumes).toEqual([{ name: initOf(language), ...expected }]);
    },
  );

  test.each(copied)("%s: resources, pull policy and security context of the init container", (language) => {
    const resources = { limits: { cpu: "1" } };
    const field = language === "java" ? "resources" : "resourceRequirements";
    const containers = [{ name: "app", image: "i:1", securityContext: { runAsUser: 7 } }];
    const more = { imagePullPolicy: "Always", [language]: { image: "a:1", [field]: resources } };
    expect(container(pod(language, { containers }, more), initOf(language))).toMatchObject({
      image: "a:1",
      imagePullPolicy: "Always",
      resources,
      securityContext: { runAsUser: 7 },
    });
    const own = { ...more, initContainerSecurityContext: { runAsNonRoot: true } };
    expect(container(pod(language, { containers }, own), initOf(language)).securityContext).toEqual({
      runAsNonRoot: true,
    });
  });

  test("java's extensions come by init containers of their own, each into the agent's folder", () => {
    const extensions = [
      { image: "e:1", dir: "/one" },
      { image: "e:2", dir: "/two" },
    ];
    const workload = pod("java", {}, { imagePullPolicy: "Always", java: { image: "j:1", extensions } });
    const mount = { name: initOf("java"), mountPath: "/otel-auto-instrumentation-java" };
    expect(list(podTemplate(workload)?.spec.initContainers).slice(1)).toEqual(
      extensions.map(({ image, dir }, index) => ({
        name: `opentelemetry-auto-instrumentation-extension-${index}`,
        image,
        command: ["cp", "-r", `${dir}/.`, "/otel-auto-instrumentation-java/extensions"],
        volumeMounts: [mount],
      })),
    );
    expect(value(workload, "JAVA_TOOL_OPTIONS")).toMatch(
      / -Dotel\.javaagent\.extensions=\/otel-auto-instrumentation-java-app\/extensions$/,
    );
  });

  test("java has a path for each container", () => {
    const containers = ["app", "side"].map((name) => ({ name, image: "i:1" }));
    const workload = pod("java", { annotations: { [key("container-names")]: "app,side" }, containers });
    for (const { name } of containers) {
      expect(value(workload, "JAVA_TOOL_OPTIONS", name)).toContain(`/otel-auto-instrumentation-java-${name}/`);
      expect(container(workload, name).volumeMounts?.[0]?.mountPath).toBe(`/otel-auto-instrumentation-java-${name}`);
    }
  });
});
