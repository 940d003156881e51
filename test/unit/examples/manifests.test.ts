import { readFileSync } from "node:fs";
import type { V1Deployment, V1Namespace, V1Service } from "@kubernetes/client-node";
import { expect, test } from "vitest";
import { parseAllDocuments } from "yaml";

const read = (name: string) => readFileSync(new URL(`../../../examples/${name}`, import.meta.url), "utf8");
const documents = (name: string) => parseAllDocuments(read(name)).map((document) => document.toJS() as unknown);

const services = [
  ["frontend", "inject-sdk"],
  ["quotes", "inject-nodejs"],
] as const;

test.each(services)("%s opts in by one annotation on its pod template and holds no OTEL_ variable", (name, key) => {
  const [deployment] = documents(`${name}/kubernetes.yaml`) as [V1Deployment];
  expect(deployment.spec?.template.metadata?.annotations).toEqual({
    [`instrumentation.opentelemetry.io/${key}`]: "true",
  });
  expect(deployment.metadata?.annotations).toBeUndefined();
  expect(read(`${name}/kubernetes.yaml`)).not.toContain("OTEL_");
});

test.each(services)("%s runs where Pod Security restricted is enforced", (name) => {
  const [deployment] = documents(`${name}/kubernetes.yaml`) as [V1Deployment];
  const pod = deployment.spec?.template.spec;
  expect(pod).toMatchObject({
    automountServiceAccountToken: false,
    securityContext: { runAsNonRoot: true, runAsUser: 10001, seccompProfile: { type: "RuntimeDefault" } },
  });
  for (const container of pod?.containers ?? []) {
    expect(container.securityContext).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ["ALL"] },
    });
    expect(container.resources).toMatchObject({
      requests: { memory: expect.any(String) },
      limits: { memory: expect.any(String) },
    });
  }
});

test.each(services)("%s: the Service finds the pods and their port", (name) => {
  const [deployment, service] = documents(`${name}/kubernetes.yaml`) as [V1Deployment, V1Service];
  const template = deployment.spec!.template;
  expect(deployment.spec?.selector.matchLabels).toEqual(template.metadata?.labels);
  expect(service.spec?.selector).toEqual(template.metadata?.labels);
  expect(service.spec?.ports).toEqual([{ name: "http", port: 8080, targetPort: "http" }]);
  expect(template.spec?.containers[0]?.ports).toEqual([{ name: "http", containerPort: 8080 }]);
  expect([deployment, service].map(({ metadata }) => `${metadata?.namespace}/${metadata?.name}`)).toEqual([
    `demo/${name}`,
    `demo/${name}`,
  ]);
});

test("probes make no spans: a path that frontend does not trace, and a plain connection for quotes, whose agent traces all", () => {
  const probes = (name: string) => {
    const [deployment] = documents(`${name}/kubernetes.yaml`) as [V1Deployment];
    const container = deployment.spec?.template.spec?.containers[0];
    return [container?.readinessProbe, container?.livenessProbe];
  };
  for (const probe of probes("frontend")) expect(probe?.httpGet?.path).toBe("/healthz");
  for (const probe of probes("quotes")) expect(probe).toMatchObject({ tcpSocket: { port: "http" } });
  for (const probe of probes("quotes")) expect(probe?.httpGet).toBeUndefined();
});

test("the namespace enforces Pod Security restricted", () => {
  const [namespace] = documents("namespace.yaml") as [V1Namespace];
  expect(namespace.metadata).toMatchObject({
    name: "demo",
    labels: { "pod-security.kubernetes.io/enforce": "restricted" },
  });
});

test("telemetry.go stays small enough to copy", () => {
  expect(read("frontend/telemetry.go").split("\n").length).toBeLessThanOrEqual(61);
});

test("the quotes service has no dependency and knows nothing of tracing", () => {
  expect(JSON.parse(read("quotes/package.json"))).not.toHaveProperty("dependencies");
  expect(read("quotes/server.js")).not.toMatch(/opentelemetry|OTEL/i);
  expect([...read("quotes/server.js").matchAll(/require\("([^"]+)"\)/g)].map(([, name]) => name)).toEqual([
    "node:http",
  ]);
});
