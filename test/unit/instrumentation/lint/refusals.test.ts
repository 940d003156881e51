import { describe, expect, test } from "vitest";
import { injectDocuments } from "../../../../instrumentation/documents/documents.ts";
import { exampleInput } from "../../../../instrumentation/lint/example.ts";
import { lint, lintObject } from "../../../../instrumentation/lint/lint.ts";
import { refusals } from "../../../../instrumentation/lint/refusals.ts";
import type { Example, LintInput } from "../../../../instrumentation/lint/rule.ts";

const key = (name: string) => `instrumentation.opentelemetry.io/${name}`;
const asks = (name: string, more: Record<string, string> = {}): Example => ({
  annotations: { [key(`inject-${name}`)]: "true", ...more },
});
const two = { containers: [{ name: "app" }, { name: "b" }] };
const from = { configMapKeyRef: { name: "c", key: "k" } };
const go = { [key("otel-go-auto-target-exe")]: "/app" };
const javaSpec = (image: string) => ({ java: { image } });
const tls = { exporter: { endpoint: "https://c.shop.svc:4318", tls: { secretName: "ca", ca_file: "ca.crt" } } };

/** A wrong and a right example for each problem of injection that a workload and its Instrumentation can have. */
const cases: Readonly<Record<string, readonly [wrong: LintInput, right: LintInput]>> = {
  "annotation-on-workload": [onWorkload({}), onWorkload(asks("sdk").annotations ?? {})],
  "unknown-annotation": pair({ annotations: { [key("inject-pyton")]: "true" } }, asks("sdk")),
  "annotation-not-a-string": pair({ annotations: { [key("inject-sdk")]: true as never } }, asks("sdk")),
  "malformed-annotation": pair({ annotations: { [key("inject-sdk")]: " true" } }, asks("sdk")),
  "no-instrumentation": [{ ...exampleInput({}), instrumentations: [] }, exampleInput({})],
  "several-instrumentations": [several("true"), several("shop/default")],
  "instrumentation-not-found": pair(
    { annotations: { [key("inject-sdk")]: "defualt" } },
    { annotations: { [key("inject-sdk")]: "default" } },
  ),
  "instrumentation-malformed": pair(
    { spec: { sampler: { type: "parentbased_traceidratio", argument: 0.5 } } },
    { spec: { sampler: { type: "parentbased_traceidratio", argument: "0.5" } } },
  ),
  "container-names-malformed": pair(asks("sdk", { [key("container-names")]: "app, b" }), {
    ...asks("sdk", { [key("container-names")]: "app,b" }),
    pod: two,
  }),
  "container-names-duplicate": pair(
    asks("sdk", { [key("container-names")]: "app,app" }),
    asks("sdk", { [key("container-names")]: "app" }),
  ),
  "container-names-missing": pair(
    { annotations: { [key("inject-java")]: "true", [key("inject-python")]: "true" }, pod: two },
    {
      annotations: {
        [key("inject-java")]: "true",
        [key("java-container-names")]: "app",
        [key("inject-python")]: "true",
        [key("python-container-names")]: "b",
      },
      pod: two,
    },
  ),
  "container-not-found": pair(
    asks("sdk", { [key("container-names")]: "ap" }),
    asks("sdk", { [key("container-names")]: "app" }),
  ),
  "no-containers": pair({ pod: { containers: [] } }, {}),
  "workload-unnamed": [unnamed(), exampleInput({})],
  "marker-set-by-hand": pair(
    { container: { env: [{ name: "OTEL_RESOURCE_ATTRIBUTES_NODE_NAME", value: "n" }] } },
    { container: { env: [{ name: "NODE_NAME", value: "n" }] } },
  ),
  "agent-image-missing": pair(
    { ...asks("java"), spec: javaSpec("") },
    { ...asks("java"), spec: javaSpec("agents/java:2.30.0") },
  ),
  "agent-variable-from-elsewhere": pair(
    { ...asks("java"), container: { env: [{ name: "JAVA_TOOL_OPTIONS", valueFrom: from }] } },
    { ...asks("java"), container: { env: [{ name: "JAVA_TOOL_OPTIONS", value: "-Xmx64m" }] } },
  ),
  "resource-attributes-from-elsewhere": pair(
    { container: { env: [{ name: "OTEL_RESOURCE_ATTRIBUTES", valueFrom: from }] } },
    { container: { env: [{ name: "OTEL_RESOURCE_ATTRIBUTES", value: "team=a" }] } },
  ),
  "dotnet-already-configured": pair(
    { ...asks("dotnet"), container: { env: [{ name: "OTEL_DOTNET_AUTO_HOME", value: "/otel" }] } },
    asks("dotnet"),
  ),
  "dotnet-runtime-unknown": pair(
    asks("dotnet", { [key("otel-dotnet-auto-runtime")]: "alpine" }),
    asks("dotnet", { [key("otel-dotnet-auto-runtime")]: "linux-x64" }),
  ),
  "python-platform-unknown": pair(
    asks("python", { [key("otel-python-platform")]: "alpine" }),
    asks("python", { [key("otel-python-platform")]: "glibc" }),
  ),
  "tls-source-missing": [
    { ...exampleInput({ spec: tls }), secrets: new Set() },
    { ...exampleInput({ spec: tls }), secrets: new Set(["ca"]) },
  ],
  "go-target-missing": pair(asks("go"), asks("go", go)),
  "go-several-containers": pair(
    { ...asks("go", { ...go, [key("go-container-names")]: "app,b" }), pod: two },
    { ...asks("go", { ...go, [key("go-container-names")]: "app" }), pod: two },
  ),
  "go-init-container": pair(
    { ...asks("go", { ...go, [key("go-container-names")]: "first" }), pod: { initContainers: [{ name: "first" }] } },
    { ...asks("go", { ...go, [key("go-container-names")]: "app" }), pod: { initContainers: [{ name: "first" }] } },
  ),
  "go-processes-not-shared": pair({ ...asks("go", go), pod: { shareProcessNamespace: false } }, asks("go", go)),
  "web-server-init-container": pair(
    {
      ...asks("apache-httpd", { [key("apache-httpd-container-names")]: "first" }),
      pod: { initContainers: [{ name: "first" }] },
    },
    asks("apache-httpd"),
  ),
  "web-servers-collide": pair(
    {
      annotations: {
        [key("inject-apache-httpd")]: "true",
        [key("apache-httpd-container-names")]: "app",
        [key("inject-nginx")]: "true",
        [key("inject-nginx-container-names")]: "b",
      },
      pod: two,
    },
    asks("apache-httpd"),
  ),
};

