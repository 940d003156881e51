import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { asKubectl } from "../../../common/yaml-values.ts";
import { render, toYaml } from "../../../infra/render/render.ts";
import type { Manifest } from "../../../policy/types.ts";
import { filesOf, rendersSoundly, runWith } from "../../rendered.ts";
import { rawSettings } from "../../topologies.ts";

describe("a stack as files is the same every time, all of it, without secrets and without what only Pulumi understands:", () => {
  test("with certificates of both kinds", () =>
    rendersSoundly({ profile: "production", operator: '{"namespaces":["shop"]}' }));

  test("with any settings", () => fc.assert(fc.asyncProperty(rawSettings, rendersSoundly), { numRuns: 1 }));
});

test("namespaces come first, then definitions, and webhooks last", async () => {
  const { files: texts } = await filesOf(await runWith({ operator: '{"namespaces":["shop"]}' }));
  const kinds = [...new Set([...texts.values()].map((text) => (parse(text) as Manifest).kind))];
  expect(kinds.slice(0, 2)).toEqual(["Namespace", "CustomResourceDefinition"]);
  expect(kinds.slice(-3)).toEqual([
    "Instrumentation",
    "MutatingWebhookConfiguration",
    "ValidatingWebhookConfiguration",
  ]);
});

test("texts that kubectl takes for something else are quoted", () => {
  const data = { a: "yes", b: "0755", c: "0o14", d: "1_000", e: "on", f: ".", y: "~" };
  const map = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "a", namespace: "b" }, data };
  expect(parse(toYaml([map]), asKubectl)).toEqual(map);
});

test("the number of pods is left to the autoscaler that changes it", async () => {
  const { files: texts } = await filesOf(await runWith({ gatewayMaxReplicas: "4" }));
  const set = parse(texts.get("4-statefulset_observability_otel-gateway.yaml") ?? "");
  expect(set.spec).not.toHaveProperty("replicas");
  expect(set.spec).toHaveProperty("template");
  expect(texts.has("5-horizontalpodautoscaler_observability_otel-gateway.yaml")).toBe(true);
});

describe("an object of any program", () => {
  const map = (data: pulumi.Input<Record<string, pulumi.Input<string>>>, metadata = {}) =>
    render(
      () => void new k8s.core.v1.ConfigMap("map", { metadata: { name: "a:b*", namespace: "c", ...metadata }, data }),
    );

  test("keeps its own annotations, and has a name that a file may have", async () => {
    const { files: texts } = await filesOf(
      await map({ a: "b" }, { annotations: { mine: "1", "pulumi.com/skipAwait": "true" } }),
    );
    expect([...texts.keys()]).toEqual(["2-configmap_c_a%3Ab%2A.yaml"]);
    expect(parse([...texts.values()][0] ?? "").metadata.annotations).toEqual({ mine: "1" });
  });

  test("with a secret in another place than a Secret is refused, without the secret", async () => {
    await expect(map({ a: "b", c: pulumi.secret("hush") }).then(filesOf)).rejects.toThrow(
      /^ConfigMap a:b\* holds a secret in data$/,
    );
  });

  test("may hold certificates that come out of a Secret", async () => {
    const pem = "-----BEGIN CERTIFICATE-----\nTUlJ\n-----END CERTIFICATE-----\n";
    const { files: texts } = await filesOf(await map({ "ca.crt": pulumi.secret(pem + pem) }));
    expect(parse([...texts.values()][0] ?? "").data).toEqual({ "ca.crt": pem + pem });
    const key = "-----BEGIN PRIVATE KEY-----\nTUlJ\n-----END PRIVATE KEY-----\n";
    await expect(map({ "ca.crt": pulumi.secret(pem + key) }).then(filesOf)).rejects.toThrow(/holds a secret/);
  });
});

test("transforms of a component reach its children, and no others", async () => {
  class App extends pulumi.ComponentResource {
    constructor(name: string, opts?: pulumi.ComponentResourceOptions) {
      super("test:index:App", name, {}, opts);
      new k8s.core.v1.ConfigMap(name, { metadata: { name } }, { parent: this });
    }
  }
  const label: pulumi.ResourceTransform = ({ props, opts, custom }) =>
    custom ? { props: { ...props, data: { seen: "yes" } }, opts } : undefined;
  const { manifests } = await render(() => {
    new App("one", { transforms: [label] });
    new App("two");
  });
  expect(manifests.map(({ metadata, data }) => [metadata.name, data])).toEqual([
    ["one", { seen: "yes" }],
    ["two", undefined],
  ]);
});
