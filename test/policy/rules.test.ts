import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { rules as collectorRules } from "../../collector-config/rules/judge.ts";
import { check, report, rules } from "../../policy/check.ts";
import { sourceRules } from "../../policy/sources.ts";
import { acceptedCases } from "./accepted-cases.ts";
import { configWith, object, type Part, stack } from "./cases.ts";
import { flowCases } from "./flow-cases.ts";
import { injectionCases } from "./injection-cases.ts";
import { lifecycleCases } from "./lifecycle-cases.ts";
import { narrowCases } from "./narrow-cases.ts";
import { referenceCases } from "./reference-cases.ts";
import { knownCases } from "./rule-cases.ts";
import { safetyCases } from "./safety-cases.ts";
import { webhookCases } from "./webhook-cases.ts";
import { workloadCases } from "./workload-cases.ts";
import { writtenCases } from "./written-cases.ts";

const cases = {
  ...knownCases,
  ...safetyCases,
  ...flowCases,
  ...referenceCases,
  ...lifecycleCases,
  ...webhookCases,
  ...acceptedCases,
  ...injectionCases,
  ...narrowCases,
  ...writtenCases,
  ...workloadCases,
};

test("the sound stack breaks no rule", () => {
  expect(report(check(stack()))).toBe("");
});

/** The rules whose cases are those of test/unit/collector-config/rules-cases/: they need no more than the configuration. */
const alone = new Set(collectorRules.map(({ id }) => `collector-${id}`));

test("every rule has a name of its own and cases, here or with the Collector's rules", () => {
  const names = rules.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  expect(names.filter((name) => !Object.hasOwn(cases, name) && !alone.has(name))).toEqual([]);
  expect(Object.keys(cases).filter((name) => !names.includes(name))).toEqual([]);
});

test("what the Collector's rules find in a ConfigMap is told with its place, once for all pods that read it", () => {
  const config = configWith("[memory_limiter]", "[]");
  const [first] = stack({ config }).filter(({ kind }) => kind === "Deployment");
  const twice = [...stack({ config }), { ...first!, metadata: { name: "two", namespace: "demo" } }];
  expect(check(twice).filter(({ rule }) => rule === "collector-memory-limiter")).toEqual([
    {
      rule: "collector-memory-limiter",
      severity: "error",
      object: expect.stringMatching(/^ConfigMap demo\/collector-/),
      path: 'data["config.yaml"].service.pipelines.traces.processors',
      message: "has no memory_limiter",
      fix: "processors: [memory_limiter]",
    },
  ]);
});

test("an OpenTelemetryCollector of the operator is judged, as an object or as text", () => {
  const wrong = configWith("[memory_limiter]", "[]");
  for (const config of [parse(wrong) as unknown, wrong]) {
    const custom = object("opentelemetry.io/v1beta1", "OpenTelemetryCollector", "gw", {
      spec: { replicas: 2, resources: { limits: { memory: "1Gi" } }, config },
    });
    expect(check([custom]).map(({ rule, path }) => `${rule} ${path}`)).toEqual([
      "collector-unused spec.config.processors.memory_limiter",
      "collector-memory-limiter spec.config.service.pipelines.traces.processors",
    ]);
  }
});

test.each(rules)("$name says why, where that is written, and shows both", ({ why, source, severity, example }) => {
  expect(why).toMatch(/^\S.*\.$/);
  expect(URL.parse(source)?.protocol).toBe("https:");
  expect(["error", "warning"]).toContain(severity);
  expect(example.wrong).not.toBe(example.right);
  expect([parse(example.wrong), parse(example.right)]).not.toContain(undefined);
});

describe.each(Object.entries(cases))("%s", (name, { fails, passes }) => {
  const found = (part: Part) => check(stack(part)).filter(({ rule }) => rule === name);

  test.each(fails)("refuses case %#", (part) => {
    const [violation] = found(part);
    expect(violation, "the rule is silent").toBeDefined();
    expect(violation?.fix).not.toBe("");
  });

  test.each(passes)("accepts case %#", (part) => {
    // A passing case breaks no other rule either, so that it is a real one.
    expect(report(check(stack(part)))).toBe("");
  });
});

test("a report names object, rule and what to write", () => {
  expect(report(check(stack({ container: { image: "collector" } })))).toBe(
    "Deployment demo/collector: container collector runs image collector [image-pinned]. Write: image: name:version",
  );
});

test("no-explicit-otel-env refuses what would win over injection", () => {
  const own = stack({ container: { env: [{ name: "OTEL_SERVICE_NAME", value: "mine" }] } });
  expect(check(own, sourceRules)).toMatchObject([
    { rule: "no-explicit-otel-env", object: "Deployment demo/collector" },
  ]);
  expect(check(stack(), sourceRules)).toEqual([]);
});
