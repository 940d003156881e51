import type { InjectInput, InjectResult } from "../inject.ts";
import type { Container, EnvVar, Fields, InstrumentationSpec, Language, PodSpec } from "../types.ts";

/** What `lint` looks at: what injection does, and where it is known, what stands beside the workload. */
export interface LintInput extends InjectInput {
  /** Services of the cluster, as far as known. Default: - none, so rules about them are silent. */
  readonly services?: readonly { readonly name: string; readonly namespace: string }[];
}

/** `error`: no trace arrives, or not whole. `warning`: it may. */
export type Severity = "error" | "warning";

/** What is wrong with one workload. The message names the place, the value got, what is allowed and the line to write. */
export interface Finding {
  readonly id: string;
  readonly severity: Severity;
  readonly message: string;
}

/** A container with tracing, as it will run. */
export interface Traced {
  /** The container as the user wrote it; undefined for one that injection adds, such as the Go agent. */
  readonly own: Container | undefined;
  readonly container: Container;
  readonly name: string;
  readonly init: boolean;
  /** Variables after injection by name; of those that stand there twice the last, which is the one that counts. */
  readonly env: ReadonlyMap<string, EnvVar>;
}

/** One workload, as the rules see it. */
export interface Subject {
  readonly input: LintInput;
  readonly kind: string;
  readonly namespace: string;
  /** The pod template's annotations as the user wrote them. */
  readonly annotations: Readonly<Record<string, unknown>>;
  /** The pod before and after injection. */
  readonly ownPod: PodSpec;
  readonly pod: PodSpec;
  readonly result: InjectResult;
  /** Languages that were injected, each with the spec it followed. */
  readonly injected: ReadonlyMap<Language, InstrumentationSpec>;
  /** Containers that carry an `OTEL_` variable after injection. */
  readonly traced: readonly Traced[];
}

/** A pod for an example: the rest of it is one container `app` that opts in by `inject-sdk`, and an Instrumentation without fault. */
export interface Example {
  /** Default: Deployment. */
  readonly kind?: string;
  /** Annotations of the pod template. Default: `inject-sdk: "true"`. */
  readonly annotations?: Readonly<Record<string, string>>;
  /** Fields of the container. */
  readonly container?: Fields;
  /** Fields of the pod's spec. */
  readonly pod?: Fields;
  /** Fields of the Instrumentation's spec, in place of those of the same name. */
  readonly spec?: Fields;
  readonly namespaceAnnotations?: Readonly<Record<string, string>>;
  readonly services?: LintInput["services"];
}

/** The annotation that asks for a language, for examples. */
export const asks = (language: string): Record<string, string> => ({
  [`instrumentation.opentelemetry.io/inject-${language}`]: "true",
});

/** One way to lose traces that can be seen in manifests. */
export interface LintRule {
  /** Stable, in kebab case. */
  readonly id: string;
  /** What should be so, in one sentence. */
  readonly title: string;
  /** What happens otherwise, in one sentence. */
  readonly why: string;
  readonly severity: Severity;
  /** The ways to lose a trace that it catches, each as a user would tell of it. */
  readonly catches: readonly string[];
  readonly example: { readonly wrong: Example; readonly right: Example };
  /** Messages about a workload. Reads anything, throws nothing. */
  readonly check: (subject: Subject) => readonly string[];
}

/** The text of a variable; undefined where it is absent or known in the cluster only. */
export function textOf({ env }: Traced, name: string): string | undefined {
  const value = env.get(name)?.value;
  return typeof value === "string" && !value.includes("$(") ? value : undefined;
}

/** A message about a variable of a container, in the one form that all of them have. */
export function said(traced: Traced, name: string, what: string, write: string): string {
  return `container ${traced.name}: ${name} ${what}. Write: ${write}`;
}

/** Messages of a check of each traced container. */
export function ofEach(check: (traced: Traced, subject: Subject) => readonly string[]): LintRule["check"] {
  return (subject) => subject.traced.flatMap((traced) => check(traced, subject));
}
