import type { Place } from "../containers.ts";
import { at, type Draft, edit, type Outcome, type Task, write } from "../draft.ts";
import { appendAllIfAbsent } from "../env.ts";
import { addCommon, addSdk } from "../sdk-env.ts";
import type { AgentSpec, Container, Problem, Volume } from "../types.ts";
import { isFields, list } from "../workload.ts";
import { agentName, agentPath, type CopiedAgent, type LanguageContext } from "./language.ts";

const defaultSizeLimit = "200Mi";

/** The volume that carries an agent: an emptyDir of limited size, or an ephemeral volume where the Instrumentation has a claim for it. */
export function agentVolume(name: string, agent: AgentSpec): Volume {
  const template = agent.volumeClaimTemplate;
  if (isFields(template) && Object.keys(template).length > 0) {
    return { name, ephemeral: { volumeClaimTemplate: template } };
  }
  return limitedVolume(name, agent);
}

/** An emptyDir with the size limit that the Instrumentation gives for an agent, or 200Mi. */
export function limitedVolume(name: string, agent: AgentSpec): Volume {
  return { name, emptyDir: { sizeLimit: agent.volumeLimitSize ?? defaultSizeLimit } };
}

/** Init containers must run before the first one they serve; for ordinary containers they run last. */
function insert(draft: Draft, added: Container, before: string): void {
  const index = draft.initContainers.findIndex((container) => container?.name === before);
  if (index === -1) draft.initContainers.push(added);
  else draft.initContainers.splice(index, 0, added);
}

/**
 * Adds the volume and the init containers that bring a language's agent into the pod.
 * @param first the first container that is instrumented: its security context is taken where the Instrumentation gives none
 */
function addAgent(draft: Draft, language: CopiedAgent, context: LanguageContext, first: Container): void {
  const { agent, spec } = context;
  const name = agentName(language.field);
  const resources = language.field === "java" ? agent.resources : agent.resourceRequirements;
  const securityContext = spec.initContainerSecurityContext ?? first.securityContext;
  const shared = {
    ...(resources === undefined ? {} : { resources }),
    ...(securityContext === undefined ? {} : { securityContext }),
    volumeMounts: [{ name, mountPath: agentPath(language.field) }],
  };
  draft.volumes.push(agentVolume(name, agent));
  insert(
    draft,
    {
      name,
      image: agent.image ?? "",
      command: language.copy(context),
      ...(spec.imagePullPolicy ? { imagePullPolicy: spec.imagePullPolicy } : {}),
      ...shared,
    },
    first.name,
  );
  for (const extra of language.extraInits?.(context) ?? []) insert(draft, { ...extra, ...shared }, first.name);
}

/** Injects a language whose agent an init container copies into a volume. */
export function injectCopied(task: Task, language: CopiedAgent, places: readonly Place[]): Outcome {
  const { draft, subject, namespace, spec } = task;
  const first = places[0];
  if (first === undefined) return { injected: false, problems: [] };
  const firstContainer = at(draft, first);
  const agent = spec[language.field] ?? {};
  const context = { namespace, pod: subject.meta, spec, agent };
  const problems: Problem[] = [];
  for (const place of places) {
    const container = at(draft, place);
    const edited = edit(container);
    const { env, mounts } = edited;
    const refusal = language.refuse(container, env, context);
    if (refusal !== undefined) {
      problems.push(refusal);
      continue;
    }
    appendAllIfAbsent(env, list(agent.env));
    language.early?.(env);
    mounts.push({ name: agentName(language.field), mountPath: language.mountPath(container) });
    const made = addCommon(env, spec);
    if (made !== undefined && place.list === "containers") draft.made.set(place.index, made);
    language.late(env, container, context);
    addSdk(subject, container, spec, edited, draft.volumes);
    write(draft, place, edited);
  }
  // The agent is brought along even where every container refused it: the operator does the same.
  addAgent(draft, language, context, firstContainer);
  return { injected: true, problems };
}
