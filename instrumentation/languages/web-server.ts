import { containerNamesKeyOf, injectKey } from "../annotations.ts";
import type { Place } from "../containers.ts";
import { at, type Draft, edit, type Outcome, type Task, write } from "../draft.ts";
import { appendAllIfAbsent, appendIfAbsent, fromField, indexOfEnv, isFromElsewhere, setFromOld } from "../env.ts";
import { attributesOf, byBytes, serviceName, userAttributes } from "../resource.ts";
import { addCommon, addresses, addSdk, type Edited } from "../sdk-env.ts";
import type { Container, EnvVar, Fields, InstrumentationSpec, Problem, Volume } from "../types.ts";
import { list } from "../workload.ts";
import { valueFromProblem } from "./language.ts";
import { cloneVariables } from "./shared-list.ts";
import { type AgentEnv, initNames, instancePlaceholder, paths } from "./web-server-scripts.ts";

const defaultEndpoint = "http://localhost:4317/";

type Directive = readonly [name: string, value: string];

/**
 * A web server that loads the agent as a module. A clone of its container saves its configuration into a volume, the agent's container adds
 * the module and its directives to that copy, and the server gets the copy in place of its own configuration.
 */
export interface WebServer {
  readonly language: "apache-httpd" | "nginx";
  readonly field: "apacheHttpd" | "nginx";
  /** Names of the agent's init container and of the volumes for the configuration and for the agent. */
  readonly attachName: string;
  readonly configVolume: string;
  readonly agentVolume: string;
  /** Variables of the agent's init container for the module's configuration and the pod's name. */
  readonly env: AgentEnv;
  /** What the names of the module's directives begin with. */
  readonly directives: string;
  /** How a directive is switched on. */
  readonly on: string;
  /** Variable for the directory of the module's libraries, where the server has to be told. */
  readonly libraryEnv?: string;
  /** Whether the init containers take over the security context of every further container, so that the last one's stays. */
  readonly lastContextStays: boolean;
  readonly volumes: (spec: InstrumentationSpec) => { readonly config: Volume; readonly agent: Volume };
  /** Directory of the server's configuration in its container. */
  readonly configDir: (spec: InstrumentationSpec) => string;
  /** Command and arguments of the clone. */
  readonly save: (configDir: string) => { readonly command: readonly string[]; readonly args?: readonly string[] };
  /** Arguments of the shell in the agent's init container. */
  readonly attach: (spec: InstrumentationSpec) => readonly string[];
  /** The module's configuration from its directives, which come sorted. */
  readonly render: (directives: readonly Directive[], spec: InstrumentationSpec) => string;
}

/** Command of a container that runs a script. */
export const shell: readonly string[] = ["/bin/sh", "-c"];

/** Directives of the module; those of the Instrumentation win. */
function configOf(server: WebServer, { subject, spec }: Task, container: Container): string {
  const attributes = attributesOf(subject, container, spec, userAttributes(list(container.env), subject.late));
  const own = {
    Enabled: "ON",
    OtelSpanExporter: "otlp",
    OtelExporterEndpoint: spec.exporter?.endpoint || defaultEndpoint,
    ServiceName: serviceName(subject, container, spec, attributes),
    ServiceNamespace: subject.namespace,
    ServiceInstanceId: instancePlaceholder,
    ResolveBackends: server.on,
    TraceAsError: server.on,
  };
  const directives = new Map(Object.entries(own).map(([name, value]) => [server.directives + name, value]));
  for (const { name, value } of list(spec[server.field]?.attrs)) directives.set(name, value ?? "");
  const sorted = byBytes([...directives.keys()]);
  return server.render(
    sorted.map((name) => [name, directives.get(name) as string]),
    spec,
  );
}

function has(draft: Draft, name: string): boolean {
  return draft.initContainers.some((container) => container?.name === name);
}

/** Fields of an object by name, without those that are not set. */
function present(fields: Fields): Fields {
  return Object.fromEntries(
    Object.entries(fields).filter(([, value]) => value !== undefined && !(Array.isArray(value) && value.length === 0)),
  );
}

/**
 * Adds the clone, which sees the configuration as the server would, and the mounts that put the copy in its place.
 * @returns the clone's index
 */
function addClone(
  server: WebServer,
  { draft, subject, spec }: Task,
  container: Container,
  { env, mounts }: Edited,
): number {
  const configDir = server.configDir(spec);
  draft.volumes.push(server.volumes(spec).config);
  const length = draft.initContainers.push({
    name: initNames.clone,
    ...present({
      image: container.image,
      ...server.save(configDir),
      env: [...env],
      envFrom: container["envFrom"],
      resources: spec[server.field]?.resourceRequirements,
      volumeMounts: [...mounts, { name: server.configVolume, mountPath: paths.config }],
      imagePullPolicy: container["imagePullPolicy"],
      securityContext: contextFor(spec, container),
    }),
  });
  // What is mounted there would hide the copy; the clone still has it.
  const shown = (path: unknown) => (typeof path === "string" ? (subject.late?.reveal(path) ?? path) : "");
  const own = mounts.findIndex((mount) => shown(mount?.mountPath).includes(configDir));
  if (own !== -1) mounts.splice(own, 1);
  mounts.push(
    { name: server.agentVolume, mountPath: paths.agent },
    { name: server.configVolume, mountPath: configDir },
  );
  return length - 1;
}

