import { AsyncLocalStorage } from "node:async_hooks";
import * as pulumi from "@pulumi/pulumi";
import { UserError } from "../common/errors.ts";
import { prefix } from "./annotations.ts";
import { decide } from "./decide.ts";
import { withDefaults } from "./defaulter.ts";
import { inject } from "./inject.ts";
import { Lifter } from "./outputs.ts";
import { told } from "./told.ts";
import type { Instrumentation, InstrumentationSpec, Problem, Workload } from "./types.ts";
import { isFields, podTemplate, replaceAt, templatePath } from "./workload.ts";

/** How `registerInstrumentation` and `instrumented` inject. */
export interface RegisterArgs {
  /**
   * The Instrumentation: it counts in every namespace as its only one, so `inject-...: "true"` means it. What it leaves open gets the
   * operator's defaults, images of the agents included. `instrumentationSpec` of defaults.ts makes one that sends to this project's stack.
   */
  readonly spec: InstrumentationSpec;
  /** Its name, for annotations that name an Instrumentation. Default "default". */
  readonly name?: string;
  /**
   * Further ones, for annotations that name one: `inject-...: "<namespace>/<name>"`, in its own namespace also `"<name>"`. There `"true"`
   * is refused, since it would have several to choose from, as in a cluster. Default: none.
   */
  readonly instrumentations?: readonly Instrumentation[];
  /** Annotations of Namespaces by name; they count for every pod in them. Default: no namespace has any. */
  readonly namespaces?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** Namespace of workloads that name none. Default "default"; give the provider's own if it has another. */
  readonly defaultNamespace?: string;
}

type Props = Record<string, unknown>;

const kinds = new Map([
  ["kubernetes:apps/v1:Deployment", "Deployment"],
  ["kubernetes:apps/v1:StatefulSet", "StatefulSet"],
  ["kubernetes:apps/v1:DaemonSet", "DaemonSet"],
  ["kubernetes:apps/v1:ReplicaSet", "ReplicaSet"],
  ["kubernetes:batch/v1:Job", "Job"],
  ["kubernetes:batch/v1:CronJob", "CronJob"],
  ["kubernetes:core/v1:Pod", "Pod"],
]);
const namespaceType = "kubernetes:core/v1:Namespace";

/** A Namespace whose annotations opt in, but were not given, would depend on which resource is seen first; refuse that. */
async function checkNamespace(props: Props, args: RegisterArgs): Promise<void> {
  const lifter = new Lifter();
  const metadata = await lifter.lift(props["metadata"]);
  if (!isFields(metadata) || !isFields(metadata["annotations"])) return;
  const name = lifter.known(metadata["name"]) ?? "";
  const given = args.namespaces?.[name] ?? {};
  const problems: string[] = [];
  for (const [key, value] of Object.entries(metadata["annotations"])) {
    if (!key.startsWith(prefix) || lifter.known(value) === given[key]) continue;
    problems.push(
      `Namespace ${name}: annotation ${key} is ${JSON.stringify(lifter.known(value) ?? "not known yet")}, but the injection was given ${JSON.stringify(given[key] ?? "none")}; it has to know the annotations of namespaces before their workloads. Write: namespaces: { ${JSON.stringify(name)}: { ${JSON.stringify(key)}: ${JSON.stringify(lifter.known(value) ?? "true")} } }`,
    );
  }
  if (problems.length > 0) throw new UserError(problems);
}

/** The Instrumentations that count for workloads of a namespace. */
function instrumentationsFor(namespace: string, args: RegisterArgs): Instrumentation[] {
  const main = { namespace, name: args.name ?? "default", spec: args.spec };
  return [main, ...(args.instrumentations ?? [])].map((one) => ({ ...one, spec: withDefaults(one.spec) }));
}

/** A problem as one line that says whose it is. */
function line(kind: string, namespace: string, name: unknown, resource: string | undefined, problem: Problem): string {
  if (typeof name === "string" && name !== "") return `${kind} ${namespace}/${name}: ${problem.message}`;
  if (resource === undefined) return `${kind} ${namespace}/(no name): ${problem.message}`;
  // Pulumi would make the object's name from the resource's, so that one is near what is wanted.
  const message = problem.message.replace('"<name>"', () => JSON.stringify(resource));
  return `${kind} ${namespace}/(no name), resource ${JSON.stringify(resource)}: ${message}`;
}

/** Whether namespaces that were given may opt a workload in that says nothing itself. */
function namespaceAsks(args: RegisterArgs, namespace: string): boolean {
  return Object.keys(args.namespaces?.[namespace] ?? {}).some((key) => key.startsWith(prefix));
}

/**
 * The properties of a workload resource with what its annotations ask for, or undefined where they stay as they are.
 *
 * Outputs are kept: an Output stays in its place, secret or unknown as it was, and text that injection builds around one becomes an Output.
 * @param type the resource's type token; types that are no workload are left alone
 * @param resource the resource's name in the program, for errors of objects without a name of their own
 * @throws UserError with all problems of the workload when something that was asked for cannot be injected
 */
