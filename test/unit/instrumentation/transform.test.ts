import * as pulumi from "@pulumi/pulumi";
import { beforeAll, describe, expect, test } from "vitest";
import { UserError } from "../../../common/errors.ts";
import { type RegisterArgs, transformProps } from "../../../instrumentation/transform.ts";
import { key, spec } from "./fixtures.ts";

beforeAll(async () => {
  await pulumi.runtime.setMocks(
    { newResource: ({ name, inputs }) => ({ id: name, state: inputs }), call: ({ inputs }) => inputs },
    "project",
    "stack",
    true,
  );
});

const type = "kubernetes:apps/v1:Deployment";
const unknown = () => pulumi.output(pulumi.unknown as unknown as string);

interface Seen {
  known: boolean;
  secret: boolean;
  value: unknown;
}

/** What an Output is; the SDK keeps these fields internal. */
async function seen(value: unknown): Promise<Seen | undefined> {
  if (!pulumi.Output.isInstance(value)) return undefined;
  const output = value as unknown as { isKnown: Promise<boolean>; promise(u: boolean): Promise<unknown> };
  const known = await output.isKnown;
  const secret = await pulumi.isSecret(value);
  return { known, secret, value: known ? await output.promise(true) : undefined };
}

interface Template {
  metadata?: unknown;
  spec: {
    containers: { name: unknown; image?: unknown; env?: { name: string; value?: unknown }[] }[];
    volumes?: object[];
  };
}

const opted = { [key("inject-sdk")]: "true" };

function props(env: unknown[], change: Record<string, unknown> = {}, annotations: unknown = opted) {
  const container = { name: "app", image: "shop/app:1", ports: [{ containerPort: 80 }], env, ...change };
  return {
    metadata: { name: "web", namespace: "shop" },
    spec: { replicas: 2, template: { metadata: { annotations }, spec: { containers: [container] } } },
  };
}

async function transform(input: Record<string, unknown>, args: Partial<RegisterArgs> = {}, of = type) {
  const result = await transformProps(of, input, { spec, ...args });
  const template = (result?.["spec"] as { template: Template } | undefined)?.template;
  const env = template?.spec.containers[0]?.env ?? [];
  return { result, template, value: (name: string) => env.find((one) => one.name === name)?.value };
}

async function failure(input: Record<string, unknown>, args: Partial<RegisterArgs> = {}, of = type): Promise<string> {
  const error = await transformProps(of, input, { spec, ...args }).catch((one: unknown) => one);
  expect(error).toBeInstanceOf(UserError);
  return (error as UserError).message;
}

