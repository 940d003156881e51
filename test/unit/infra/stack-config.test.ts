import { expect, it } from "vitest";
import { checkConfig, typed, withValues } from "../../../infra/stack-config.ts";

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