function pair(wrong: Example, right: Example): [LintInput, LintInput] {
  return [exampleInput(wrong), exampleInput(right)];
}

function onWorkload(annotations: Record<string, string>): LintInput {
  const input = exampleInput({ annotations });
  const metadata = { ...input.workload.metadata, annotations: { [key("inject-sdk")]: "true" } };
  return { ...input, workload: { ...input.workload, metadata } };
}

function several(value: string): LintInput {
  const input = exampleInput({ annotations: { [key("inject-sdk")]: value } });
  const [first] = input.instrumentations;
  return { ...input, instrumentations: [first, { ...first, name: "other" }] as LintInput["instrumentations"] };
}

function unnamed(): LintInput {
  const input = exampleInput({});
  return { ...input, workload: { ...input.workload, metadata: { namespace: "shop" } } };
}

describe.each(Object.entries(cases))("%s", (id, [wrong, right]) => {
  test("is found in its wrong example, and said with the line to write", () => {
    const found = lint(wrong).filter((finding) => finding.id === id);
    expect(found).not.toEqual([]);
    for (const { message } of found) expect(message).toMatch(/Write: ./);
  });

  test("is not found in its right example", () => {
    expect(lint(right).map((finding) => finding.id)).not.toContain(id);
  });
});

test("annotation-on-other-object: a Service is told, a Namespace is not", () => {
  const metadata = { name: "a", annotations: { [key("inject-sdk")]: "true" } };
  expect(lintObject({ kind: "Service", metadata }).map(({ id }) => id)).toEqual(["annotation-on-other-object"]);
  expect(lintObject({ kind: "Namespace", metadata })).toEqual([]);
});

test.each([
  [
    "instrumentation-unknown-field",
    "{exporter: {endpont: http://a.b:4318}}",
    "{exporter: {endpoint: http://a.b:4318}}",
  ],
  ["workload-malformed", "{}", "{}"],
])("%s is found in documents", (id, wrong, right) => {
  const codes = (spec: string, container: string) =>
    injectDocuments({
      texts: [{ name: "f.yaml", text: documents(spec, container) }],
      defaultNamespace: "shop",
    }).refused.map((refused) => refused.id);
  const malformed = id === "workload-malformed";
  expect(codes(wrong, malformed ? "env: {}" : "env: []")).toContain(id);
  expect(codes(right, "env: []")).toEqual([]);
});

function documents(spec: string, container: string): string {
  return `apiVersion: opentelemetry.io/v1alpha1
kind: Instrumentation
metadata: {name: default}
spec: ${spec}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec: {template: {metadata: {annotations: {${key("inject-sdk")}: "true"}}, spec: {containers: [{name: app, ${container}}]}}}
`;
}

test("every problem of injection has its cases", () => {
  // An Output that is not known exists in a Pulumi program only: transform.test.ts has its cases.
  const elsewhere = [
    "annotation-on-other-object",
    "instrumentation-unknown-field",
    "workload-malformed",
    "value-not-known",
  ];
  expect(new Set([...Object.keys(cases), ...elsewhere])).toEqual(new Set(refusals.map(({ id }) => id)));
});
