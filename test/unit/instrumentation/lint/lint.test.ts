import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseAllDocuments } from "yaml";
import { stackInstrumentation } from "../../../../infra/injection.ts";
import { parseSettings } from "../../../../infra/settings/settings.ts";
import { exampleInput } from "../../../../instrumentation/lint/example.ts";
import { lint, lintObject } from "../../../../instrumentation/lint/lint.ts";
import type { LintInput } from "../../../../instrumentation/lint/rule.ts";
import type { Workload } from "../../../../instrumentation/types.ts";
import { cpuSeconds } from "../../../cpu.ts";

const root = new URL("../../../../", import.meta.url).pathname;
const spec = stackInstrumentation(parseSettings({}));
const objectsIn = (file: string) =>
  parseAllDocuments(readFileSync(join(root, file), "utf8")).map((document) => document.toJS() as Workload);

describe("no false alarm", () => {
  const files = ["examples", "test/golden"].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
      .filter((file) => file.endsWith(".yaml"))
      .map((file) => join(folder, file)),
  );

  test.each(files)("%s", (file) => {
    const objects = objectsIn(file);
    const services = objects
      .filter((object) => object?.kind === "Service")
      .map(({ metadata }) => ({ name: metadata?.name ?? "", namespace: metadata?.namespace ?? "default" }));
    for (const workload of objects) {
      const namespace = workload?.metadata?.namespace ?? "default";
      const instrumentations = [{ namespace, name: "default", spec }];
      expect(lint({ workload, namespace: { name: namespace }, instrumentations, services })).toEqual([]);
      expect(lintObject(workload)).toEqual([]);
    }
  });

  test("a workload without tracing", () => {
    expect(
      lint(exampleInput({ annotations: {}, pod: { hostNetwork: true, terminationGracePeriodSeconds: 0 } })),
    ).toEqual([]);
  });

  test.each(["sdk", "java", "nodejs", "python", "dotnet", "apache-httpd", "nginx"])(
    "a plain pod with inject-%s",
    (language) => {
      const annotations = { [`instrumentation.opentelemetry.io/inject-${language}`]: "true" };
      expect(lint(exampleInput({ annotations }))).toEqual([]);
    },
  );
});

test.each([
  [
    "endpoint-localhost",
    { container: { env: [{ name: "OTEL_EXPORTER_OTLP_ENDPOINT", value: "http://127.0.0.1:4318" }] } },
    true,
  ],
  [
    "endpoint-localhost",
    {
      pod: {
        containers: [
          { name: "app", env: [{ name: "OTEL_EXPORTER_OTLP_ENDPOINT", value: "http://localhost:4318" }] },
          { name: "otc-container" },
        ],
      },
    },
    false,
  ],
  ["endpoint-port", { container: { env: [{ name: "OTEL_EXPORTER_OTLP_PROTOCOL", value: "grpc" }] } }, true],
  ["reference-undefined", { container: { env: [{ name: "OTEL_SERVICE_NAME", value: "a-$$(B)" }] } }, false],
  ["reference-undefined", { container: { env: [{ name: "OTEL_SERVICE_NAME", value: "a-$$$(B)" }] } }, true],
  [
    "endpoint-behind-proxy",
    {
      container: {
        env: [
          { name: "HTTP_PROXY", value: "http://p" },
          { name: "NO_PROXY", value: "local,svc" },
        ],
      },
    },
    false,
  ],
  ["endpoint-behind-proxy", { container: { env: [{ name: "HTTPS_PROXY", value: "http://p" }] } }, false],
  ["shell-takes-sigterm", { container: { command: ["/bin/sh", "-c", "./server"] } }, false],
  ["headers-malformed", { container: { env: [{ name: "OTEL_EXPORTER_OTLP_HEADERS", value: "Api-Key=x" }] } }, false],
  [
    "headers-malformed",
    {
      container: {
        env: [
          { name: "OTEL_EXPORTER_OTLP_HEADERS", value: "Api-Key=x" },
          { name: "OTEL_EXPORTER_OTLP_PROTOCOL", value: "grpc" },
        ],
      },
    },
    true,
  ],
  ["sampler-unknown", { container: { env: [{ name: "OTEL_TRACES_SAMPLER", value: "" }] } }, false],
  ["propagators-unknown", { container: { env: [{ name: "OTEL_PROPAGATORS", value: "" }] } }, false],
  ["traces-exporter", { container: { env: [{ name: "OTEL_TRACES_EXPORTER", value: "" }] } }, false],
  ["protocol-unknown", { container: { env: [{ name: "OTEL_EXPORTER_OTLP_PROTOCOL", value: "" }] } }, false],
  ["sampler-ratio", { spec: { sampler: { type: "parentbased_traceidratio", argument: "1" } } }, false],
  ["service-links", { services: [{ name: "jaeger-agent", namespace: "other" }] }, false],
] as const)("%s, case %#", (id, example, found) => {
  expect(lint(exampleInput(example)).some((finding) => finding.id === id)).toBe(found);
});

test("no message repeats a header's value, which may be a login", () => {
  const env = [{ name: "OTEL_EXPORTER_OTLP_HEADERS", value: "Authorization: Bearer s3cret" }];
  expect(JSON.stringify(lint(exampleInput({ container: { env } })))).not.toContain("s3cret");
});

test("anything can be judged: nothing throws", () => {
  const word = fc.constantFrom("name", "value", "toString", "valueOf", "__proto__", "labels", "annotations", "spec");
  const json = fc.oneof(
    fc.jsonValue({ maxDepth: 3 }),
    fc.object({
      maxDepth: 3,
      key: word,
      values: [fc.string(), fc.integer(), fc.constant(null)],
      withNullPrototype: true,
    }),
  );
  const key = fc.constantFrom("env", "envFrom", "command", "args", "image", "name", "securityContext", "volumeMounts");
  const podKey = fc.constantFrom(
    "containers",
    "initContainers",
    "volumes",
    "securityContext",
    "nodeSelector",
    "dnsPolicy",
  );
  const name = fc.constantFrom(
    "OTEL_EXPORTER_OTLP_ENDPOINT",
    "OTEL_TRACES_SAMPLER_ARG",
    "OTEL_RESOURCE_ATTRIBUTES",
    "__proto__",
  );
  const env = fc.array(fc.record({ name, value: fc.oneof(fc.string(), json) }));
  const language = fc.constantFrom("sdk", "java", "nodejs", "python", "dotnet", "go", "apache-httpd", "nginx");
  fc.assert(
    fc.property(
      fc.record({ language, env, container: fc.dictionary(key, json), pod: fc.dictionary(podKey, json), odd: json }),
      ({ language, env, container, pod, odd }) => {
        const annotations = { [`instrumentation.opentelemetry.io/inject-${language}`]: "true" };
        const input = exampleInput({ annotations, container: { env, ...container }, pod });
        for (const { message } of lint(input)) expect(typeof message).toBe("string");
        lint({ ...input, workload: odd as unknown as Workload });
        lint({ ...input, workload: { ...input.workload, spec: odd } as Workload });
        lintObject(odd);
      },
    ),
    { numRuns: 3_000 },
  );
});

test("thousands of workloads are judged at once", () => {
  const inputs: LintInput[] = Array.from({ length: 5_000 }, () => exampleInput({}));
  const all = () => {
    for (const input of inputs) lint(input);
  };
  expect(cpuSeconds(all)).toBeLessThan(4);
});
