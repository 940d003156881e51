import { describe, expect, test } from "vitest";
import { languages } from "../../../instrumentation/types.ts";
import { list, podTemplate } from "../../../instrumentation/workload.ts";
import { attributes, container, deployment, key, names, run, spec, value } from "./fixtures.ts";

const two = ["app", "side"].map((name) => ({ name, image: "i:1" }));
const inject = (language: string, value = "true") => ({ [key(`inject-${language}`)]: value });

describe("value of an opt-in annotation", () => {
  const instrumentations = [
    { namespace: "shop", name: "one", spec: { exporter: { endpoint: "http://one" } } },
    { namespace: "other", name: "two", spec: { exporter: { endpoint: "http://two" } } },
    { namespace: "other", name: "two/three", spec: { exporter: { endpoint: "http://three" } } },
  ];
  test.each([
    ["", undefined],
    ["false", undefined],
    ["FALSE", undefined],
    ["true", "http://one"],
    ["TRUE", "http://one"],
    ["tRuE", "http://one"],
    ["one", "http://one"],
    ["shop/one", "http://one"],
    ["other/two", "http://two"],
    ["other/two/three", "http://three"],
  ])("%j means %s", (text, endpoint) => {
    const { workload } = run(deployment({ annotations: inject("sdk", text) }), { instrumentations });
    expect(value(workload, "OTEL_EXPORTER_OTLP_ENDPOINT")).toBe(endpoint);
  });
});

