import { injectKey } from "../annotations.ts";
import { withDefaults } from "../defaulter.ts";
import { instrumentationSpec } from "../defaults.ts";
import type { InstrumentationSpec, Workload } from "../types.ts";
import type { Example, LintInput } from "./rule.ts";

const namespace = "shop";

/** An example as `lint` takes it. */
export function exampleInput(example: Example): LintInput {
  const { kind = "Deployment", annotations = { [injectKey("sdk")]: "true" } } = example;
  const template = {
    metadata: { annotations, labels: { app: "web" } },
    spec: { containers: [{ name: "app", image: "example/web:1.0.0", ...example.container }], ...example.pod },
  };
  const metadata = { name: "web", namespace };
  const spec = { ...withDefaults(instrumentationSpec({ namespace: "observability" })), ...example.spec };
  return {
    workload: workload(kind, metadata, template),
    namespace: { name: namespace, annotations: example.namespaceAnnotations },
    instrumentations: [{ namespace, name: "default", spec: spec as InstrumentationSpec }],
    ...(example.services && { services: example.services }),
  };
}

function workload(kind: string, metadata: { name: string }, template: { metadata: object; spec: object }): Workload {
  if (kind === "Pod") return { kind, metadata: { ...metadata, ...template.metadata }, spec: template.spec } as Workload;
  if (kind === "CronJob") return { kind, metadata, spec: { jobTemplate: { spec: { template } } } } as Workload;
  return { kind, metadata, spec: { template } } as Workload;
}
