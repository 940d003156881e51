import { expect, it } from "vitest";
import { checkConfig, typed } from "../../../infra/stack-config.ts";

it("types lists as the file must hold them, and nothing else", () => {
  expect(typed({ a: '["x"]', b: "[x", c: "true", d: ["y"] })).toEqual({ a: ["x"], b: "[x", c: "true", d: ["y"] });
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
])("refuses %j before any engine runs", (config, message) => {
  expect(() => checkConfig(config, { deploying: false })).toThrow(message);
});