describe("annotation keys", () => {
  const listKey = (language: string) => key(`${language === "nginx" ? "inject-nginx" : language}-container-names`);

  test.each(languages)("%s: opts in, and its list names the container", (language) => {
    const annotations = { ...inject(language), [listKey(language)]: "side" };
    const { workload, injected, problems } = run(deployment({ annotations, containers: two }));
    expect(problems).toEqual([]);
    expect(injected).toEqual([language]);
    expect(names(workload, "app")).toEqual([]);
    const carrier = language === "go" ? "opentelemetry-auto-instrumentation" : "side";
    expect(attributes(workload, carrier)["k8s.container.name"]).toBe("side");
  });

  test.each([
    ["container-names", { [key("container-names")]: "side" }, {}, "side"],
    [
      "container-names, the pod's wins",
      { [key("container-names")]: "side" },
      { [key("container-names")]: "app" },
      "app",
    ],
    ["sdk-container-names", { [key("sdk-container-names")]: "side" }, {}, "side"],
    ["inject-sdk", inject("sdk"), { [key("inject-sdk")]: "" }, "app"],
  ])("%s of the namespace counts", (_key, namespace, own, expected) => {
    const annotations = { ...inject("sdk"), ...own };
    const { workload } = run(deployment({ annotations, containers: two }), { namespace });
    expect(names(workload, expected)).toContain("OTEL_SERVICE_NAME");
    expect(names(workload, expected === "app" ? "side" : "app")).toEqual([]);
  });

  test("platform and runtime of the namespace count", () => {
    const namespace = { [key("otel-python-platform")]: "musl", [key("otel-dotnet-auto-runtime")]: "linux-musl-x64" };
    const python = run(deployment({ annotations: inject("python") }), { namespace }).workload;
    expect(container(python, "opentelemetry-auto-instrumentation-python")["command"]).toContain(
      "/autoinstrumentation-musl/.",
    );
    const dotnet = run(deployment({ annotations: inject("dotnet") }), { namespace }).workload;
    expect(value(dotnet, "CORECLR_PROFILER_PATH")).toMatch(/\/linux-musl\//);
  });

  test("resource attributes of the namespace do not count", () => {
    const { workload } = run(deployment(), { namespace: { "resource.opentelemetry.io/team": "x" } });
    expect(attributes(workload)).not.toHaveProperty("team");
  });

  test("a language's list is added to the common one", () => {
    const annotations = { ...inject("sdk"), [key("container-names")]: "side", [key("sdk-container-names")]: "app" };
    const { workload } = run(deployment({ annotations, containers: two }));
    for (const one of two) expect(names(workload, one.name)).toContain("OTEL_SERVICE_NAME");
  });
});

describe("a pod that was injected before stays as it is", () => {
  const inits = [
    ...["java", "nodejs", "python", "dotnet"].map((field) => `opentelemetry-auto-instrumentation-${field}`),
    "otel-agent-attach-apache",
    "otel-agent-source-container-clone",
  ];
  test.each(inits)("init container %s", (name) => {
    const workload = deployment({ initContainers: [{ name }] });
    expect(run(workload)).toEqual({ workload, injected: [], problems: [] });
  });

  test("container opentelemetry-auto-instrumentation", () => {
    const workload = deployment({ containers: [...two, { name: "opentelemetry-auto-instrumentation" }] });
    expect(run(workload)).toEqual({ workload, injected: [], problems: [] });
  });

  const nodeName = "OTEL_RESOURCE_ATTRIBUTES_NODE_NAME";
  const env = [{ name: nodeName, valueFrom: { fieldRef: { fieldPath: "spec.nodeName" } } }];
  test.each([
    ["side", []],
    ["otc-container", ["sdk"]],
  ])("the node's name in container %s: injected %j", (name, expected) => {
    expect(run(deployment({ containers: [{ name: "app" }, { name, env }] })).injected).toEqual(expected);
  });

  test.each([
    ["init container", "opentelemetry-auto-instrumentation"],
    ["container", "opentelemetry-auto-instrumentation-java"],
    ["init container", "otel-agent-attach-nginx"],
  ])("%s %s is no mark", (where, name) => {
    const parts = where === "container" ? { containers: [...two, { name }] } : { initContainers: [{ name }] };
    expect(run(deployment(parts)).injected).toEqual(["sdk"]);
  });

  test.each(languages)("%s twice is %s once", (language) => {
    const once = run(deployment({ annotations: inject(language) }));
    expect(once.injected).toEqual([language]);
    expect(run(once.workload)).toEqual({ workload: once.workload, injected: [], problems: [] });
  });
});

describe("several languages", () => {
  test("are injected in the operator's order, whatever the order of the annotations", () => {
    const chosen = Object.assign({}, ...[...languages].reverse().map((language) => inject(language)));
    const annotations = { ...chosen, [key("container-names")]: "app" };
    expect(run(deployment({ annotations })).injected).toEqual([...languages]);
  });

  test("in one container: names of pod and node are repeated, attributes are added once more", () => {
    const annotations = { ...inject("nodejs"), ...inject("sdk"), [key("container-names")]: "app" };
    const { workload } = run(deployment({ annotations }));
    const repeated = names(workload).filter((name) => /_(POD|NODE)_NAME$/.test(name));
    expect(repeated).toEqual([
      "OTEL_RESOURCE_ATTRIBUTES_POD_NAME",
      "OTEL_RESOURCE_ATTRIBUTES_NODE_NAME",
      "OTEL_RESOURCE_ATTRIBUTES_POD_NAME",
      "OTEL_RESOURCE_ATTRIBUTES_NODE_NAME",
    ]);
    expect(value(workload, "OTEL_RESOURCE_ATTRIBUTES")?.match(/k8s\.pod\.name=/g)).toHaveLength(2);
    expect(names(workload).filter((name) => name === "OTEL_SERVICE_NAME")).toHaveLength(1);
  });
});

describe("variables that are there already", () => {
  test("the pod's name is added even where the user has one", () => {
    const { workload } = run(deployment({ env: [{ name: "OTEL_RESOURCE_ATTRIBUTES_POD_NAME", value: "mine" }] }));
    const all = list(container(workload).env).filter(({ name }) => name === "OTEL_RESOURCE_ATTRIBUTES_POD_NAME");
    expect(all).toEqual([
      { name: "OTEL_RESOURCE_ATTRIBUTES_POD_NAME", value: "mine" },
      { name: "OTEL_RESOURCE_ATTRIBUTES_POD_NAME", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } },
    ]);
  });

  test.each([
    ["k8s.pod.name=mine", "mine,k8s.container.name"],
    ["service.version=9", "service.version=9"],
  ])("attributes %s of the user stay in front", (own, expected) => {
    const { workload } = run(deployment({ env: [{ name: "OTEL_RESOURCE_ATTRIBUTES", value: own }] }));
    const text = value(workload, "OTEL_RESOURCE_ATTRIBUTES") ?? "";
    expect(text).toContain(expected);
    expect(text.match(/service\.version=/g)).toHaveLength(1);
    // Pod and node are told in any case.
    expect(text).toContain("k8s.pod.name=$(OTEL_RESOURCE_ATTRIBUTES_POD_NAME)");
    expect(text).toContain("k8s.node.name=$(OTEL_RESOURCE_ATTRIBUTES_NODE_NAME)");
  });

  test("a service.name among the attributes does not keep OTEL_SERVICE_NAME away", () => {
    const { workload } = run(deployment({ env: [{ name: "OTEL_RESOURCE_ATTRIBUTES", value: "service.name=x" }] }));
    expect(value(workload, "OTEL_SERVICE_NAME")).toBe("web");
  });

  test("envFrom is not looked into", () => {
    const containers = [{ name: "app", image: "i:1", envFrom: [{ configMapRef: { name: "c" } }] }];
    expect(value(run(deployment({ containers })).workload, "OTEL_SERVICE_NAME")).toBe("web");
  });
});

