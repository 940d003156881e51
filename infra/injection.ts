import { ports } from "../collector-config/ports.ts";
import { UserError } from "../common/errors.ts";
import { instrumentationSpec } from "../instrumentation/defaults.ts";
import { inject } from "../instrumentation/inject.ts";
import { lint } from "../instrumentation/lint/lint.ts";
import type { RegisterArgs } from "../instrumentation/transform.ts";
import { workloadKinds } from "../instrumentation/workload.ts";
import { names } from "./kubernetes/metadata.ts";
import { addressOf } from "./place.ts";
import type { Settings } from "./settings/settings.ts";
import { agentImages } from "./versions.ts";
import type { WorkloadObject } from "./workload-files.ts";

/** What the stack's transform needs, and what it is going to do. */
export interface InjectionPlan extends Required<Pick<RegisterArgs, "spec" | "namespaces">> {
  /** Who gets what, such as `Deployment demo/frontend: sdk`. */
  readonly instrumented: readonly string[];
  /** What may keep their traces from arriving, each with the id of its lint rule. */
  readonly warnings: readonly string[];
}

/** The one Instrumentation of the stack, from the settings. */
export function stackInstrumentation(settings: Settings) {
  const { namespace, sampler, samplerArgument, propagators } = settings;
  const spec = instrumentationSpec({
    namespace,
    agentService: names.agent,
    // In a cluster the default says the same.
    ...(settings.target === "docker" && { endpoint: `http://${addressOf(settings, names.agent, ports.otlpHttp)}` }),
    images: agentImages,
    sampler,
    ...(samplerArgument !== undefined && { samplerArgument }),
  });
  return { ...spec, propagators };
}

/**
 * Tries the injection on the users' objects before anything is applied, and looks for what else may lose their traces.
 * Throws a UserError with the problems of all workloads.
 */
export function planInjection(settings: Settings, objects: readonly WorkloadObject[]): InjectionPlan {
  const spec = stackInstrumentation(settings);
  const namespaces = Object.fromEntries(
    objects
      .filter(({ kind }) => kind === "Namespace")
      .map(({ metadata }) => [metadata.name, metadata.annotations ?? {}]),
  );
  const problems: string[] = [];
  const instrumented: string[] = [];
  const warnings: string[] = [];
  const services = objects
    .filter(({ kind }) => kind === "Service")
    .map(({ metadata: { name, namespace = "default" } }) => ({ name, namespace }));
  for (const workload of objects.filter(({ kind }) => workloadKinds.includes(kind))) {
    const namespace = workload.metadata.namespace ?? "default";
    const who = `${workload.kind} ${namespace}/${workload.metadata.name}`;
    const input = {
      workload,
      namespace: { name: namespace, annotations: namespaces[namespace] },
      instrumentations: [{ namespace, name: "default", spec }],
    };
    const result = inject(input);
    problems.push(...result.problems.map(({ message }) => `${who}: ${message}`));
    const refused = new Set(result.problems.map(({ code }) => code));
    const found = lint({ ...input, services }).filter(({ id }) => !refused.has(id));
    warnings.push(...found.map(({ id, message }) => `${who}: ${message} [${id}]`));
    if (result.injected.length > 0) instrumented.push(`${who}: ${result.injected.join(", ")}`);
  }
  if (problems.length > 0) throw new UserError(problems);
  return { spec, namespaces, instrumented, warnings };
}
