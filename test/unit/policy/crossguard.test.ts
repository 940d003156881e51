import { createRequire } from "node:module";
import type { PolicyResource, StackValidationArgs } from "@pulumi/policy";
import { describe, expect, test } from "vitest";
import { rules } from "../../../policy/check.ts";
import { policies } from "../../../policy/crossguard.ts";

// What the SDK hands to policies: it throws where a value is not known yet.
const { unknownCheckingProxy } = createRequire(import.meta.url)("@pulumi/policy/proxy.js") as {
  unknownCheckingProxy(props: object): object;
};
const unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
type Fields = Record<string, unknown>;

function resource(type: string, name: string, props: Fields): PolicyResource {
  const urn = `urn:pulumi:dev::trial::${type}::${name}`;
  return { type, name, urn, props: unknownCheckingProxy(props) } as unknown as PolicyResource;
}

const web = (container: Fields, more: Fields = {}) =>
  resource("kubernetes:apps/v1:Deployment", "web", {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "web", namespace: "shop" },
    spec: {
      selector: { matchLabels: { app: "web" } },
      template: {
        metadata: { labels: { app: "web" } },
        spec: { containers: [{ name: "web", image: "web:1", ...container }] },
      },
    },
    // What the provider adds for itself.
    __inputs: { kind: "Deployment" },
    ...more,
  });

/** Asks every policy about the stack, as the SDK does; what each said, `policy: urn: message`. */
function said(resources: PolicyResource[], config: Fields = {}, pack = policies()): string[] {
  return pack.flatMap(({ name, validateStack }) => {
    const reports: string[] = [];
    const args = { resources: [...resources], getConfig: () => (name === "exceptions" ? config : {}) };
    void validateStack(args as unknown as StackValidationArgs, (message, urn) => {
      reports.push(`${name}: ${urn ?? ""}: ${message}`);
    });
    return reports;
  });
}

const of = (reports: string[], policy: string) => reports.filter((report) => report.startsWith(`${policy}: `));

test("every rule is a policy, with its level, its reason, its page and what to write", () => {
  const [first, ...others] = policies();
  expect(first?.name).toBe("exceptions");
  expect(others.map(({ name }) => name)).toEqual(rules.map(({ name }) => name));
  for (const [index, { severity, why, source, example }] of rules.entries()) {
    expect(others[index]).toMatchObject({
      enforcementLevel: severity === "error" ? "mandatory" : "advisory",
      description: expect.stringContaining(why),
      remediationSteps: expect.stringContaining(example.right),
      url: source,
    });
  }
});

test("a finding is told of the resource, with the line to write; other resources are not looked at", () => {
  const reports = said([
    resource("aws:s3:Bucket", "bucket", { acl: "public-read" }),
    resource("kubernetes:helm.sh/v3:Release", "release", { chart: "x" }),
    resource("kubernetes:apps/v1:DeploymentPatch", "patch", {
      ...{ apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "other" } },
      spec: { template: { spec: { containers: [{ name: "web", image: "web:latest" }] } } },
    }),
    web({ image: "web:latest" }),
  ]);
  expect(of(reports, "image-pinned")).toEqual([
    "image-pinned: urn:pulumi:dev::trial::kubernetes:apps/v1:Deployment::web: Deployment shop/web: container web runs image web:latest [image-pinned]. Write: image: name:version",
  ]);
});

describe("a value that is not known before the update", () => {
  test.each<[string, Fields, Fields]>([
    ["an image", { image: unknown }, {}],
    ["a probe", { readinessProbe: unknown }, {}],
    ["a variable", { env: [{ name: "PASSWORD", value: unknown }] }, {}],
    ["an annotation", {}, { metadata: { name: "web", namespace: "shop", annotations: { a: unknown } } }],
    ["an argument", { args: ["a", unknown] }, {}],
    ["a name", {}, { metadata: { name: unknown, namespace: "shop" } }],
    ["everything", {}, { spec: unknown, metadata: unknown }],
  ])("as %s stops no rule and is no fault by itself", (_, container, more) => {
    const reports = said([web(container, more)]);
    for (const rule of ["image-pinned", "no-plain-secret"]) expect(of(reports, rule)).toEqual([]);
  });

  test("hides nothing else", () => {
    const reports = said([web({ image: "web:latest", env: [{ name: "A", value: unknown }] })]);
    expect(of(reports, "image-pinned")).toHaveLength(1);
  });
});

test("the values of Secrets are in no message", () => {
  const secret = {
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name: "db" },
    data: { a: "aHVzaA==" },
    stringData: { b: "hush" },
  };
  expect(said([resource("kubernetes:core/v1:Secret", "db", secret)]).join()).not.toMatch(/hush|aHVza/);
});

test("exceptions of the pack's configuration are the same as of a file, and are judged themselves", () => {
  const entry = { rule: "image-pinned", object: "Deployment shop/*", reason: "moves", until: "2999-12-31" };
  const bad = [web({ image: "web:latest" })];
  const excused = said(bad, { list: [entry, { ...entry, file: "a.yaml" }] });
  expect([of(excused, "image-pinned"), of(excused, "exceptions")]).toEqual([[], []]);
  const ended = said(bad, {
    list: [
      { ...entry, until: "2020-01-01" },
      { ...entry, rule: "image-pined" },
    ],
  });
  expect(of(ended, "image-pinned")).toHaveLength(1);
  expect(of(ended, "exceptions")).toEqual([
    expect.stringMatching(/entry 2: rule is "image-pined", which is no rule; did you mean image-pinned\?/),
    expect.stringMatching(/entry 1: .* ended on 2020-01-01/),
  ]);
  expect(of(said(bad, { file: "/none.yaml" }), "exceptions")).toEqual([
    expect.stringMatching(/exceptions\.file is \/none\.yaml, which can't be read\. Write: /),
  ]);
});

test("a second analysis by the same process judges the resources anew", () => {
  const pack = policies();
  expect(of(said([web({ image: "web:latest" })], {}, pack), "image-pinned")).toHaveLength(1);
  expect(of(said([web({ image: "web:1.2" })], {}, pack), "image-pinned")).toHaveLength(0);
});
