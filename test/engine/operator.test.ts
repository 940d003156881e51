import { X509Certificate } from "node:crypto";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { makeObserved, type Observed } from "./observed.ts";

const path = (relative: string) => JSON.stringify(fileURLToPath(new URL(relative, import.meta.url)));

let project: Observed;

beforeAll(async () => {
  project = await makeObserved();
});
afterAll(() => project.remove());

interface Call {
  call: string;
  urn: string;
  inputs: { webhooks?: { clientConfig: { caBundle: string } }[] };
}

/** Runs a command on the operator alone; gives what was said and the resources of each call, `Kind name`, in order. */
async function run(command: string[], generation: number) {
  project.write(`
    import { Operator } from ${path("../../infra/kubernetes/operator.ts")};
    new Operator("otel-operator", {
      namespace: "observability", generation: ${generation}, spec: {},
      namespaces: ["shop"], pods: "annotated", failurePolicy: "Ignore", replicas: undefined, readSecrets: false,
    });`);
  project.forget();
  const { code, output } = await project.pulumi(command);
  expect(code, output).toBe(0);
  const calls = project.calls();
  const of = (call: string) => calls.filter((one) => one.call === call).map(({ urn }) => shortOf(urn));
  return { output, calls, created: of("create"), deleted: of("delete") };
}

const up = ["up", "--yes", "--skip-preview"];
const destroy = ["destroy", "--yes", "--skip-preview"];

function shortOf(urn: string): string {
  const [, , type = "", name = ""] = urn.split("::");
  return `${type.split(":").at(-1)} ${name}`;
}

/** How many certificates the API server is told to believe. */
function authoritiesIn(calls: readonly Call[]): X509Certificate[] {
  const bundles = calls
    .flatMap(({ inputs }) => inputs?.webhooks ?? [])
    .map(({ clientConfig }) => clientConfig.caBundle);
  const text = Buffer.from(bundles.at(-1) ?? "", "base64").toString();
  return [...text.matchAll(/-----BEGIN[^-]+-----[^-]+-----END[^-]+-----/g)].map(([pem]) => new X509Certificate(pem));
}

test("the webhooks are made last, after the operator, its Service and the Instrumentations", async () => {
  const { created, calls } = await run(up, 1);
  expect(created.slice(-2).sort()).toEqual([
    "MutatingWebhookConfiguration otel-operator",
    "ValidatingWebhookConfiguration otel-operator",
  ]);
  expect(created).toEqual(
    expect.arrayContaining(["Deployment otel-operator", "Service otel-operator", "Instrumentation shop/default"]),
  );
  expect(authoritiesIn(calls).map(({ subject }) => subject.split("CN=")[1])).toEqual([
    "throughline generation 1",
    "throughline generation 2",
  ]);
});

test("a second up changes nothing", async () => {
  expect((await run(up, 1)).output).toMatch(/Resources:\s+\d+ unchanged/);
});

test("the next generation makes one Secret, rolls the pods and has the API server believe all three meanwhile", async () => {
  const { created, output, calls } = await run(up, 2);
  expect(created).toEqual(["Secret otel-operator-tls-observability-3"]);
  expect(output).toMatch(/Deployment\s+otel-operator\s+updated .*\[diff: ~spec\]/);
  expect(authoritiesIn(calls)).toHaveLength(3);
});

test("on the way down the webhooks go first, and the definition stays", async () => {
  const { deleted } = await run(destroy, 2);
  expect(deleted.slice(0, 2).sort()).toEqual([
    "MutatingWebhookConfiguration otel-operator",
    "ValidatingWebhookConfiguration otel-operator",
  ]);
  expect(deleted).toContain("Deployment otel-operator");
  expect(deleted.join()).not.toContain("CustomResourceDefinition");
});
