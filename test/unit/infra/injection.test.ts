import { expect, test } from "vitest";
import { planInjection } from "../../../infra/injection.ts";
import { parseSettings } from "../../../infra/settings/settings.ts";
import { parseObjects, type WorkloadObject } from "../../../infra/workload-files.ts";

const settings = parseSettings({
  namespace: "tracing",
  sampler: "traceidratio",
  samplerArgument: "0.5",
  propagators: '["b3"]',
});

const namespace = (annotations: string) =>
  `apiVersion: v1\nkind: Namespace\nmetadata: {name: demo, annotations: {${annotations}}}\n---\n`;
const workload = (kind: string, name: string, annotations: string) => `apiVersion: apps/v1
kind: ${kind}
metadata: {name: ${name}, namespace: demo}
spec: {template: {metadata: {annotations: {${annotations}}}, spec: {containers: [{name: app, image: "app:1"}, {name: proxy, image: "proxy:1"}]}}}
---
`;
const sdk = 'instrumentation.opentelemetry.io/inject-sdk: "true"';
const noSdk = 'instrumentation.opentelemetry.io/inject-sdk: "false"';
const nodejs = 'instrumentation.opentelemetry.io/inject-nodejs: "true"';
const objects = (...texts: string[]): WorkloadObject[] => {
  const parsed = parseObjects("f.yaml", texts.join(""));
  expect(parsed.problems).toEqual([]);
  return parsed.objects;
};

test("settings become the one Instrumentation", () => {
  const { spec } = planInjection(settings, []);
  expect(spec).toMatchObject({
    exporter: { endpoint: "http://otel-agent.tracing.svc:4318" },
    sampler: { type: "traceidratio", argument: "0.5" },
    propagators: ["b3"],
  });
});

test("lists who is instrumented, by the pod's or the namespace's annotation", () => {
  const plan = planInjection(
    settings,
    objects(
      namespace(sdk),
      workload("Deployment", "a", ""),
      workload("StatefulSet", "b", `${nodejs}, ${noSdk}`),
      workload("DaemonSet", "c", noSdk),
    ),
  );
  expect(plan.namespaces).toEqual({ demo: { "instrumentation.opentelemetry.io/inject-sdk": "true" } });
  expect(plan.instrumented).toEqual(["Deployment demo/a: sdk", "StatefulSet demo/b: nodejs"]);
});

test("a workload without annotation is not instrumented", () => {
  expect(planInjection(settings, objects(workload("Deployment", "a", ""))).instrumented).toEqual([]);
});

test("the mistakes of all workloads are reported at once, before anything is made", () => {
  const wrong = objects(
    workload("Deployment", "a", 'instrumentation.opentelemetry.io/inject-nodjs: "true"'),
    workload("Deployment", "b", `${sdk}, ${nodejs}`),
    workload("Deployment", "c", sdk),
  );
  expect(() => planInjection(settings, wrong)).toThrow(/- Deployment demo\/a: .*\n(.*\n)*- Deployment demo\/b: /);
});

test("what may lose a trace is a warning with its id, and stops nothing", () => {
  const off = workload("Deployment", "a", sdk).replace(
    "name: app,",
    "name: app, env: [{name: OTEL_PROPAGATORS, value: none}],",
  );
  const { warnings, instrumented } = planInjection(parseSettings({}), objects(off));
  expect(instrumented).toEqual(["Deployment demo/a: sdk"]);
  expect(warnings).toEqual([
    expect.stringMatching(/^Deployment demo\/a: container app: OTEL_PROPAGATORS .* Write: .* \[[a-z-]+\]$/),
  ]);
  expect(planInjection(parseSettings({}), objects(workload("Deployment", "a", sdk))).warnings).toEqual([]);
});
