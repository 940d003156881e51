import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { keptData } from "../../../infra/kept-secrets.ts";
import { program } from "../../../infra/program.ts";
import { type Rendering, render } from "../../../infra/render.ts";
import { renderFiles } from "../../../infra/rendered.ts";
import { parseSettings } from "../../../infra/settings.ts";
import type { Manifest } from "../../../policy/types.ts";
import { rawSettings } from "../../topologies.ts";

type Raw = Record<string, string>;
const run = (raw: Raw, kept: readonly Manifest[] = []) =>
  render(() => program(parseSettings(raw)), { kept: keptData(kept) });
const files = async ({ resources }: Rendering<unknown>) => renderFiles(resources);

/** What holds of every stack as files. */
async function holds(raw: Raw): Promise<void> {
  const first = await run(raw);
  const { files: texts, secrets } = await files(first);
  const again = await files(
    await run(
      raw,
      secrets.map(({ manifest }) => manifest),
    ),
  );
  expect(again).toEqual({ files: texts, secrets });

  const whole = [...texts.values()].join("---\n");
  expect(whole).not.toMatch(/pulumi\.com\/|\[secret\]|PRIVATE KEY/);
  const objects = [...texts.values()].map((text) => parse(text) as Manifest);
  // The same objects as the engine gets, but for what only the engine understands.
  const id = ({ kind, metadata }: Manifest) => `${kind} ${metadata.namespace ?? ""}/${metadata.name}`;
  const wanted = first.manifests.filter(({ kind }) => kind !== "Secret");
  expect(objects.map(id).sort()).toEqual(wanted.map(id).sort());
  expect(secrets.map(({ manifest }) => id(manifest)).sort()).toEqual(
    first.manifests
      .filter(({ kind }) => kind === "Secret")
      .map(id)
      .sort(),
  );
  for (const object of objects) {
    const { metadata: _, data: _data, webhooks: _webhooks, ...rest } = wanted.find((one) => id(one) === id(object))!;
    expect(object).toMatchObject(rest);
  }
  expect([...texts.keys()]).toEqual([...texts.keys()].sort());
}

describe("a stack as files is the same every time, all of it, without secrets and without what only Pulumi understands:", () => {
  test("with certificates of both kinds", () => holds({ profile: "production", operator: '{"namespaces":["shop"]}' }));

  test("with any settings", () => fc.assert(fc.asyncProperty(rawSettings, holds), { numRuns: 2 }));
});

test("namespaces come first, then definitions, and webhooks last", async () => {
  const { files: texts } = await files(await run({ operator: '{"namespaces":["shop"]}' }));
  const kinds = [...new Set([...texts.values()].map((text) => (parse(text) as Manifest).kind))];
  expect(kinds.slice(0, 2)).toEqual(["Namespace", "CustomResourceDefinition"]);
  expect(kinds.slice(-3)).toEqual([
    "Instrumentation",
    "MutatingWebhookConfiguration",
    "ValidatingWebhookConfiguration",
  ]);
});

test("the number of pods is left to the autoscaler that changes it", async () => {
  const { files: texts } = await files(await run({ gatewayMaxReplicas: "4" }));
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
    const { files: texts } = await files(
      await map({ a: "b" }, { annotations: { mine: "1", "pulumi.com/skipAwait": "true" } }),
    );
    expect([...texts.keys()]).toEqual(["2-configmap_c_a%3Ab%2A.yaml"]);
    expect(parse([...texts.values()][0] ?? "").metadata.annotations).toEqual({ mine: "1" });
  });

  test("with a secret in another place than a Secret is refused, without the secret", async () => {
    await expect(map({ a: "b", c: pulumi.secret("hush") }).then(files)).rejects.toThrow(
      /^ConfigMap a:b\* holds a secret in data$/,
    );
  });

  test("may hold certificates that come out of a Secret", async () => {
    const pem = "-----BEGIN CERTIFICATE-----\nTUlJ\n-----END CERTIFICATE-----\n";
    const { files: texts } = await files(await map({ "ca.crt": pulumi.secret(pem + pem) }));
    expect(parse([...texts.values()][0] ?? "").data).toEqual({ "ca.crt": pem + pem });
    const key = "-----BEGIN PRIVATE KEY-----\nTUlJ\n-----END PRIVATE KEY-----\n";
    await expect(map({ "ca.crt": pulumi.secret(pem + key) }).then(files)).rejects.toThrow(/holds a secret/);
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
