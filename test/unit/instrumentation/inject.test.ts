import { describe, expect, test } from "vitest";
import { list, podTemplate, workloadKinds } from "../../../instrumentation/workload.ts";
import { attributes, container, deployment, key, names, run, spec, value } from "./fixtures.ts";

describe("order and precedence of variables", () => {
  test("a plain container gets every block in the operator's order", () => {
    const { workload, injected, problems } = run(deployment({ env: [{ name: "A", value: "1" }] }), {
      spec: { ...spec, env: [{ name: "S", value: "$(OTEL_NODE_IP)" }], resource: { addK8sUIDAttributes: true } },
    });
    expect(problems).toEqual([]);
    expect(injected).toEqual(["sdk"]);
    expect(names(workload)).toEqual([
      "OTEL_NODE_IP",
      "OTEL_POD_IP",
      "A",
      "S",
      "OTEL_SERVICE_NAME",
      "OTEL_EXPORTER_OTLP_ENDPOINT",
      "OTEL_RESOURCE_ATTRIBUTES_POD_NAME",
      "OTEL_RESOURCE_ATTRIBUTES_POD_UID",
      "OTEL_RESOURCE_ATTRIBUTES_NODE_NAME",
      "OTEL_PROPAGATORS",
      "OTEL_TRACES_SAMPLER",
      "OTEL_TRACES_SAMPLER_ARG",
      "OTEL_RESOURCE_ATTRIBUTES",
    ]);
    expect(value(workload, "OTEL_RESOURCE_ATTRIBUTES")).toBe(
      "k8s.container.name=app,k8s.deployment.name=web,k8s.namespace.name=shop," +
        "k8s.node.name=$(OTEL_RESOURCE_ATTRIBUTES_NODE_NAME),k8s.pod.name=$(OTEL_RESOURCE_ATTRIBUTES_POD_NAME)," +
        "k8s.pod.uid=$(OTEL_RESOURCE_ATTRIBUTES_POD_UID),service.instance.id=shop.$(OTEL_RESOURCE_ATTRIBUTES_POD_NAME).app," +
        "service.namespace=shop,service.version=1.4.2",
    );
  });

  test.each([
    "OTEL_SERVICE_NAME",
    "OTEL_EXPORTER_OTLP_ENDPOINT",
    "OTEL_PROPAGATORS",
    "OTEL_TRACES_SAMPLER",
    "OTEL_NODE_IP",
    "OTEL_POD_IP",
  ])("the user's %s stays, in its place", (name) => {
    const { workload } = run(deployment({ env: [{ name, value: "mine" }] }));
    expect(value(workload, name)).toBe("mine");
    expect(names(workload).filter((one) => one === name)).toHaveLength(1);
  });

  test("a sampler argument alone keeps the sampler away", () => {
    const { workload } = run(deployment({ env: [{ name: "OTEL_TRACES_SAMPLER_ARG", value: "0.1" }] }));
    expect(names(workload)).not.toContain("OTEL_TRACES_SAMPLER");
  });

  test("container beats language beats Instrumentation", () => {
    const { workload } = run(
      deployment({ annotations: { [key("inject-nodejs")]: "true" }, env: [{ name: "X", value: "container" }] }),
      {
        spec: {
          ...spec,
          env: ["X", "Y", "Z"].map((name) => ({ name, value: "spec" })),
          nodejs: { image: "agents/nodejs:1", env: ["X", "Y"].map((name) => ({ name, value: "language" })) },
        },
      },
    );
    expect(["X", "Y", "Z"].map((name) => value(workload, name))).toEqual(["container", "language", "spec"]);
  });

  test("attributes of the user stay, are not repeated, and move to the end", () => {
    const env = [
      { name: "OTEL_RESOURCE_ATTRIBUTES", value: "team=a, k8s.container.name=mine" },
      { name: "B", value: "b" },
    ];
    const { workload } = run(deployment({ env }));
    expect(names(workload).at(-1)).toBe("OTEL_RESOURCE_ATTRIBUTES");
    expect(value(workload, "OTEL_RESOURCE_ATTRIBUTES")).toMatch(/^team=a, k8s\.container\.name=mine,k8s\.deployment/);
  });

  test("a trailing comma of the user is not doubled", () => {
    const { workload } = run(deployment({ env: [{ name: "OTEL_RESOURCE_ATTRIBUTES", value: "a=b," }] }));
    expect(value(workload, "OTEL_RESOURCE_ATTRIBUTES")).toMatch(/^a=b,k8s\.container\.name=app,/);
  });
});

