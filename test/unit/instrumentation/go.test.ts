import { expect, test } from "vitest";
import { list, podTemplate } from "../../../instrumentation/workload.ts";
import { attributes, container, deployment, key, names, type PodParts, run, spec, value } from "./fixtures.ts";

const sidecar = "opentelemetry-auto-instrumentation";
const annotations = { [key("inject-go")]: "true", [key("otel-go-auto-target-exe")]: "/bin/shop" };
const pod = (parts: PodParts = {}) => run(deployment({ annotations, ...parts })).workload;

test("the agent runs beside the program and sees its processes; the program's container stays as it is", () => {
  const before = deployment({ annotations });
  const { workload } = run(before, { spec: { ...spec, imagePullPolicy: "Always" } });
  expect(container(workload)).toBe(container(before));
  const { env: _, ...agent } = container(workload, sidecar);
  expect(agent).toEqual({
    name: sidecar,
    image: "agents/go:1",
    imagePullPolicy: "Always",
    securityContext: { privileged: true, runAsUser: 0 },
    volumeMounts: [{ name: "kernel-debug", mountPath: "/sys/kernel/debug" }],
  });
  expect(podTemplate(workload)?.spec).toMatchObject({
    shareProcessNamespace: true,
    volumes: [{ name: "kernel-debug", hostPath: { path: "/sys/kernel/debug" } }],
  });
});

test("the agent's variables come in the usual order and speak of the program", () => {
  const workload = pod({ env: [{ name: "OTEL_RESOURCE_ATTRIBUTES", value: "k8s.container.name=mine" }] });
  expect(names(workload, sidecar)).toEqual([
    "OTEL_NODE_IP",
    "OTEL_POD_IP",
    "OTEL_GO_AUTO_TARGET_EXE",
    "OTEL_SERVICE_NAME",
    "OTEL_EXPORTER_OTLP_ENDPOINT",
    "OTEL_RESOURCE_ATTRIBUTES_POD_NAME",
    "OTEL_RESOURCE_ATTRIBUTES_NODE_NAME",
    "OTEL_PROPAGATORS",
    "OTEL_TRACES_SAMPLER",
    "OTEL_TRACES_SAMPLER_ARG",
    "OTEL_RESOURCE_ATTRIBUTES",
  ]);
  // The keys of the program's own attributes are left to it, though the agent does not get them.
  expect(attributes(workload, sidecar)).not.toHaveProperty(["k8s.container.name"]);
  expect(attributes(workload, sidecar)).toMatchObject({
    "service.instance.id": "shop.$(OTEL_RESOURCE_ATTRIBUTES_POD_NAME).app",
    "service.version": "1.4.2",
  });
});

test.each([
  ["annotation", { [key("otel-go-auto-target-exe")]: "/a" }, "/a"],
  ["Instrumentation", {}, "/app"],
])("the path of the program from the %s", (_from, extra, expected) => {
  const { workload } = run(deployment({ annotations: { [key("inject-go")]: "true", ...extra } }));
  expect(value(workload, "OTEL_GO_AUTO_TARGET_EXE", sidecar)).toBe(expected);
});

test("the path is not read from the namespace", () => {
  const { injected } = run(deployment({ annotations: { [key("inject-go")]: "true" } }), {
    namespace: { [key("otel-go-auto-target-exe")]: "/a" },
    spec: { ...spec, go: { image: "agents/go:1" } },
  });
  expect(injected).toEqual([]);
});

test("the Instrumentation's security context and resources are the agent's", () => {
  const securityContext = { capabilities: { add: ["BPF"] } };
  const resourceRequirements = { limits: { cpu: "1" } };
  const go = { ...spec.go, securityContext, resourceRequirements };
  const { workload } = run(deployment({ annotations }), { spec: { ...spec, go } });
  expect(container(workload, sidecar)).toMatchObject({ securityContext, resources: resourceRequirements });
});

test.each([
  ["proxy", "proxy"],
  ["nope", "app"],
])("container names %s: the agent traces %s", (list, traced) => {
  const containers = ["app", "proxy"].map((name) => ({ name, image: "i:1" }));
  const workload = pod({ annotations: { ...annotations, [key("container-names")]: list }, containers });
  expect(attributes(workload, sidecar)["k8s.container.name"]).toBe(traced);
});

test("refused beside another language, it leaves no trace and the other one is injected", () => {
  const chosen = { ...annotations, [key("inject-sdk")]: "true", [key("container-names")]: "app" };
  const { workload, injected } = run(deployment({ annotations: chosen, pod: { shareProcessNamespace: false } }));
  expect(injected).toEqual(["sdk"]);
  expect(list(podTemplate(workload)?.spec.containers)).toHaveLength(1);
  expect(podTemplate(workload)?.spec).toMatchObject({ shareProcessNamespace: false });
});

test("TLS files are the agent's", () => {
  const tls = { secretName: "certs", ca_file: "ca.crt" };
  const { workload } = run(deployment({ annotations }), {
    spec: { ...spec, exporter: { endpoint: "https://c:4318", tls } },
  });
  expect(value(workload, "OTEL_EXPORTER_OTLP_CERTIFICATE", sidecar)).toBe(
    "/otel-auto-instrumentation-secret-certs/ca.crt",
  );
  expect(list(container(workload, sidecar).volumeMounts).map((mount) => mount.name)).toEqual([
    "kernel-debug",
    "otel-auto-secret-certs",
  ]);
});
