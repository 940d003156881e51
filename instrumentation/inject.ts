import { addAgent, addAgentEnv, type Draft } from "./agent.ts";
import { type Place, targets } from "./containers.ts";
import { agents } from "./languages/agents.ts";
import type { AgentLanguage, LanguageContext } from "./languages/language.ts";
import { plan, type World } from "./plan.ts";
import type { LateValues, Subject } from "./resource.ts";
import { addCommon, addSdk } from "./sdk-env.ts";
import type {
  Container,
  EnvVar,
  InstrumentationSpec,
  Language,
  Problem,
  Volume,
  VolumeMount,
  Workload,
} from "./types.ts";
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
  /** Why something was not injected. Empty when all that was asked for was done, or nothing was asked for. */
  readonly problems: readonly Problem[];
}

function write(draft: Draft, place: Place, env: EnvVar[], mounts: readonly VolumeMount[]): void {
  const old = draft[place.list][place.index] as Container;
  draft[place.list][place.index] = mounts.length === 0 ? { ...old, env } : { ...old, env, volumeMounts: mounts };
}

function injectSdk(draft: Draft, subject: Subject, spec: InstrumentationSpec, places: readonly Place[]): void {
  for (const place of places) {
    const container = draft[place.list][place.index] as Container;
    const env = [...list(container.env)];
    const mounts = [...list(container.volumeMounts)];
    addCommon(env, spec);
    addSdk(subject, container, spec, env, mounts, draft.volumes);
    write(draft, place, env, mounts);
  }
}

function injectAgent(
  draft: Draft,
  subject: Subject,
  language: AgentLanguage,
  context: LanguageContext,
  places: readonly Place[],
): Problem[] {
  const problems: Problem[] = [];
  const { spec } = context;
  const first = places[0];
  if (first === undefined) return problems;
  const firstContainer = draft[first.list][first.index] as Container;
  for (const place of places) {
    const container = draft[place.list][place.index] as Container;
    const env = [...list(container.env)];
    const refusal = language.refuse(container, env, context);
    if (refusal !== undefined) {
      problems.push(refusal);
      continue;
    }
    addAgentEnv(env, context);
    language.early?.(env);
    const mounts = [
      ...list(container.volumeMounts),
      { name: `opentelemetry-auto-instrumentation-${language.field}`, mountPath: language.mountPath(container) },
    ];
    addCommon(env, spec);
    language.late(env, container, context);
    addSdk(subject, container, spec, env, mounts, draft.volumes);
    write(draft, place, env, mounts);
  }
  // The agent is brought along even where every container refused it: the operator does the same.
  addAgent(draft, language, context, firstContainer);
  return problems;
}

/**
 * Injects what a workload's annotations ask for, with the result the OpenTelemetry operator 0.158 gives at admission.
 *
 * Pure: reads nothing but its input and changes nothing of it. A pod that was injected before is returned as it is.
 * Differences that deploy time makes: `k8s.replicaset.name`, `k8s.job.name` under a CronJob and owners' UIDs are left out, since only the
 * cluster knows them; where the operator would take such a name as `service.name`, the workload's own name is taken.
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
  const volumes: Volume[] = [...list(spec.volumes)];
  const draft: Draft = {
    containers: [...list(spec.containers)],
    initContainers: [...list(spec.initContainers)],
    volumes,
  };
  const injected: Language[] = [];
  const all = [...problems];
  for (const [language, instrumentation] of chosen) {
    const places = targets({ ...draft }, selection.get(language) ?? []);
    if (places.length === 0) continue;
    const agent = agents.get(language);
    if (agent === undefined) {
      injectSdk(draft, subject, instrumentation.spec, places);
    } else {
      const context = {
        namespace,
        pod: template.metadata,
        spec: instrumentation.spec,
        agent: instrumentation.spec[agent.field] ?? {},
      };
      all.push(...injectAgent(draft, subject, agent, context, places));
    }
    injected.push(language);
  }
  if (injected.length === 0) return { workload, injected, problems: all };
  return {
    workload: withPodSpec(workload, {
      ...spec,
      containers: draft.containers,
      ...(draft.initContainers.length > 0 ? { initContainers: draft.initContainers } : {}),
      ...(draft.volumes.length > 0 ? { volumes: draft.volumes } : {}),
    }),
    injected,
    problems: all,
  };
}
