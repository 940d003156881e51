import { describe, expect, test } from "vitest";
import type { Workload } from "../../../instrumentation/types.ts";
import { type Around, codes, deployment, key, type PodParts, run, spec } from "./fixtures.ts";

const two = [
  { name: "app", image: "a:1" },
  { name: "proxy", image: "p:1" },
];
const inject = (language: string, value = "true") => ({ [key(`inject-${language}`)]: value });
const fromMap = { configMapKeyRef: { name: "c", key: "k" } };

interface Row {
  what: string;
  code: string;
  parts?: PodParts;
  around?: Around;
  workload?: Workload;
  /** Words the message has to contain: the setting, the value got, the line to write. */
  says: string[];
}

const refused: Row[] = [
  {
    what: "spaces around the value",
    code: "malformed-annotation",
    parts: { annotations: inject("sdk", " true") },
    says: [key("inject-sdk"), '" true"', '"false"', `Write: ${key("inject-sdk")}: "true"`],
  },
  {
    what: "an Instrumentation that is not there",
    code: "instrumentation-not-found",
    parts: { annotations: inject("sdk", "other/one") },
    says: ["other/one", "shop/default", "Write: "],
  },
  {
    what: "no Instrumentation",
    code: "no-instrumentation",
    around: { instrumentations: [] },
    says: ["namespace shop", "none", "Write: "],
  },
  {
    what: "several Instrumentations",
    code: "several-instrumentations",
    around: { instrumentations: ["a", "b"].map((name) => ({ namespace: "shop", name, spec })) },
    says: ["a, b", `Write: ${key("inject-sdk")}: "a"`],
  },
  {
    what: "two languages without container names",
    code: "container-names-missing",
    parts: { annotations: { ...inject("sdk"), ...inject("nodejs") }, containers: two },
    says: ["nodejs, sdk", key("nodejs-container-names"), key("sdk-container-names")],
  },
  {
    what: "two languages of which one has a list",
    code: "container-names-missing",
    parts: { annotations: { ...inject("sdk"), ...inject("nodejs"), [key("sdk-container-names")]: "app" } },
    says: ["nodejs has no container names", `Write: ${key("nodejs-container-names")}`],
  },
  {
    what: "a space in a list",
    code: "container-names-malformed",
    parts: { annotations: { ...inject("sdk"), [key("container-names")]: "app, proxy" }, containers: two },
    says: ['"app, proxy"', `Write: ${key("container-names")}: "app,proxy"`],
  },
  {
    what: "a container twice",
    code: "container-names-duplicate",
    parts: { annotations: { ...inject("sdk"), [key("container-names")]: "app", [key("sdk-container-names")]: "app" } },
    says: ['"app" more than once', `Write: ${key("sdk-container-names")}: "app"`],
  },
  {
    what: "only unknown containers",
    code: "container-not-found",
    parts: { annotations: { ...inject("sdk"), [key("container-names")]: "App" } },
    says: ['"App"', "it has: app", "Write: "],
  },
  {
    what: "a mistyped key",
    code: "unknown-annotation",
    parts: { annotations: inject("nodjs") },
    says: [key("inject-nodjs"), `Write: ${key("inject-nodejs")}: "true"`],
  },
  {
    what: "the other shape of nginx's list",
    code: "unknown-annotation",
    parts: { annotations: { [key("nginx-container-names")]: "app" } },
    says: [`Write: ${key("inject-nginx-container-names")}: "app"`],
  },
  {
    what: "a boolean instead of a string",
    code: "annotation-not-a-string",
    parts: { annotations: { [key("inject-rust")]: true as unknown as string } },
    says: ["is true, which is no string", `Write: ${key("inject-rust")}: "true"`],
  },
  {
    what: "the annotation on the workload itself",
    code: "annotation-on-workload",
    workload: { ...deployment({ annotations: {} }), metadata: { name: "web", annotations: inject("sdk") } },
    says: [
      "metadata.annotations of the Deployment",
      `Write: spec.template.metadata.annotations["${key("inject-sdk")}"]: "true"`,
    ],
  },
  {
    what: "a workload without a name",
    code: "workload-unnamed",
    workload: { ...deployment(), metadata: {} },
    says: ["metadata.name", 'Write: metadata.name: "<name>"'],
  },
  {
    what: "a malformed list of a language that is not asked for",
    code: "container-names-malformed",
    parts: { annotations: { ...inject("sdk"), [key("java-container-names")]: "a b" } },
    says: ['"a b"', `Write: ${key("java-container-names")}: "a,b"`],
  },
  {
    what: "Go without a program to trace",
    code: "go-target-missing",
    parts: { annotations: inject("go") },
    around: { spec: { ...spec, go: { image: "agents/go:1" } } },
    says: ["OTEL_GO_AUTO_TARGET_EXE", `Write: ${key("otel-go-auto-target-exe")}: "/path/to/program"`],
  },
  {
    what: "Go for an init container",
    code: "go-init-container",
    parts: {
      annotations: { ...inject("go"), [key("go-container-names")]: "warm" },
      initContainers: [{ name: "warm", image: "w:1" }],
    },
    says: ['"warm"', "init container", `Write: ${key("go-container-names")}: "app"`],
  },
  {
    what: "Go for several containers",
    code: "go-several-containers",
    parts: { annotations: { ...inject("go"), [key("go-container-names")]: "app,proxy" }, containers: two },
    says: ['"app,proxy"', `Write: ${key("go-container-names")}: "app"`],
  },
  {
    what: "Go in a pod whose processes are not shared",
    code: "go-processes-not-shared",
    parts: { annotations: inject("go"), pod: { shareProcessNamespace: false } },
    says: ["shareProcessNamespace of the pod is false", "Write: shareProcessNamespace: true"],
  },
  ...(["apache-httpd", "nginx"] as const).map((language) => ({
    what: `${language} for an init container only`,
    code: "web-server-init-container",
    parts: {
      annotations: { ...inject(language), [key("container-names")]: "warm" },
      initContainers: [{ name: "warm", image: "w:1" }],
    },
    says: ['"warm"', language, `-container-names: "app"`],
  })),
  {
    what: "an Instrumentation with a number where a string belongs",
    code: "instrumentation-malformed",
    around: { spec: { ...spec, sampler: { type: "traceidratio", argument: 0.5 as unknown as string } } },
    says: ["sampler.argument of Instrumentation shop/default is 0.5", 'Write: sampler.argument: "0.5"'],
  },
  {
    what: "an agent without an image",
    code: "agent-image-missing",
    parts: { annotations: inject("nodejs") },
    around: { spec: {} },
    says: ["nodejs.image", "shop/default", "Write: nodejs: { image:"],
  },
  {
    what: "attributes by valueFrom",
    code: "resource-attributes-from-elsewhere",
    parts: { env: [{ name: "OTEL_RESOURCE_ATTRIBUTES", valueFrom: fromMap }] },
    says: ['container "app"', "OTEL_RESOURCE_ATTRIBUTES", "Write: "],
  },
  {
    what: "attributes by valueFrom in the Instrumentation",
    code: "resource-attributes-from-elsewhere",
    around: { spec: { ...spec, env: [{ name: "OTEL_RESOURCE_ATTRIBUTES", valueFrom: fromMap }] } },
    says: ["env of Instrumentation shop/default", "OTEL_RESOURCE_ATTRIBUTES", "Write: "],
  },
  {
    what: "a TLS ConfigMap that is not there",
    code: "tls-source-missing",
    around: {
      spec: { exporter: { endpoint: "https://c:4318", tls: { configMapName: "gone" } } },
      configMaps: new Set(),
    },
    says: ["exporter.tls.configMapName", '"gone"', "namespace shop"],
  },
  {
    what: "a TLS Secret that is not there",
    code: "tls-source-missing",
    around: { spec: { exporter: { endpoint: "https://c:4318", tls: { secretName: "gone" } } }, secrets: new Set() },
    says: ["exporter.tls.secretName", '"gone"', "namespace shop"],
  },
  {
    what: "a marker set by hand",
    code: "marker-set-by-hand",
    parts: { env: [{ name: "OTEL_RESOURCE_ATTRIBUTES_NODE_NAME", value: "n" }] },
    says: ["OTEL_RESOURCE_ATTRIBUTES_NODE_NAME", "Write: resource.opentelemetry.io/k8s.node.name"],
  },
  {
    what: "no containers",
    code: "no-containers",
    parts: { containers: [] },
    says: ["no containers that are objects", "Write: "],
  },
];

