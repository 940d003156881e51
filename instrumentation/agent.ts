import { appendAllIfAbsent } from "./env.ts";
import { type AgentLanguage, agentName, agentPath, type LanguageContext } from "./languages/language.ts";
import type { Container, Volume } from "./types.ts";
import { isFields, list } from "./workload.ts";

const defaultSizeLimit = "200Mi";

/** The lists of a pod that injection adds to; copies of the user's. */
export interface Draft {
  readonly containers: Container[];
  readonly initContainers: Container[];
  readonly volumes: Volume[];
}

function volumeOf(name: string, { agent }: LanguageContext): Volume {
  const template = agent.volumeClaimTemplate;
  if (isFields(template) && Object.keys(template).length > 0) {
    return { name, ephemeral: { volumeClaimTemplate: template } };
  }
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
export function addAgent(draft: Draft, language: AgentLanguage, context: LanguageContext, first: Container): void {
  const { agent, spec } = context;
  const name = agentName(language.field);
  const resources = language.field === "java" ? agent.resources : agent.resourceRequirements;
  const securityContext = spec.initContainerSecurityContext ?? first.securityContext;
  const shared = {
    ...(resources === undefined ? {} : { resources }),
    ...(securityContext === undefined ? {} : { securityContext }),
    volumeMounts: [{ name, mountPath: agentPath(language.field) }],
  };
  draft.volumes.push(volumeOf(name, context));
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

/** Adds the language's own `env` of the Instrumentation. */
export function addAgentEnv(env: Parameters<typeof appendAllIfAbsent>[0], { agent }: LanguageContext): void {
  appendAllIfAbsent(env, list(agent.env));
}
