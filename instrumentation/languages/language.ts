import type { AgentField } from "../defaulter.ts";
import type {
  AgentSpec,
  Container,
  EnvVar,
  InstrumentationSpec,
  Language,
  NamespaceInfo,
  ObjectMeta,
  Problem,
} from "../types.ts";

/** Field of an Instrumentation that describes the agent of each language; `sdk` has none. */
export const agentFieldOf: Readonly<Record<Exclude<Language, "sdk">, AgentField>> = {
  java: "java",
  nodejs: "nodejs",
  python: "python",
  dotnet: "dotnet",
  go: "go",
  "apache-httpd": "apacheHttpd",
  nginx: "nginx",
};

/** What a language part is told about the pod and the Instrumentation it works for. */
export interface LanguageContext {
  readonly namespace: NamespaceInfo;
  readonly pod: ObjectMeta;
  readonly spec: InstrumentationSpec;
  readonly agent: AgentSpec;
}

/** One more init container of a language, beside the one that copies the agent. */
export interface ExtraInit {
  readonly name: string;
  readonly image: string;
  readonly command: readonly string[];
}

/**
 * A language whose agent is copied by an init container into a volume that the application mounts.
 * Variables are added in two steps, with the Instrumentation's own `env` between them.
 */
export interface CopiedAgent {
  readonly field: "java" | "nodejs" | "python" | "dotnet";
  /** Why the agent cannot go into a container; undefined when it can. */
  readonly refuse: (container: Container, env: readonly EnvVar[], context: LanguageContext) => Problem | undefined;
  /** Variables set before the Instrumentation's `env`. */
  readonly early?: (env: EnvVar[]) => void;
  /** Variables set after the Instrumentation's `env`. */
  readonly late: (env: EnvVar[], container: Container, context: LanguageContext) => void;
  readonly mountPath: (container: Container) => string;
  /** Command of the init container. */
  readonly copy: (context: LanguageContext) => readonly string[];
  readonly extraInits?: (context: LanguageContext) => readonly ExtraInit[];
}

/** Volume and init container of a language share this name; its presence also marks a pod as injected. */
export function agentName(field: string): string {
  return `opentelemetry-auto-instrumentation-${field}`;
}

/** Where the init container of a language finds the volume. */
export function agentPath(field: string): string {
  return `/otel-auto-instrumentation-${field}`;
}

/** Problem of a variable that an agent has to extend but that takes its value from elsewhere. */
export function valueFromProblem(language: string, container: Container, name: string): Problem {
  return {
    code: "agent-variable-from-elsewhere",
    message: `container ${container.name} sets ${name} by valueFrom, so the ${language} agent cannot be added to it and the container would stay without traces. ${name} must be a literal. Write: - name: ${name} with value: "<text>"`,
  };
}