describe("Outputs", () => {
  test("a secret stays secret, an unknown stays unknown, and the rest stays plain", async () => {
    const env = [
      { name: "SECRET", value: pulumi.secret("hunter2") },
      { name: "LATE", value: unknown() },
      { name: "KNOWN", value: pulumi.output("v") },
    ];
    const { value, result } = await transform(props(env));
    expect(await seen(value("SECRET"))).toEqual({ known: true, secret: true, value: "hunter2" });
    expect(await seen(value("LATE"))).toMatchObject({ known: false, secret: false });
    expect(await seen(value("KNOWN"))).toEqual({ known: true, secret: false, value: "v" });
    expect(value("OTEL_SERVICE_NAME")).toBe("web");
    expect(result).toMatchObject({ metadata: { name: "web" }, spec: { replicas: 2 } });
  });

  test("what is built around a secret is secret, and decided by its text", async () => {
    const env = [{ name: "OTEL_RESOURCE_ATTRIBUTES", value: pulumi.secret("k8s.container.name=mine,") }];
    const attributes = await seen((await transform(props(env))).value("OTEL_RESOURCE_ATTRIBUTES"));
    expect(attributes).toMatchObject({ known: true, secret: true });
    expect(attributes?.value).toMatch(/^k8s\.container\.name=mine,k8s\.deployment\.name=web,/);
  });

  test("an agent's option is added to an Output", async () => {
    const input = props(
      [{ name: "NODE_OPTIONS", value: pulumi.secret("--trace") }],
      {},
      { [key("inject-nodejs")]: "true" },
    );
    expect(await seen((await transform(input)).value("NODE_OPTIONS"))).toEqual({
      known: true,
      secret: true,
      value: "--trace --require /otel-auto-instrumentation-nodejs/autoinstrumentation.js",
    });
  });

  test.each([
    ["known", () => pulumi.output("shop/app:7"), true, false],
    ["secret", () => pulumi.secret("shop/app:7"), true, true],
    ["unknown", unknown, false, false],
  ])("an image that is a %s Output gives the version when it can", async (_kind, image, known, secret) => {
    const { value, template } = await transform(props([], { image: image() }));
    const attributes = await seen(value("OTEL_RESOURCE_ATTRIBUTES"));
    expect(attributes).toMatchObject({ known, secret });
    if (known) expect(attributes?.value).toContain("service.version=7");
    expect(await seen(template?.spec.containers[0]?.image)).toMatchObject({ known, secret });
  });

  test("an image that is known to give no version does not make one up", async () => {
    const { value } = await transform(props([], { image: pulumi.output("shop/app") }));
    expect(value("OTEL_RESOURCE_ATTRIBUTES")).not.toContain("service.version");
  });

  test("a secret around a whole object covers every value in it", async () => {
    const plain = props([{ name: "PASSWORD", value: "hunter2" }]);
    const { template, value } = await transform({ ...plain, spec: pulumi.secret(plain.spec) });
    expect(await seen(value("PASSWORD"))).toEqual({ known: true, secret: true, value: "hunter2" });
    expect(await seen(template?.spec.containers[0]?.image)).toMatchObject({
      secret: true,
    });
    expect(await seen(value("OTEL_RESOURCE_ATTRIBUTES"))).toMatchObject({ secret: true });
    expect(value("OTEL_SERVICE_NAME")).toBe("web");
  });

  test("the engine's own envelope of a secret is one as well", async () => {
    const plain = props([{ name: "PASSWORD", value: "hunter2" }]);
    const envelope = { "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", value: plain.spec };
    const { value } = await transform({ ...plain, spec: envelope });
    expect(await seen(value("PASSWORD"))).toEqual({ known: true, secret: true, value: "hunter2" });
  });

  test("an Output inside a secret is secret", async () => {
    const { spec: inner } = props([
      { name: "KNOWN", value: pulumi.output("v") },
      { name: "LATE", value: unknown() },
    ]);
    const envelope = { "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", value: inner };
    const { value } = await transform({ ...props([]), spec: envelope });
    expect(await seen(value("KNOWN"))).toEqual({ known: true, secret: true, value: "v" });
    expect(await seen(value("LATE"))).toMatchObject({ known: false, secret: true });
  });

  test("other annotations may be late", async () => {
    const { value } = await transform(props([], {}, { ...opted, checksum: unknown() }));
    expect(value("OTEL_SERVICE_NAME")).toBe("web");
  });

  test("a late resource annotation makes the attributes late", async () => {
    const { value } = await transform(props([], {}, { ...opted, "resource.opentelemetry.io/team": unknown() }));
    expect(await seen(value("OTEL_RESOURCE_ATTRIBUTES"))).toMatchObject({ known: false });
  });
});

describe("what must be known", () => {
  test.each([
    ["metadata.name", () => ({ ...props([]), metadata: { name: unknown(), namespace: "shop" } })],
    ["metadata.namespace", () => ({ ...props([]), metadata: { name: "web", namespace: unknown() } })],
    [`annotations["${key("inject-sdk")}"]`, () => props([], {}, { [key("inject-sdk")]: unknown() })],
    ["spec.template.metadata.annotations", () => props([], {}, unknown())],
    ["spec.template.spec.containers[0].name", () => props([], { name: unknown() })],
    ["spec.template.spec.containers[0].env[0]", () => props([{ name: unknown(), value: "x" }])],
    ["spec", () => ({ ...props([]), spec: unknown() })],
  ])("%s", async (field, input) => {
    const message = await failure(input());
    expect(message).toContain(`${field}`);
    expect(message).toContain("not known yet");
    expect(message).toContain("Write: ");
  });

  test("a secret name is refused rather than written in plain text", async () => {
    const message = await failure({ ...props([]), metadata: { name: pulumi.secret("hunter2") } });
    expect(message).toContain("metadata.name is a secret");
    expect(message).not.toContain("hunter2");
  });

  test("nothing of it matters where nothing is asked", async () => {
    const input = { ...props([{ name: "A", value: unknown() }], {}, {}), metadata: { name: unknown() } };
    expect((await transform(input)).result).toBeUndefined();
  });
});