describe("what cannot be injected is said, and nothing is changed", () => {
  test.each(refused)("$what: $code", ({ code, parts, around, workload = deployment(parts), says }) => {
    const result = run(workload, around);
    expect(codes(result)).toContain(code);
    expect(result.workload).toBe(workload);
    expect(result.injected).toEqual([]);
    const message = result.problems.find((problem) => problem.code === code)?.message ?? "";
    for (const words of says) expect(message).toContain(words);
  });

  test.each([
    ["nodejs", "NODE_OPTIONS", "agent-variable-from-elsewhere"],
    ["java", "JAVA_TOOL_OPTIONS", "agent-variable-from-elsewhere"],
    ["python", "PYTHONPATH", "agent-variable-from-elsewhere"],
    ["dotnet", "DOTNET_STARTUP_HOOKS", "agent-variable-from-elsewhere"],
    ["nginx", "LD_LIBRARY_PATH", "agent-variable-from-elsewhere"],
  ])("%s with %s by valueFrom: as the operator does, and said", (language, name, code) => {
    const result = run(deployment({ annotations: inject(language), env: [{ name, valueFrom: fromMap }] }));
    expect(codes(result)).toEqual([code]);
    expect(result.injected).toEqual([language]);
  });

  test.each([
    ["go", { [key("container-names")]: "app,proxy" }, "go-several-containers"],
    ["go", { [key("container-names")]: "nope" }, "container-not-found"],
    ["nginx", { [key("container-names")]: "warm,app" }, "web-server-init-container"],
    ["apache-httpd", { [key("container-names")]: "app,nope" }, "container-not-found"],
    ["nginx", { ...inject("apache-httpd"), [key("container-names")]: "app" }, "web-servers-collide"],
  ])("%s with %j: what is left out is said", (language, extra, code) => {
    const initContainers = [{ name: "warm", image: "w:1" }];
    const annotations = { ...inject(language), ...extra };
    const result = run(deployment({ annotations, containers: two, initContainers }));
    expect(codes(result)).toContain(code);
    expect(result.injected).toContain(language);
  });

  test("all problems come at once", () => {
    const annotations = { ...inject("sdk", "a b"), ...inject("nodejs", "gone"), ...inject("nodjs") };
    expect(codes(run({ ...deployment({ annotations }), metadata: {} })).sort()).toEqual([
      "instrumentation-not-found",
      "malformed-annotation",
      "unknown-annotation",
      "workload-unnamed",
    ]);
  });

  test.each([{}, inject("sdk", "false"), inject("sdk", "")])("nothing asked, nothing said: %j", (annotations) => {
    const workload = deployment({ annotations: annotations as Record<string, string> });
    expect(run(workload)).toEqual({ workload, injected: [], problems: [] });
  });
});

describe("namespace and pod annotations together", () => {
  const instrumentations = ["default", "other"].map((name) => ({
    namespace: "shop",
    name,
    spec: { exporter: { endpoint: `http://${name}` } },
  }));
  test.each([
    ["", "default", "default"],
    ["default", "", "default"],
    ["other", "true", "other"],
    ["other", "default", "default"],
    ["false", "default", "default"],
    ["default", "false", undefined],
    ["false", "", undefined],
  ])("namespace %j, pod %j: %s", (namespace, pod, endpoint) => {
    const workload = deployment({ annotations: inject("sdk", pod) });
    const result = run(workload, { namespace: inject("sdk", namespace), instrumentations });
    expect(result.problems).toEqual([]);
    const text = JSON.stringify(result.workload);
    expect(text.includes(`"http://${endpoint}"`)).toBe(endpoint !== undefined);
  });

  test("false in the namespace, true in the pod: the pod's", () => {
    const result = run(deployment(), { namespace: inject("sdk", "FALSE") });
    expect(result.injected).toEqual(["sdk"]);
  });
});
