import { ports } from "../collector-config/ports.ts";
import type { EnvVar, Fields, InstrumentationSpec, Resources } from "./types.ts";

export interface SpecArgs {
  /** Namespace of the Collector agent's Service. */
  readonly namespace: string;
  /** Name of the Collector agent's Service. Default `otel-agent`. */
  readonly agentService?: string;
  /** OTLP/HTTP endpoint without path; overrides namespace and service. Default `http://<agentService>.<namespace>.svc:4318`. */
  readonly endpoint?: string;
  /** Sampler of the SDKs (OTEL_TRACES_SAMPLER). Default: none is set, so the SDKs' own `parentbased_always_on`. */
  readonly sampler?: string;
  /** Its argument, for ratio samplers a number from 0 to 1. */
  readonly samplerArgument?: string;
  /** Image of the Node.js agent, which `inject-nodejs` copies into the pod. Without it `inject-nodejs` is refused. */
  readonly nodejsImage?: string;
  /** Resources of the init container that copies the agent. Default: limits 500m/256Mi, requests 50m/128Mi. */
  readonly nodejsResources?: Resources;
  /** Size limit of the volume that holds the agent, as a quantity. Default 200Mi. */
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

const copierResources: Resources = {
  limits: { cpu: "500m", memory: "256Mi" },
  requests: { cpu: "50m", memory: "128Mi" },
};

/**
 * The Instrumentation that this project's own stack uses: traces only, by OTLP/HTTP to the Collector agent.
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
  const agent = { ...(args.volumeLimitSize === undefined ? {} : { volumeLimitSize: args.volumeLimitSize }) };
  return {
    exporter: {
      endpoint: args.endpoint ?? `http://${args.agentService ?? "otel-agent"}.${args.namespace}.svc:${ports.otlpHttp}`,
    },
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
    ...(args.nodejsImage === undefined
      ? {}
      : {
          nodejs: { image: args.nodejsImage, resourceRequirements: args.nodejsResources ?? copierResources, ...agent },
        }),
  };
}