export async function transformProps(
  type: string,
  props: Props,
  args: RegisterArgs,
  resource?: string,
): Promise<Props | undefined> {
  if (type === namespaceType) {
    await checkNamespace(props, args);
    return undefined;
  }
  const kind = kinds.get(type);
  if (kind === undefined) return undefined;

  const lifter = new Lifter();
  const lifted = (await lifter.lift(props)) as Props;
  const defaultNamespace = args.defaultNamespace ?? "default";
  const decided = decide({ ...lifted, kind } as Workload, lifter, defaultNamespace);
  const { workload, namespace } = decided;
  if (!decided.asks && !namespaceAsks(args, namespace)) return undefined;
  const result =
    decided.problems.length > 0
      ? { workload, injected: [], problems: decided.problems }
      : inject({
          workload,
          namespace: { name: namespace, annotations: args.namespaces?.[namespace] },
          instrumentations: instrumentationsFor(namespace, args),
          late: lifter.late,
        });
  if (result.problems.length > 0) {
    const name = workload.metadata?.name;
    throw new UserError(result.problems.map((problem) => line(kind, namespace, name, resource, problem)));
  }
  const spec = podTemplate(result.workload)?.spec;
  if (result.injected.length === 0 || spec === undefined) return undefined;
  return lifter.restore(replaceAt(lifted, [...(templatePath(kind) ?? []), "spec"], spec)) as Props;
}

/** The two halves of an injection, for the stack or for the options of a resource. */
interface Halves {
  /** Injects. */
  readonly transform: pulumi.ResourceTransform;
  /** Finds problems before; undefined where there is no engine. */
  readonly check: pulumi.ResourceTransformation | undefined;
}

function halves(args: RegisterArgs): Halves {
  // A transform's error reaches the user through the engine, with stack trace. So problems are found before, where the SDK itself reads the
  // properties and tells an error of them as it stands. The transform remains the one that injects: it also sees what remote components make.
  // Under Pulumi's mocks there is neither a stack nor an engine, and the transform's error arrives as it is.
  const check: pulumi.ResourceTransformation = ({ type, name, props, opts }) =>
    kinds.has(type) || type === namespaceType ? { props: checked(type, props, args, name), opts } : undefined;
  // The SDK calls transforms back outside the program's async context and encodes their results there, where an inline program (Automation
  // API) does not know that the engine takes secrets: they would reach the state as plain text. So the result is encoded here, in context.
  const inProgram = AsyncLocalStorage.snapshot();
  const transform: pulumi.ResourceTransform = ({ type, name, props, opts }) =>
    inProgram(async () => {
      const changed = await transformProps(type, props, args, name);
      if (changed === undefined) return undefined;
      return { props: await pulumi.runtime.serializeProperties("props", changed, { keepOutputValues: true }), opts };
    });
  return { transform, check: pulumi.runtime.getStackResource() ? check : undefined };
}

/**
 * Injects every annotated workload that the program creates from here on, those of components included.
 *
 * Call it before any workload is created: a stack transform sees later resources only. A workload with a problem fails preview and update
 * and is not created; nothing is skipped silently.
 * @see https://www.pulumi.com/docs/iac/concepts/resources/options/transforms/
 */
export function registerInstrumentation(args: RegisterArgs): void {
  const { transform, check } = halves(args);
  if (check !== undefined) pulumi.runtime.registerStackTransformation(check);
  pulumi.runtime.registerResourceTransform(transform);
}

/**
 * Resource options that inject the annotated workloads of one component, or one workload, and of nothing else:
 * `new App("app", args, instrumented({ spec }))`. The guarantees are those of `registerInstrumentation`. Where both see a workload, the
 * innermost injects.
 * @param opts options to keep; their own transforms go first, so that injection sees what they make. Default: none.
 */
export function instrumented<T extends pulumi.ResourceOptions = pulumi.ResourceOptions>(
  args: RegisterArgs,
  opts?: T,
): T & Pick<pulumi.ResourceOptions, "transforms" | "transformations"> {
  const { transform, check } = halves(args);
  return {
    ...(opts as T),
    transforms: [...(opts?.transforms ?? []), transform],
    ...(check !== undefined && { transformations: [...(opts?.transformations ?? []), check] }),
  };
}

/** The properties, to be had only when they can be injected. */
function checked(type: string, props: Props, args: RegisterArgs, resource: string): Props {
  const metadata = transformProps(type, props, args, resource).then(
    () => props["metadata"],
    (error: unknown) => {
      throw error instanceof UserError ? told(error.message) : error;
    },
  );
  // The SDK waits for it with the other properties; until then nobody has heard of the failure.
  metadata.catch(() => {});
  return { ...props, metadata };
}