/** Lets the clone see what the operator lets it see of later changes to its container's variables. */
function share(draft: Draft, index: number, env: readonly EnvVar[], made: number): void {
  const clone = draft.initContainers[index] as Container;
  const seen = cloneVariables(list(clone.env), env, made);
  if (seen !== clone.env) draft.initContainers[index] = { ...clone, ...present({ env: seen }), name: clone.name };
}

/** Adds the agent's own container, which completes the copy of the configuration. */
function addAttach(server: WebServer, task: Task, container: Container): void {
  const { draft, spec } = task;
  const agent = spec[server.field] ?? {};
  const env: EnvVar[] = [...list(agent.env)];
  appendAllIfAbsent(env, list(spec.env));
  appendAllIfAbsent(env, addresses());
  env.push(
    { name: server.env.config, value: configOf(server, task, container) },
    fromField(server.env.instance, "metadata.name"),
  );
  draft.volumes.push(server.volumes(spec).agent);
  draft.initContainers.push({
    name: server.attachName,
    ...present({
      image: agent.image ?? "",
      command: shell,
      args: server.attach(spec),
      env,
      resources: agent.resourceRequirements,
      volumeMounts: [
        { name: server.agentVolume, mountPath: paths.agent },
        { name: server.configVolume, mountPath: paths.config },
      ],
      imagePullPolicy: spec.imagePullPolicy || undefined,
      securityContext: contextFor(spec, container),
    }),
  });
}

function contextFor(spec: InstrumentationSpec, container: Container): unknown {
  return spec.initContainerSecurityContext ?? container.securityContext;
}

/** Gives the init containers the security context that goes with a container. */
function takeContext(server: WebServer, { draft, spec }: Task, container: Container): void {
  for (const [index, init] of draft.initContainers.entries()) {
    if (init?.name !== server.attachName && init?.name !== initNames.clone) continue;
    const { securityContext: _, ...rest } = init;
    draft.initContainers[index] = {
      ...rest,
      ...present({ securityContext: contextFor(spec, container) }),
      name: init.name,
    };
  }
}

/**
 * Injects a web server's module. Only the first container gets it: there is one copy of a configuration in a pod. Further ones get the
 * variables of the SDK.
 */
export function injectWebServer(task: Task, server: WebServer, places: readonly Place[]): Outcome {
  const { draft, subject, spec } = task;
  const problems = refusals(task, server, places);
  const served = places.filter((place) => place.list === "containers");
  for (const place of served) {
    const container = at(draft, place);
    const edited = edit(container);
    const { env } = edited;
    const first = !has(draft, server.attachName);
    appendAllIfAbsent(env, list(spec[server.field]?.env));
    const libraries = `${paths.agent}/sdk_lib/lib`;
    // A search path of the user's own is extended for the clone too.
    const told = server.libraryEnv !== undefined && indexOfEnv(env, server.libraryEnv) !== -1;
    if (first && told) setFromOld(env, server.libraryEnv, (old = "") => `${old}:${libraries}`);
    const clone = has(draft, initNames.clone) ? undefined : addClone(server, task, container, edited);
    if (first) addAttach(server, task, container);
    if (first && server.libraryEnv !== undefined) appendIfAbsent(env, server.libraryEnv, libraries);
    const made = addCommon(env, spec);
    addSdk(subject, container, spec, edited, draft.volumes);
    if (clone !== undefined && made === undefined) share(draft, clone, env, draft.made.get(place.index) ?? 0);
    write(draft, place, edited);
    if (server.lastContextStays) takeContext(server, task, container);
  }
  return { injected: served.length > 0, problems };
}

/** What the operator leaves out, or would make a pod of that the API refuses. */
function refusals({ draft }: Task, server: WebServer, places: readonly Place[]): Problem[] {
  const { language, attachName, libraryEnv } = server;
  const problems: Problem[] = [];
  for (const place of places) {
    const container = at(draft, place);
    const env = list(container.env);
    if (libraryEnv === undefined || !isFromElsewhere(env[indexOfEnv(env, libraryEnv)])) continue;
    problems.push(valueFromProblem(language, container, libraryEnv));
  }
  const inits = places.filter((place) => place.list === "initContainers").map((place) => at(draft, place).name);
  if (inits.length > 0) {
    const key = containerNamesKeyOf(language);
    problems.push({
      code: "web-server-init-container",
      message: `${inits.map((name) => JSON.stringify(name)).join(", ")} ${inits.length === 1 ? "is" : "are"} to get the agent for ${language}, but only ordinary containers can. Write: ${key}: ${JSON.stringify(draft.containers[0]?.name ?? "app")}`,
    });
  }
  if (inits.length < places.length && has(draft, initNames.clone) && !has(draft, attachName)) {
    problems.push({
      code: "web-servers-collide",
      message: `${language} is to be added to a pod that has the init container ${initNames.clone} of another web server already; both save a configuration under that name, and the pod could not start. One pod can have one of the two. Write: ${injectKey(language)}: "false"`,
    });
  }
  return problems;
}
