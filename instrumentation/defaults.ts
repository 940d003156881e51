import { ports } from "../collector-config/ports.ts";
import { type AgentField, agentFields, resourcesField } from "./defaulter.ts";
import type { AgentSpec, EnvVar, Fields, InstrumentationSpec, Resources } from "./types.ts";

export interface SpecArgs {
  /** Namespace of the Collector agent's Service. */
  readonly namespace: string;
  /** Name of the Collector agent's Service. Default `otel-agent`. */
  readonly agentService?: string;
  /** OTLP/HTTP endpoint without path; overrides namespace and service. Default `http://<agentService>.<namespace>.svc:4318`. */
  readonly endpoint?: string;
  /**
   * OTLP/gRPC endpoint, for the modules of Apache and nginx, which know no other protocol.
   * Default `http://<agentService>.<namespace>.svc:4317`; with `endpoint` given, that one.
   */
  readonly grpcEndpoint?: string;
  /** Sampler of the SDKs (OTEL_TRACES_SAMPLER). Default: none is set, so the SDKs' own `parentbased_always_on`. */
  readonly sampler?: string;
  /** Its argument, for ratio samplers a number from 0 to 1. */
  readonly samplerArgument?: string;
  /** Images of the agents, by field of the Instrumentation. A language without one is refused; `inject-sdk` needs none. */
  readonly images?: Readonly<Partial<Record<AgentField, string>>>;
  /** Resources of every container that brings an agent. Default: limits 500m/256Mi, requests 50m/128Mi. */
  readonly agentResources?: Resources;
  /** Size limit of the volume that holds an agent (Java, Node.js, Python, .NET), as a quantity. Default 200Mi. */
  readonly volumeLimitSize?: string;
  /** How long the SDKs collect spans before they send them, in ms (OTEL_BSP_SCHEDULE_DELAY). Default 1000. */
  readonly scheduleDelayMs?: number;
  /** Resource attributes for every span. */
  readonly resourceAttributes?: Readonly<Record<string, string>>;
  /** Further variables; they win over those set here. */
  readonly env?: readonly EnvVar[];
}

/** User and group of the init container; any but root will do, it only copies files into an emptyDir. */
const copierId = 65532;

/** What Pod Security "restricted" asks of a container. */
const restricted: Fields = {
  runAsNonRoot: true,
  runAsUser: copierId,
  runAsGroup: copierId,
  allowPrivilegeEscalation: false,
  capabilities: { drop: ["ALL"] },
  seccompProfile: { type: "RuntimeDefault" },
};

const agentResources: Resources = {
  limits: { cpu: "500m", memory: "256Mi" },
  requests: { cpu: "50m", memory: "128Mi" },
};

const withVolume: ReadonlySet<AgentField> = new Set<AgentField>(["java", "nodejs", "python", "dotnet"]);

/**
 * How long an SDK tries to hand over a batch, retries included, in ms. By themselves these give up after 10 s, and then the Collector agent
 * drops the batch too: less than a gateway may need to come back. Go's SDK tries for 30 s; Python's reads seconds (lint rule
 * `python-timeout-in-milliseconds`), which its next release may not.
 */
const patience: EnvVar = { name: "OTEL_EXPORTER_OTLP_TIMEOUT", value: "20000" };
const impatient: ReadonlySet<AgentField> = new Set<AgentField>(["java", "nodejs", "dotnet"]);

/** The directives that tell a web server's module where to send. */
const endpointDirectives = {
  apacheHttpd: "ApacheModuleOtelExporterEndpoint",
  nginx: "NginxModuleOtelExporterEndpoint",
} as const;

/** What the Instrumentation says of one agent. */
function agentSpec(field: AgentField, image: string, args: SpecArgs, grpcEndpoint: string | undefined): AgentSpec {
  // A variable of the language would win over the same one for all.
  const patient = impatient.has(field) && !args.env?.some(({ name }) => name === patience.name);
  const directive = field === "apacheHttpd" || field === "nginx" ? endpointDirectives[field] : undefined;
  return {
    image,
    [resourcesField(field)]: args.agentResources ?? agentResources,
    ...(args.volumeLimitSize !== undefined && withVolume.has(field) && { volumeLimitSize: args.volumeLimitSize }),
    ...(patient && { env: [patience] }),
    ...(directive !== undefined && grpcEndpoint !== undefined && { attrs: [{ name: directive, value: grpcEndpoint }] }),
  };
}

/**
 * The Instrumentation that this project's own stack uses: traces only, by OTLP/HTTP to the Collector agent (by OTLP/gRPC from web servers).
 *
 * Endpoint and protocol go as a pair. Metrics and logs exporters are off, because the Collector takes traces only; a workload that sets
 * one of these variables itself keeps its value.
 */
export function instrumentationSpec(args: SpecArgs): InstrumentationSpec {
  const own = args.env ?? [];
  const defaults: EnvVar[] = [
    { name: "OTEL_EXPORTER_OTLP_PROTOCOL", value: "http/protobuf" },
    { name: "OTEL_BSP_SCHEDULE_DELAY", value: String(args.scheduleDelayMs ?? 1000) },
    { name: "OTEL_METRICS_EXPORTER", value: "none" },
    { name: "OTEL_LOGS_EXPORTER", value: "none" },
  ];
  const service = `http://${args.agentService ?? "otel-agent"}.${args.namespace}.svc`;
  const grpcEndpoint = args.grpcEndpoint ?? (args.endpoint === undefined ? `${service}:${ports.otlpGrpc}` : undefined);
  const agents = agentFields.flatMap((field) => {
    const image = args.images?.[field];
    return image === undefined ? [] : [[field, agentSpec(field, image, args, grpcEndpoint)] as const];
  });
  return {
    exporter: { endpoint: args.endpoint ?? `${service}:${ports.otlpHttp}` },
    propagators: ["tracecontext", "baggage"],
    ...(args.sampler === undefined
      ? {}
      : {
          sampler: {
            type: args.sampler,
            ...(args.samplerArgument === undefined ? {} : { argument: args.samplerArgument }),
          },
        }),
    ...(args.resourceAttributes === undefined ? {} : { resource: { resourceAttributes: args.resourceAttributes } }),
    env: [...defaults.filter(({ name }) => !own.some((variable) => variable.name === name)), ...own],
    initContainerSecurityContext: restricted,
    ...Object.fromEntries(agents),
  };
}