describe("TLS files of the exporter", () => {
  const long = "n".repeat(60);
  test.each([
    [
      "secret",
      { secretName: "s", ca_file: "ca", cert_file: "crt", key_file: "/abs/key" },
      ["secret-s/ca", "secret-s/crt", "/abs/key"],
    ],
    ["config map", { configMapName: "c", ca_file: "ca" }, ["configmap-c/ca", undefined, undefined]],
    [
      "both",
      { secretName: "s", configMapName: "c", ca_file: "ca", cert_file: "crt" },
      ["configmap-c/ca", "secret-s/crt", undefined],
    ],
  ] as const)("%s", (_from, tls, [ca, crt, file]) => {
    const { workload } = run(deployment(), { spec: { exporter: { endpoint: "https://c:4318", tls } } });
    const full = (path: string | undefined) =>
      path === undefined || path.startsWith("/") ? path : `/otel-auto-instrumentation-${path}`;
    expect(value(workload, "OTEL_EXPORTER_OTLP_CERTIFICATE")).toBe(full(ca));
    expect(value(workload, "OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE")).toBe(full(crt));
    expect(value(workload, "OTEL_EXPORTER_OTLP_CLIENT_KEY")).toBe(full(file));
    const order = names(workload);
    expect(order.indexOf("OTEL_EXPORTER_OTLP_CERTIFICATE")).toBe(order.indexOf("OTEL_EXPORTER_OTLP_ENDPOINT") + 1);
  });

  test("are mounted read-only, once, under a name of at most 63 characters", () => {
    const annotations = { ...inject("sdk"), [key("container-names")]: "app,side" };
    const { workload } = run(deployment({ annotations, containers: two }), {
      spec: { exporter: { endpoint: "https://c:4318", tls: { secretName: long } } },
    });
    const name = `otel-auto-secret-${long}`.slice(0, 63);
    expect(podTemplate(workload)?.spec.volumes).toEqual([{ name, secret: { secretName: long } }]);
    for (const one of two) {
      expect(container(workload, one.name).volumeMounts).toEqual([
        { name, mountPath: `/otel-auto-instrumentation-secret-${long}`, readOnly: true },
      ]);
    }
  });

  test.each([
    ["there", new Set(["s"]), 1],
    ["missing", new Set<string>(), 0],
    ["not known", undefined, 1],
  ])("a Secret that is %s", (_what, secrets, injected) => {
    const tls = { secretName: "s" };
    const around = { spec: { ...spec, exporter: { endpoint: "https://c", tls } }, ...(secrets && { secrets }) };
    expect(run(deployment(), around).injected).toHaveLength(injected);
  });
});