describe("service name and resource attributes", () => {
  const labels = { "app.kubernetes.io/instance": "inst", "app.kubernetes.io/version": "9" };

  test.each([
    ["annotation", { "resource.opentelemetry.io/service.name": "ann" }, false, "ann"],
    ["label, where wanted", {}, true, "inst"],
    ["owner", {}, false, "web"],
  ])("service.name from %s", (_from, extra, useLabelsForResourceAttributes, expected) => {
    const annotations = { [key("inject-sdk")]: "true", ...extra };
    const { workload } = run(deployment({ annotations, labels }), {
      spec: { ...spec, defaults: { useLabelsForResourceAttributes } },
    });
    expect(value(workload, "OTEL_SERVICE_NAME")).toBe(expected);
    expect(attributes(workload)["service.version"]).toBe(useLabelsForResourceAttributes ? "9" : "1.4.2");
  });

  test("annotations beat Kubernetes beat the Instrumentation", () => {
    const annotations = { [key("inject-sdk")]: "true", "resource.opentelemetry.io/k8s.namespace.name": "annotated" };
    const resourceAttributes = { "k8s.namespace.name": "cr", "k8s.container.name": "cr", team: "cr" };
    const { workload } = run(deployment({ annotations }), { spec: { ...spec, resource: { resourceAttributes } } });
    expect(attributes(workload)).toMatchObject({
      "k8s.namespace.name": "annotated",
      "k8s.container.name": "app",
      team: "cr",
    });
  });

  test("attributes are sorted by the bytes of their keys", () => {
    const resourceAttributes = { "\u{1f600}": "4", "\uffee": "3", é: "2", a: "1" };
    const { workload } = run(deployment(), { spec: { resource: { resourceAttributes } } });
    const keys = Object.keys(attributes(workload)).filter((one) => one in resourceAttributes);
    expect(keys).toEqual(["a", "é", "\uffee", "\u{1f600}"]);
  });

  test("a known node needs no variable", () => {
    const { workload } = run(deployment({ pod: { nodeName: "n1" } }));
    expect(attributes(workload)["k8s.node.name"]).toBe("n1");
    expect(names(workload)).not.toContain("OTEL_RESOURCE_ATTRIBUTES_NODE_NAME");
  });

  test("a name that only the cluster knows gives way to the workload's", () => {
    const { workload } = run(
      deployment({ env: [{ name: "OTEL_RESOURCE_ATTRIBUTES", value: "k8s.deployment.name=z" }] }),
    );
    expect(value(workload, "OTEL_SERVICE_NAME")).toBe("web");
    expect(attributes(workload)).not.toHaveProperty(["k8s.replicaset.name"]);
  });

  test.each(workloadKinds.map((kind) => [kind]))("%s: the owner's name is an attribute", (kind) => {
    const { spec: pod } = podTemplate(deployment()) as { spec: object };
    const metadata = { name: "web", namespace: "shop", annotations: { [key("inject-sdk")]: "true" } };
    const template = { metadata, spec: pod };
    const shapes: Record<string, object> = {
      Pod: { metadata, spec: pod },
      CronJob: { metadata: { name: "web" }, spec: { jobTemplate: { spec: { template } } } },
    };
    const { workload, problems } = run({
      kind,
      ...(shapes[kind] ?? { metadata: { name: "web" }, spec: { template } }),
    });
    expect(problems).toEqual([]);
    const own = kind === "Pod" ? {} : { [`k8s.${kind.toLowerCase()}.name`]: "web" };
    expect(attributes(workload)).toMatchObject({ ...own, "k8s.container.name": "app" });
    expect(value(workload, "OTEL_SERVICE_NAME")).toBe("web");
  });

  test("kinds without a pod template pass through", () => {
    const service = { kind: "Service", metadata: { name: "s", annotations: { [key("inject-sdk")]: "true" } } };
    expect(run(service)).toEqual({ workload: service, injected: [], problems: [] });
  });
});

