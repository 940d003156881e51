import { expect, it } from "vitest";
import { checkConfig, parseStackConfig, typed, withValues } from "../../../infra/settings/stack-config.ts";

it("types lists as the file must hold them, and nothing else", () => {
  expect(typed({ a: '["x"]', b: "[x", c: "true", d: ["y"] })).toEqual({ a: ["x"], b: "[x", c: "true", d: ["y"] });
});

it("types objects too, and changes one field of them without touching the others", () => {
  expect(typed({ a: '{"b":1}', c: "{broken" })).toEqual({ a: { b: 1 }, c: "{broken" });
  const before = { "throughline:zipkin": '{"endpoint":"http://a","ca":"x"}', other: 1 };
  expect(
    withValues(before, { "throughline:zipkin.endpoint": "https://b", "throughline:prometheus.scrape": "true" }),
  ).toEqual({
    "throughline:zipkin": { endpoint: "https://b", ca: "x" },
    "throughline:prometheus": { scrape: "true" },
    other: 1,
  });
});

it("accepts what the program would, without a cluster", () => {
  const workloads = ["examples/namespace.yaml", "examples/frontend", "examples/quotes"];
  expect(() =>
    checkConfig({ "throughline:workloads": workloads, "kubernetes:x": "y" }, { deploying: false }),
  ).not.toThrow();
});

it.each([
  [{ "throughline:profile": "labtop" }, /labtop.*laptop/s],
  [{ "throughline:profil": "laptop" }, /profil is not a setting/],
  [{ "throughline:workloads": ["no/such/folder"] }, /no\/such\/folder/],
  [{ "throughline:workloads": "[broken" }, /workloads/],
  [
    { "throughline:gatewayExtra": { exporters: { "otlp_http/vendor": { endpoint: "http://127.0.0.1:4318" } } } },
    /throughline:gatewayExtra: .*exporters.otlp_http\/vendor/,
  ],
  [
    {
      "throughline:zipkin": { endpoint: "http://z:9411" },
      "throughline:collectorImage": "otel/opentelemetry-collector-k8s:0.159.0",
    },
    /exporters.zipkin is not in the image otel\/opentelemetry-collector-k8s:0.159.0; .*contrib/,
  ],
])("refuses %j before any engine runs", (config, message) => {
  expect(() => checkConfig(config, { deploying: false })).toThrow(message);
});

it("reads the configuration of a stack's file", () => {
  expect(parseStackConfig("Pulumi.dev.yaml", "config:\n  throughline:profile: laptop\n")).toEqual({
    "throughline:profile": "laptop",
  });
  for (const empty of ["", "# nothing\n", "config:\n", "encryptionsalt: v1\n"]) {
    expect(parseStackConfig("Pulumi.dev.yaml", empty)).toEqual({});
  }
});

it.each([
  ["config: {a: [hunter2\nb", /^Pulumi\.dev\.yaml, line \d, column \d: not valid YAML: (?!.*hunter2)/s],
  ["config: *hunter2", /^Pulumi\.dev\.yaml: not valid YAML: Unresolved alias (?!.*hunter2)/],
  ["config: [throughline:profile]", /^config in Pulumi\.dev\.yaml is a list; allowed: .* Write: config: \{/],
  ["config: hunter2", /^config in Pulumi\.dev\.yaml is a string; allowed: (?!.*hunter2)/],
  ["- config", /^Pulumi\.dev\.yaml is a list; allowed: config with settings/],
])("refuses a stack's file with %j, and repeats none of it", (text, message) => {
  expect(() => parseStackConfig("Pulumi.dev.yaml", text)).toThrow(
    expect.objectContaining({ name: "UserError", message: expect.stringMatching(message) }),
  );
});
