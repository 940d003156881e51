import { containersOf, list } from "./pods.ts";
import type { Rule } from "./types.ts";

const noExplicitOtel: Rule = {
  name: "no-explicit-otel-env",
  description: "Workloads opt in by annotation and set no OTEL_* variable themselves.",
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
