import { containersOf, list } from "./pods.ts";
import type { Rule } from "./types.ts";

const noExplicitOtel: Rule = {
  name: "no-explicit-otel-env",
  description: "Workloads opt in by annotation and set no OTEL_* variable themselves.",
  why: "What stands in the manifest wins over what is injected, so the annotation seems to do nothing.",
  source: "https://opentelemetry.io/docs/platforms/kubernetes/operator/automatic/",
  severity: "warning",
  example: {
    wrong: "env: [{name: OTEL_EXPORTER_OTLP_ENDPOINT, value: http://localhost:4318}]",
    right: 'metadata: {annotations: {instrumentation.opentelemetry.io/inject-sdk: "true"}}',
  },
  check: (manifests) =>
    containersOf(manifests).flatMap(({ pod, name, spec }) =>
      list(spec["env"])
        .filter((variable) => String(variable["name"]).startsWith("OTEL_"))
        .map((variable) => ({
          object: pod.owner,
          message: `container ${name} sets ${variable["name"]}, which would win over the injected value`,
          fix: 'annotations: {instrumentation.opentelemetry.io/inject-sdk: "true"}',
        })),
    ),
};

/** Rules for manifests as users write them, before injection. */
export const sourceRules: readonly Rule[] = [noExplicitOtel];