describe("problems and namespaces", () => {
  test("every problem of a workload, named with it", async () => {
    const message = await failure(props([], {}, { [key("inject-sdk")]: "other", [key("inject-nodjs")]: "true" }));
    expect(message.match(/Deployment shop\/web: /g)).toHaveLength(2);
  });

  test("an unnamed workload", async () => {
    expect(await failure({ ...props([]), metadata: {} })).toMatch(/^Deployment default\/\(no name\): metadata\.name/);
  });

  test("a namespace that was given opts its workloads in", async () => {
    const { value } = await transform(props([], {}, {}), { namespaces: { shop: opted } });
    expect(value("OTEL_SERVICE_NAME")).toBe("web");
  });

  test("a Namespace that opts in but was not given is refused, whatever comes first", async () => {
    const namespace = { metadata: { name: "shop", annotations: opted } };
    const message = await failure(namespace, {}, "kubernetes:core/v1:Namespace");
    expect(message).toContain(`Write: namespaces: { "shop": { "${key("inject-sdk")}": "true" } }`);
    const { result } = await transform(namespace, { namespaces: { shop: opted } }, "kubernetes:core/v1:Namespace");
    expect(result).toBeUndefined();
  });

  test.each(["kubernetes:core/v1:Service", "random:index:Thing"])("%s is left alone", async (of) => {
    expect((await transform(props([]), {}, of)).result).toBeUndefined();
  });

  test.each([
    ["kubernetes:batch/v1:CronJob", (template: object) => ({ spec: { jobTemplate: { spec: { template } } } })],
    ["kubernetes:batch/v1:Job", (template: object) => ({ spec: { template } })],
    ["kubernetes:core/v1:Pod", (template: object) => template],
  ])("%s is a workload, also without kind among its properties", async (of, shape) => {
    const { template } = props([]).spec;
    const input = { ...shape(template), metadata: { ...template.metadata, name: "web" } };
    if (of !== "kubernetes:core/v1:Pod") Object.assign(input, { metadata: { name: "web" } });
    const { result } = await transform(input, {}, of);
    expect(JSON.stringify(result)).toContain("OTEL_SERVICE_NAME");
    expect(result).not.toHaveProperty("kind");
  });
});

test("user text with the bytes of a token is text", async () => {
  const { value } = await transform(props([{ name: "ODD", value: "\u00000\u0000" }]));
  expect((await seen(value("ODD")))?.value).toBe("\u00000\u0000");
});

describe("several Instrumentations", () => {
  const other = {
    namespace: "platform",
    name: "other",
    spec: { ...spec, exporter: { endpoint: "http://other:4318" } },
  };

  test("an annotation names one, and true still means the main one", async () => {
    const named = { [key("inject-sdk")]: "platform/other" };
    const { value } = await transform(props([], {}, named), { instrumentations: [other] });
    expect(value("OTEL_EXPORTER_OTLP_ENDPOINT")).toBe("http://other:4318");
    const main = await transform(props([]), { instrumentations: [other] });
    expect(main.value("OTEL_EXPORTER_OTLP_ENDPOINT")).toBe(spec.exporter?.endpoint);
  });

  test("one that nobody gave is refused, with those there are", async () => {
    const named = { [key("inject-sdk")]: "platform/another" };
    expect(await failure(props([], {}, named), { instrumentations: [other] })).toContain("platform/other");
  });
});

test("an agent's image that the spec leaves open is the operator's", async () => {
  const { template } = await transform(props([], {}, { [key("inject-java")]: "true" }), {
    spec: { exporter: { endpoint: "http://collector:4318" } },
  });
  expect(JSON.stringify(template)).toContain("autoinstrumentation-java:");
});

test("shareProcessNamespace that is not known yet is refused where the Go agent would set it, and kept elsewhere", async () => {
  const late = (annotations: Record<string, string>) => {
    const input = props([], {}, annotations);
    return Object.assign(input.spec.template.spec, { shareProcessNamespace: unknown() }) && input;
  };
  const go = { [key("inject-go")]: "true", [key("otel-go-auto-target-exe")]: "/app" };
  expect(await failure(late(go))).toMatch(/shareProcessNamespace is an Output .* Write: shareProcessNamespace: true/);
  expect((await transform(late(opted))).value("OTEL_SERVICE_NAME")).toBe("web");
});
