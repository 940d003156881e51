import { textual } from "../../common/objects.ts";
import { prefix, resourcePrefix } from "../annotations.ts";
import { isFields, workloadKinds } from "../workload.ts";
import { agentRules } from "./agents.ts";
import { endpointRules } from "./endpoint.ts";
import { numberRules } from "./numbers.ts";
import { podRules } from "./pod.ts";
import { reachRules } from "./reach.ts";
import type { Finding, LintInput, LintRule } from "./rule.ts";
import { samplingRules } from "./sampling.ts";
import { subjectOf } from "./subject.ts";
import { variableRules } from "./variables.ts";

/** Everything that is looked for in workloads beside what injection itself refuses. */
export const lintRules: readonly LintRule[] = [
  ...variableRules,
  ...numberRules,
  ...endpointRules,
  ...reachRules,
  ...samplingRules,
  ...agentRules,
  ...podRules,
];

/**
 * What stands in the way of traces from one workload: all that injection refuses, by the same ids, and what the rules find in the pod as it
 * will be. Silent about workloads that neither opt in nor carry `OTEL_` variables. Pure; reads anything and throws nothing.
 */
export function lint(input: LintInput): readonly Finding[] {
  const subject = subjectOf(input);
  if (subject === undefined) return [];
  const refused = subject.result.problems.map(
    ({ code, message }) => ({ id: code, severity: "error", message }) as const,
  );
  if (subject.traced.length === 0) return refused;
  return [
    ...refused,
    ...lintRules.flatMap(({ id, severity, check }) => check(subject).map((message) => ({ id, severity, message }))),
  ];
}

/** What is wrong with any other object: annotations that opt in where nothing reads them. Namespaces and workloads have none of that. */
export function lintObject(object: unknown): readonly Finding[] {
  if (!isFields(object) || typeof object["kind"] !== "string") return [];
  const kind = object["kind"];
  const metadata = object["metadata"];
  if (kind === "Namespace" || kind === "Instrumentation" || workloadKinds.includes(kind) || !isFields(metadata))
    return [];
  const annotations = isFields(metadata["annotations"]) ? metadata["annotations"] : {};
  return Object.entries(annotations)
    .filter(([key]) => key.startsWith(prefix) || key.startsWith(resourcePrefix))
    .map(([key, value]) => ({
      id: "annotation-on-other-object",
      severity: "error",
      message: `annotation ${key} stands on the ${kind} ${textual(metadata["name"])}, where nothing reads it; it belongs to a pod template or a Namespace. Write: spec.template.metadata.annotations["${key}"]: ${JSON.stringify(textual(value))}`,
    }));
}
