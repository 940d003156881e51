import type { Draft } from "./draft.ts";
import { injectLanguage } from "./languages/agents.ts";
import { plan, type World } from "./plan.ts";
import type { LateValues, Subject } from "./resource.ts";
import type { Language, Problem, Workload } from "./types.ts";
import { list, podTemplate, withPodSpec } from "./workload.ts";

export interface InjectInput extends World {
  readonly workload: Workload;
  /** How to see behind tokens that stand for values known later. Default: every string is what it says. */
  readonly late?: LateValues;
}

export interface InjectResult {
  /** The workload with the configuration in it; the very same object where nothing was injected. */
  readonly workload: Workload;
  /** Languages that reached at least one container. */
  readonly injected: readonly Language[];
  /**
   * Why something was not injected. Empty when all that was asked for was done, or nothing was asked for.
   * Where `injected` is not empty, the workload is what the operator makes of it all the same, and the problems say what it leaves out.
   */
  readonly problems: readonly Problem[];
}

/**
 * Injects what a workload's annotations ask for, with the result the OpenTelemetry operator 0.158 gives at admission.
 *
 * Pure: reads nothing but its input and changes nothing of it. A pod that was injected before is returned as it is.
 * Differences that deploy time makes: `k8s.replicaset.name`, `k8s.job.name` under a CronJob and owners' UIDs are left out, since only the
 * cluster knows them; where the operator would take such a name as `service.name`, the workload's own name is taken.
 * An agent for init containers always gets the first one's security context, which the operator forgets in some pods that have several.
 */
export function inject(input: InjectInput): InjectResult {
  const { workload, namespace } = input;
  const template = podTemplate(workload);
  if (template === undefined) return { workload, injected: [], problems: [] };
  const { chosen, selection, problems } = plan(workload, template, input);
  if (chosen.size === 0) return { workload, injected: [], problems };

  const subject: Subject = {
    kind: workload.kind,
    name: workload.metadata?.name ?? "",
    namespace: namespace.name,
    meta: template.metadata,
    spec: template.spec,
    late: input.late,
  };
  const { spec } = template;
  const draft: Draft = {
    containers: [...list(spec.containers)],
    initContainers: [...list(spec.initContainers)],
    volumes: [...list(spec.volumes)],
    made: new Map(),
  };
  const injected: Language[] = [];
  const all = [...problems];
  for (const [language, instrumentation] of chosen) {
    const task = { draft, subject, namespace, spec: instrumentation.spec };
    const outcome = injectLanguage(language, task, selection.get(language) ?? []);
    all.push(...outcome.problems);
    if (outcome.injected) injected.push(language);
  }
  if (injected.length === 0) return { workload, injected, problems: all };
  return {
    workload: withPodSpec(workload, {
      ...spec,
      ...(draft.shareProcessNamespace === undefined ? {} : { shareProcessNamespace: draft.shareProcessNamespace }),
      containers: draft.containers,
      ...(draft.initContainers.length > 0 ? { initContainers: draft.initContainers } : {}),
      ...(draft.volumes.length > 0 ? { volumes: draft.volumes } : {}),
    }),
    injected,
    problems: all,
  };
}