describe("agents", () => {
  test.each([
    ["nodejs", "NODE_OPTIONS", "--trace", "--trace --require /otel-auto-instrumentation-nodejs/autoinstrumentation.js"],
    ["java", "JAVA_TOOL_OPTIONS", "-Xmx1m", "-Xmx1m -javaagent:/otel-auto-instrumentation-java-app/javaagent.jar"],
  ])("%s extends %s", (language, name, old, expected) => {
    const annotations = { [key(`inject-${language}`)]: "true" };
    expect(value(run(deployment({ annotations, env: [{ name, value: old }] })).workload, name)).toBe(expected);
    expect(value(run(deployment({ annotations })).workload, name)).toBe(expected.slice(old.length));
  });

  test("the init container and the volume carry the agent", () => {
    const { workload } = run(deployment({ annotations: { [key("inject-nodejs")]: "true" } }), {
      spec: { ...spec, imagePullPolicy: "Always", initContainerSecurityContext: { runAsNonRoot: true } },
    });
    const name = "opentelemetry-auto-instrumentation-nodejs";
    const mount = { name, mountPath: "/otel-auto-instrumentation-nodejs" };
    expect(container(workload, name)).toEqual({
      name,
      image: "agents/nodejs:1",
      command: ["cp", "-r", "/autoinstrumentation/.", "/otel-auto-instrumentation-nodejs"],
      imagePullPolicy: "Always",
      securityContext: { runAsNonRoot: true },
      volumeMounts: [mount],
    });
    expect(container(workload).volumeMounts).toEqual([mount]);
    expect(workload).toMatchObject({
      spec: { template: { spec: { volumes: [{ name, emptyDir: { sizeLimit: "200Mi" } }] } } },
    });
  });

  test("an agent for an init container runs just before it", () => {
    const annotations = { [key("inject-nodejs")]: "true", [key("container-names")]: "app,warm" };
    const initContainers = ["first", "warm", "last"].map((name) => ({ name, image: "i:1" }));
    const { workload } = run(deployment({ annotations, initContainers }));
    const order = list(podTemplate(workload)?.spec.initContainers);
    expect(order.map(({ name }) => name)).toEqual([
      "first",
      "opentelemetry-auto-instrumentation-nodejs",
      "warm",
      "last",
    ]);
    expect(attributes(workload, "warm")["k8s.container.name"]).toBe("warm");
  });

  test("several init containers are served before the first of them, whatever the order of the list", () => {
    const annotations = { [key("inject-nodejs")]: "true", [key("container-names")]: "late,early" };
    const initContainers = ["early", "late"].map((name) => ({ name, image: "i:1", securityContext: { of: name } }));
    const { workload } = run(deployment({ annotations, initContainers }));
    const order = list(podTemplate(workload)?.spec.initContainers);
    expect(order.map(({ name }) => name)).toEqual(["opentelemetry-auto-instrumentation-nodejs", "early", "late"]);
    expect(order[0]?.securityContext).toEqual({ of: "early" });
  });

  test("env-only adds no image, volume or init container", () => {
    const { workload } = run(deployment());
    expect(Object.keys(podTemplate(workload)?.spec ?? {})).toEqual(["containers"]);
  });
});
