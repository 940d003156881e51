import { checkKeys, prefix, resourcePrefix } from "./annotations.ts";
import { missingNames, type Selection, select, targets } from "./containers.ts";
import { indexOfEnv, isFromElsewhere } from "./env.ts";
import { missingTls } from "./exporter.ts";
import { agents } from "./languages/agents.ts";
import { handmadeMarker, isInjected } from "./markers.ts";
import { resolve } from "./resolve.ts";
import { attributesEnv } from "./resource.ts";
import type { Instrumentation, Language, NamespaceInfo, Problem, Workload } from "./types.ts";
import { isFields, list, type PodTemplate, templatePath } from "./workload.ts";

/** What is known beside the workload itself. */
export interface World {
  readonly namespace: NamespaceInfo;
  readonly instrumentations: readonly Instrumentation[];
  readonly secrets?: ReadonlySet<string> | undefined;
  readonly configMaps?: ReadonlySet<string> | undefined;
}

/** What is to be injected into a pod, and what is wrong. Nothing is injected when `chosen` is empty. */
export interface Plan {
  readonly chosen: ReadonlyMap<Language, Instrumentation>;
  readonly selection: Selection;
  readonly problems: readonly Problem[];
}

const nothing: ReadonlyMap<Language, Instrumentation> = new Map();

/** Annotations beside the pod template have no effect; say where they belong. */
function misplaced(workload: Workload, template: PodTemplate): Problem[] {
  const path = templatePath(workload.kind) ?? [];
  const problems: Problem[] = [];
  let at: unknown = workload;
  for (let depth = 0; depth < path.length && isFields(at); at = at[path[depth] as string], depth++) {
    const metadata = at["metadata"];
    const own = isFields(metadata) ? metadata["annotations"] : undefined;
    if (!isFields(own)) continue;
    const where = [...path.slice(0, depth), "metadata.annotations"].join(".");
    for (const [key, value] of Object.entries(own)) {
      if (!key.startsWith(prefix) && !key.startsWith(resourcePrefix)) continue;
      if (template.metadata.annotations?.[key] || value === "" || value === "false") continue;
      problems.push({
        code: "annotation-on-workload",
        message: `annotation ${key} stands in ${where} of the ${workload.kind}, where nothing reads it; it belongs to the pod template. Write: ${path.join(".")}.metadata.annotations["${key}"]: ${JSON.stringify(String(value))}`,
      });
    }
  }
  return problems;
}

function unnamed(workload: Workload): Problem | undefined {
  if (typeof workload.metadata?.name === "string" && workload.metadata.name !== "") return undefined;
  return {
    code: "workload-unnamed",
    message: `metadata.name of the ${workload.kind} is not set, but service.name and resource attributes are computed from it before a name is generated. It must be explicit. Write: metadata.name: "<name>"`,
  };
}

function agentProblems(chosen: ReadonlyMap<Language, Instrumentation>): Problem[] {
  const problems: Problem[] = [];
  for (const [language, { namespace, name, spec }] of chosen) {
    if (language === "sdk") continue;
    const agent = agents.get(language);
    if (agent === undefined) {
      problems.push({
        code: "language-not-available",
        message: `annotation ${prefix}inject-${language} asks for ${language}, which is not injected at deploy time; available are: sdk, ${[...agents.keys()].join(", ")}. Write: ${prefix}inject-sdk: "true" if the program reads OTEL_* itself`,
      });
    } else if (!spec[agent.field]?.image) {
      problems.push({
        code: "agent-image-missing",
        message: `${agent.field}.image of Instrumentation ${namespace}/${name} is not set, but ${prefix}inject-${language} needs the agent's image. Write: ${agent.field}: { image: "<registry>/<image>:<tag>" }`,
      });
    }
  }
  return problems;
}

function attributesProblem(template: PodTemplate, selection: Selection): Problem[] {
  const problems = new Map<string, Problem>();
  for (const names of selection.values()) {
    for (const place of targets(template.spec, names)) {
      const container = list(template.spec[place.list])[place.index];
      const env = list(container?.env);
      if (!isFromElsewhere(env[indexOfEnv(env, attributesEnv)])) continue;
      problems.set(String(container?.name), {
        code: "resource-attributes-from-elsewhere",
        message: `container ${JSON.stringify(container?.name ?? "")} sets ${attributesEnv} by valueFrom; attributes are added to its text, so it must be a literal. Write: - name: ${attributesEnv} with value: "key=value,...", or annotations ${resourcePrefix}<key>: "<value>"`,
      });
    }
  }
  return [...problems.values()];
}

/** Decides what goes into a pod. Problems that refuse injection leave `chosen` empty; the others only accompany it. */
export function plan(workload: Workload, template: PodTemplate, world: World): Plan {
  const { namespace } = world;
  const { chosen, problems: unresolved } = resolve(namespace, template.metadata, world.instrumentations);
  const wanted = chosen.size > 0 || unresolved.length > 0;
  if (isInjected(template.spec)) {
    const handmade = wanted ? handmadeMarker(template.spec) : undefined;
    return { chosen: nothing, selection: new Map(), problems: handmade === undefined ? [] : [handmade] };
  }

  const notes = [
    ...checkKeys(template.metadata.annotations, "the pod template"),
    ...checkKeys(namespace.annotations, `namespace ${namespace.name}`),
    ...misplaced(workload, template),
  ];
  if (!wanted) return { chosen: nothing, selection: new Map(), problems: notes };

  const selected = [...chosen.keys()];
  const { selection, problems: unselected } = select(namespace, template.metadata, selected);
  const noName = unnamed(workload);
  const refusals = [
    ...unresolved,
    ...unselected,
    ...(noName === undefined ? [] : [noName]),
    ...agentProblems(chosen),
    ...[...new Set(chosen.values())].flatMap((one) =>
      missingTls(one.spec, namespace.name, world.secrets, world.configMaps),
    ),
    ...attributesProblem(template, selection),
  ];
  for (const language of selected) {
    const missing = missingNames(template.spec, language, selection.get(language) ?? []);
    if (missing !== undefined) notes.push(missing);
  }
  if (!isFields(list(template.spec.containers)[0])) {
    refusals.push({
      code: "no-containers",
      message: `the pod template of the ${workload.kind} has no containers that are objects, so there is nothing to inject into. Write: containers: [{ name: "app", image: "<image>" }]`,
    });
  }
  return {
    chosen: refusals.length > 0 ? nothing : chosen,
    selection,
    problems: refusals.length > 0 ? [...refusals, ...notes] : notes,
  };
}
