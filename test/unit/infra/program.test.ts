import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { afterEach, beforeEach, expect, test } from "vitest";
import main from "../../../infra/index.ts";
import { program } from "../../../infra/program.ts";
import { render, toYaml } from "../../../infra/render/render.ts";
import { parseSettings } from "../../../infra/settings/settings.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "throughline-program-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const annotated = { "instrumentation.opentelemetry.io/inject-sdk": "true" };
const deployment = (annotations: object) => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: "shop", namespace: "demo" },
  spec: {
    selector: { matchLabels: { app: "shop" } },
    template: {
      metadata: { labels: { app: "shop" }, annotations },
      spec: { containers: [{ name: "shop", image: "shop:1" }] },
    },
  },
});
const demo = { apiVersion: "v1", kind: "Namespace", metadata: { name: "demo" } };
const password = "correct horse";
const secret = {
  apiVersion: "v1",
  kind: "Secret",
  metadata: { name: "db", namespace: "demo" },
  data: { encoded: Buffer.from(password).toString("base64") },
  stringData: { plain: password },
};

function renderWith(...objects: object[]) {
  writeFileSync(join(folder, "all.json"), objects.map((object) => JSON.stringify(object)).join("\n---\n"));
  const workloads = JSON.stringify([join(folder, "all.json")]);
  return render(() => program(parseSettings({ workloads })));
}

test("namespaces come before what is in them, and workloads after the agents", async () => {
  const { resources } = await renderWith(deployment(annotated), secret, demo);
  const order = resources.map(({ type, name }) => `${type.split(":").at(-1)} ${name}`);
  const before = (first: string, second: string) =>
    expect(order.indexOf(first), `${first} before ${second}`).toBeLessThan(order.indexOf(second));
  before("Namespace observability", "ServiceAccount otel-agent");
  before("ConfigMap otel-agent-config", "DaemonSet otel-agent");
  before("DaemonSet otel-agent", "Namespace demo");
  before("StatefulSet otel-gateway", "Namespace demo");
  before("Namespace demo", "Secret demo/db");
  before("Secret demo/db", "Deployment demo/shop");
});

test("taking the annotation away gives back exactly the user's own object", async () => {
  const find = ({ manifests }: Awaited<ReturnType<typeof renderWith>>) =>
    manifests.find(({ metadata }) => metadata.name === "shop");
  expect(JSON.stringify(find(await renderWith(demo, deployment(annotated))))).toContain("OTEL_SERVICE_NAME");
  expect(find(await renderWith(demo, deployment({})))).toEqual(deployment({}));
});

test("the values of Secrets go to the engine as secrets and are masked in what is rendered", async () => {
  const { manifests, resources } = await renderWith(demo, secret);
  const { inputs } = resources.find(({ type }) => type === "kubernetes:core/v1:Secret")!;
  expect(pulumi.runtime.isRpcSecret(inputs["data"])).toBe(true);
  expect(pulumi.runtime.isRpcSecret(inputs["stringData"])).toBe(true);
  const text = toYaml(manifests);
  expect(text).toContain('plain: "[secret]"');
  expect(text).not.toContain(password);
  expect(text).not.toContain(secret.data.encoded);
  const others = resources.filter(({ type }) => type !== "kubernetes:core/v1:Secret");
  expect(JSON.stringify(others)).not.toContain(password);
});

test("a mistake in a workload stops the program before it makes anything", async () => {
  const wrong = deployment({ "instrumentation.opentelemetry.io/inject-sdkk": "true" });
  await expect(renderWith(demo, wrong)).rejects.toThrow(/^Deployment demo\/shop: .*inject-sdkk/);
});

test("the entry point turns mistakes into errors that Pulumi prints without a stack trace", async () => {
  pulumi.runtime.setAllConfig({ "throughline:profile": "lapto", "other:profile": "not ours" });
  const error = await main().catch((thrown: unknown) => thrown);
  pulumi.runtime.setAllConfig({});
  expect(pulumi.RunError.isInstance(error)).toBe(true);
  expect((error as Error).message).toMatch(/^- throughline:profile is "lapto".*\n- throughline:context is not set/);
});
