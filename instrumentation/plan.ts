import { textual } from "../common/objects.ts";
import { checkKeys, prefix, resourcePrefix } from "./annotations.ts";
import { malformedSpec } from "./check-spec.ts";
import { missingNames, type Selection, select, targets } from "./containers.ts";
import { indexOfEnv, isFromElsewhere } from "./env.ts";
import { missingTls } from "./exporter.ts";
import { agentFieldOf } from "./languages/language.ts";
import { handmadeMarker, isInjected } from "./markers.ts";
import { resolve } from "./resolve.ts";
import { attributesEnv } from "./resource.ts";
import type { EnvVar, Instrumentation, Language, NamespaceInfo, Problem, Workload } from "./types.ts";
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
        message: `annotation ${key} stands in ${where} of the ${workload.kind}, where nothing reads it; it belongs to the pod template. Write: ${path.join(".")}.metadata.annotations["${key}"]: ${JSON.stringify(textual(value))}`,
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
    const field = agentFieldOf[language];
    if (spec[field]?.image) continue;
    problems.push({
      code: "agent-image-missing",
      message: `${field}.image of Instrumentation ${namespace}/${name} is not set, but ${prefix}inject-${language} needs the agent's image. Write: ${field}: { image: "<registry>/<image>:<tag>" }`,
    });
  }
  return problems;
}

/** Lists in which OTEL_RESOURCE_ATTRIBUTES may stand, by who sets it; the first one that has it counts. */
type Sources = readonly (readonly [who: string, env: readonly EnvVar[] | undefined])[];

function attributesProblem(sources: Sources): Problem | undefined {
  for (const [who, env] of sources) {
    const variable = list(env)[indexOfEnv(list(env), attributesEnv)];
    if (variable === undefined) continue;
    if (!isFromElsewhere(variable)) return undefined;
    return {
      code: "resource-attributes-from-elsewhere",
      message: `${who} sets ${attributesEnv} by valueFrom; attributes are added to its text, so it must be a literal. Write: - name: ${attributesEnv} with value: "key=value,...", or annotations ${resourcePrefix}<key>: "<value>"`,
    };
  }
  return undefined;
}

function attributesProblems(
  template: PodTemplate,
  chosen: ReadonlyMap<Language, Instrumentation>,
  selection: Selection,
): Problem[] {
  const problems = new Map<string, Problem>();
  for (const [language, { namespace, name, spec }] of chosen) {
    const field = language === "sdk" ? undefined : agentFieldOf[language];
    const given: Sources = [
      [`${field}.env of Instrumentation ${namespace}/${name}`, field === undefined ? [] : spec[field]?.env],
      [`env of Instrumentation ${namespace}/${name}`, spec.env],
    ];
    // The variables for Go are those of the agent's own container.
    const places = language === "go" ? [] : targets(template.spec, selection.get(language) ?? []);
    const containers = places.map((place) => list(template.spec[place.list])[place.index]);
    const all: Sources[] = containers.map((one) => [
      [`container ${JSON.stringify(one?.name ?? "")}`, one?.env],
      ...given,
    ]);
    for (const sources of language === "go" ? [given] : all) {
      const problem = attributesProblem(sources);
      if (problem !== undefined) problems.set(problem.message, problem);
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

  const distinct = [...new Set(chosen.values())];
  const malformed = distinct.flatMap(malformedSpec);
  if (malformed.length > 0)
    return { chosen: nothing, selection: new Map(), problems: [...unresolved, ...malformed, ...notes] };

  const selected = [...chosen.keys()];
  const { selection, problems: unselected } = select(namespace, template.metadata, selected);
  const noName = unnamed(workload);
  const refusals = [
    ...unresolved,
    ...unselected,
    ...(noName === undefined ? [] : [noName]),
    ...agentProblems(chosen),
    ...distinct.flatMap((one) => missingTls(one.spec, namespace.name, world.secrets, world.configMaps)),
    ...attributesProblems(template, chosen, selection),
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
