import { UserError } from "../common/errors.ts";
import { injectKey, prefix, resourcePrefix } from "./annotations.ts";
import { withDefaults } from "./defaulter.ts";
import { indexOfEnv, literal } from "./env.ts";
import { inject } from "./inject.ts";
import { attributesEnv } from "./resource.ts";
import { nodeNameEnv, podNameEnv, podUidEnv } from "./sdk-env.ts";
import type { Container, EnvVar, InstrumentationSpec, Language, PodSpec, Workload } from "./types.ts";
import { isFields, list } from "./workload.ts";

/** A container of a Docker Engine, as far as injection looks at it. */
export interface PlainContainer {
  /** Its name, which becomes the service's. */
  readonly name: string;
  /** For `service.version`. Undefined where it is not known yet. */
  readonly image: string | undefined;
  /** Opt in as annotations of a pod do. */
  readonly labels: Readonly<Record<string, string>>;
  /** Its own variables as `NAME=value`; they win. */
  readonly envs: readonly string[];
}

/** An agent that is copied from its image into a volume, which the container mounts. */
export interface AgentCopy {
  readonly language: Language;
  readonly image: string;
  /** Program and arguments, run in the agent's image. */
  readonly command: readonly string[];
  /** Where that command expects the volume, and where the container does. */
  readonly from: string;
  readonly to: string;
}

export interface InjectedContainer {
  /** All variables, `NAME=value`; those that were given where nothing is asked for. */
  readonly envs: readonly string[];
  readonly agents: readonly AgentCopy[];
  /** Empty where nothing is asked for. */
  readonly injected: readonly Language[];
}

/** Languages whose agent is files beside the program; the others change the pod around it. */
const possible: readonly Language[] = ["sdk", "nodejs", "java", "python", "dotnet"];
const impossible: readonly Language[] = ["go", "apache-httpd", "nginx"];
const namespace = "docker";

/**
 * What a container gets from the labels that ask for it: the variables that its pod would get from the same spec, without what only a cluster
 * has. `service.name` is the container's name, `service.instance.id` too; there are no `k8s.` attributes.
 * @throws UserError with all problems when something that was asked for cannot be injected
 */
export function injectContainer(container: PlainContainer, spec: InstrumentationSpec): InjectedContainer {
  const { name, image, labels, envs } = container;
  const annotations = Object.fromEntries(
    Object.entries(labels).filter(([key]) => key.startsWith(prefix) || key.startsWith(resourcePrefix)),
  );
  refuseImpossible(name, annotations);
  const own = envs.map(variableOf);
  const app: Container = { name, ...(image !== undefined && { image }), env: own };
  const pod: Workload = { kind: "Pod", metadata: { name, annotations }, spec: { containers: [app] } };
  const { workload, injected, problems } = inject({
    workload: pod,
    namespace: { name: namespace },
    instrumentations: [{ namespace, name: "default", spec: withDefaults(spec) }],
  });
  if (problems.length > 0) {
    throw new UserError(
      problems.map(({ message }) => `container ${name}: ${message.replaceAll("annotation ", "label ")}`),
    );
  }
  if (injected.length === 0) return { envs, agents: [], injected };
  const { containers, initContainers } = workload["spec"] as PodSpec;
  const made = list(containers)[0] as Container;
  const attributes = literal(own[indexOfEnv(own, attributesEnv)]);
  return {
    envs: resolved(list(made.env), name, attributes, new Set(own.map((one) => one.name))),
    agents: list(initContainers).map((copier) => copyOf(copier, made, injected)),
    injected,
  };
}

function refuseImpossible(name: string, annotations: Readonly<Record<string, string>>): void {
  const asked = impossible.filter(
    (language) => !["", "false"].includes((annotations[injectKey(language)] ?? "").toLowerCase()),
  );
  if (asked.length === 0) return;
  throw new UserError(
    asked.map(
      (language) =>
        `container ${name}: label ${injectKey(language)} asks for an agent that needs a pod around the program; on a Docker Engine there are ${possible.join(", ")}. Write: ${injectKey("sdk")}: "true"`,
    ),
  );
}

function variableOf(text: string): EnvVar {
  const at = text.indexOf("=");
  return at === -1 ? { name: text } : { name: text.slice(0, at), value: text.slice(at + 1) };
}

/** A reference to a variable, or the two signs that stand for one. */
const reference = /\$\$|\$\(([A-Za-z_]\w*)\)/g;

/** Variables that only carry what the kubelet knows to those behind them. */
const carriers: ReadonlySet<string> = new Set(["OTEL_POD_IP", "OTEL_NODE_IP", podNameEnv, podUidEnv, nodeNameEnv]);

/**
 * The variables as texts: attributes lose what only a cluster knows, and `$(NAME)` is replaced as the kubelet would.
 * @param ours Names of the container's own: of theirs only what injection added to them is, since an engine replaces nothing.
 */
function resolved(env: readonly EnvVar[], name: string, own: string, ours: ReadonlySet<string>): string[] {
  const known = new Map<string, string>([[podNameEnv, name]]);
  const texts: string[] = [];
  for (const variable of env) {
    if (carriers.has(variable.name)) continue;
    const value = ours.has(variable.name)
      ? literal(variable).replaceAll(`$(${podNameEnv})`, name)
      : literal(variable).replace(reference, (all, other?: string) => (other ? (known.get(other) ?? all) : "$"));
    const text = variable.name === attributesEnv ? attributesText(value, name, own) : value;
    known.set(variable.name, text);
    texts.push(variable.value === undefined ? variable.name : `${variable.name}=${text}`);
  }
  return texts;
}

/** @param own The container's own attributes, which stay as they are. */
function attributesText(text: string, name: string, own: string): string {
  const given = new Set(own.split(",").filter((pair) => pair !== ""));
  const defaults = new Map([
    ["service.instance.id", `${namespace}.${name}.${name}`],
    ["service.namespace", namespace],
  ]);
  const kept = text.split(",").flatMap((pair) => {
    const [key = "", value] = pair.split("=");
    if (given.has(pair)) return [pair];
    if (key.startsWith("k8s.")) return [];
    if (value !== defaults.get(key)) return [pair];
    return key === "service.instance.id" ? [`${key}=${name}`] : [];
  });
  return [...kept, `container.name=${name}`].join(",");
}

function copyOf(copier: Container, app: Container, injected: readonly Language[]): AgentCopy {
  const mount = list(copier.volumeMounts)[0];
  const target = list(app.volumeMounts).find((one) => one.name === mount?.name);
  const command = copier["command"];
  if (mount === undefined || target === undefined || !Array.isArray(command)) {
    throw new Error(`init container ${copier.name} is none that copies an agent`);
  }
  const language = injected.find((one) => copier.name.endsWith(`-${one}`)) ?? "sdk";
  return {
    language,
    image: copier.image ?? "",
    command: command.map(String),
    from: mount.mountPath,
    to: target.mountPath,
  };
}

/** Whether a value is a label of a container, as `@pulumi/docker` takes them. */
export function isLabel(value: unknown): value is { label: string; value: string } {
  return isFields(value) && typeof value["label"] === "string" && typeof value["value"] === "string";
}
