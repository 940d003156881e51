import { inject } from "../inject.ts";
import { resolve } from "../resolve.ts";
import type { Container, EnvVar, Language, PodSpec } from "../types.ts";
import { isFields, list, podTemplate } from "../workload.ts";
import type { LintInput, Subject, Traced } from "./rule.ts";

/** What the rules see of a workload; undefined for kinds without a pod template, and for malformed ones. */
export function subjectOf(input: LintInput): Subject | undefined {
  if (!isFields(input.workload)) return undefined;
  const template = podTemplate(input.workload);
  if (template === undefined) return undefined;
  const result = inject(input);
  const pod = podTemplate(result.workload)?.spec ?? template.spec;
  const { chosen } = resolve(input.namespace, template.metadata, input.instrumentations);
  return {
    input,
    kind: input.workload.kind,
    namespace: input.namespace.name,
    annotations: isFields(template.metadata.annotations) ? template.metadata.annotations : {},
    ownPod: template.spec,
    pod,
    result,
    injected: new Map(result.injected.map((language: Language) => [language, chosen.get(language)?.spec ?? {}])),
    traced: [...traced(template.spec, pod, "initContainers"), ...traced(template.spec, pod, "containers")],
  };
}

function traced(own: PodSpec, pod: PodSpec, key: "containers" | "initContainers"): Traced[] {
  const before = list(own[key]).filter(isFields) as readonly Container[];
  return (list(pod[key]).filter(isFields) as readonly Container[]).flatMap((container) => {
    const env = new Map<string, EnvVar>();
    for (const variable of list(container.env)) {
      if (isFields(variable) && typeof variable.name === "string") env.set(variable.name, variable);
    }
    if (![...env.keys()].some((name) => name.startsWith("OTEL_"))) return [];
    const name = String(container.name);
    return [{ own: before.find((one) => one.name === name), container, name, init: key === "initContainers", env }];
  });
}
