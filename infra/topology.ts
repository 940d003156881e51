import { additionProblems, withAdditions } from "../collector-config/additions.ts";
import { type AgentOptions, agentConfig, type Routing } from "../collector-config/agent.ts";
import { batchBytes, requestSeconds } from "../collector-config/backends.ts";
import { drainSeconds, forPeople, outageSeconds, queueBytes } from "../collector-config/budget.ts";
import { gatewayConfig, type Queue } from "../collector-config/gateway.ts";
import { ports } from "../collector-config/ports.ts";
import type { CollectorConfig } from "../collector-config/types.ts";
import { parseImage, spelling } from "../collector-config/versions.ts";
import { UserError } from "../common/errors.ts";
import { backendsOf, redMetricsOf } from "./backends.ts";
import { type JaegerPart, jaegerParts } from "./jaeger/jaeger.ts";
import { type StorageJob, storageJobs } from "./jaeger/jobs.ts";
import { storageText } from "./jaeger/storage.ts";
import { gatewayPods, names } from "./kubernetes/metadata.ts";
import { type DerivedPart, derivation, type Part } from "./part.ts";
import { addressOf, hostOf, type Place } from "./place.ts";
import { profiles } from "./profiles.ts";
import type { Settings } from "./settings/settings.ts";
import { certificateGeneration, type TierTls, tierTls } from "./tier-tls.ts";

/** Where the gateway's volume for the queues is mounted. */
export const queueMount = "/var/lib/otelcol";

/** Everything that the settings mean for agents, gateway and Jaeger, as plain data. */
export interface Topology {
  readonly agent: DerivedPart;
  readonly gateway: DerivedPart;
  /** Jaeger's programs, in the order in which they are changed. */
  readonly jaeger: readonly (JaegerPart & DerivedPart)[];
  /** What tends the storage once a night. */
  readonly jobs: readonly StorageJob[];
  /** Size of each gateway pod's volume. Undefined when queues are in memory. */
  readonly volumeGiB: number | undefined;
  readonly tls: TierTls;
  /** The generation of all certificates that are made, those of the operator too. Undefined when none are. */
  readonly certificates: number | undefined;
  /** How long each backend may be away, for people. */
  readonly lossBudget: string;
  /** What becomes of stored traces, for people. */
  readonly storage: string;
}

/** Computes it all from the settings. Throws a UserError for components that can't be added. */
export function planTopology(settings: Settings): Topology {
  const { spansPerSecond = 1_000 } = settings;
  const profile = profiles[settings.profile];
  const replicas = settings.gatewayReplicas ?? profile.gateway.replicas;
  const tls = tierTls(settings);
  const spell = spelling(parseImage(settings.collectorImage).version);
  const { backends, variables, files } = backendsOf(settings, tls.toJaeger);
  const queue = queueOf(profile.gateway.queue, backends.length);
  const red = redMetricsOf(settings);
  const byTraceId = replicas > 1 && settings.tailSampling !== undefined;
  const agentOptions: AgentOptions = {
    ...profile.agent,
    gateway: byTraceId ? byPod(settings, replicas) : byService(settings, replicas),
    kubernetes: settings.target === "kubernetes",
    tls: tls.toGateway,
  };
  const gatewayOptions = {
    backends,
    queue,
    batchDelayMs: profile.gateway.batchDelayMs,
    tls: tls.ofGateway,
    redMetrics: red.metrics,
    tailSampling: settings.tailSampling && {
      keepShare: Number(settings.tailSampling.keepShare),
      keepErrors: settings.tailSampling.keepErrors,
      keepSlowerThanMs: settings.tailSampling.keepSlowerThanMs ?? 1_000,
      decisionWaitSeconds: settings.tailSampling.decisionWaitSeconds ?? 10,
      spansPerSecond,
    },
    redact: settings.redact,
  };
  const collector = { image: settings.collectorImage, healthPath: "/", variables: [], files: [] };
  const agent: Part = {
    ...collector,
    name: names.agent,
    config: added("agentExtra", settings, agentConfig(agentOptions, spell)),
    resources: profile.agent.resources,
    gracePeriodSeconds: 30,
    replicas: 1,
    services: [names.agent],
  };
  const gateway: Part = {
    ...collector,
    name: names.gateway,
    config: added("gatewayExtra", settings, gatewayConfig(gatewayOptions, spell)),
    resources: profile.gateway.resources,
    gracePeriodSeconds: drainSeconds(queue, batchBytes, Math.max(...backends.map(requestSeconds))),
    replicas,
    services: [names.gateway, names.gatewayOtlp, ...(byTraceId ? gatewayPods(replicas) : [])],
    variables: [...variables, ...red.variables],
    files: [...files, ...red.files],
  };
  const jaeger = jaegerParts(settings, tls);
  const derived = derivation([agent, gateway, ...jaeger], (service) => hostOf(settings, service), [names.agent]);
  return {
    agent: derived(agent),
    gateway: derived(gateway),
    jaeger: jaeger.map(derived),
    tls,
    certificates: tls.generation ?? (settings.operator && certificateGeneration(settings)),
    volumeGiB: profile.gateway.queue.kind === "disk" ? profile.gateway.queue.volumeGiB : undefined,
    lossBudget: lossBudget(queue, spansPerSecond, replicas, settings),
    jobs: storageJobs(settings),
    storage: storageText(settings),
  };
}

function queueOf(queue: (typeof profiles)[keyof typeof profiles]["gateway"]["queue"], backends: number): Queue {
  if (queue.kind === "memory") return queue;
  const bytes = queueBytes(queue.volumeGiB * 1024 ** 3, backends);
  // Below the mount point: the volume's own folder may hold lost+found.
  return { kind: "disk", bytes, directory: `${queueMount}/queue` };
}

function byService(settings: Settings, replicas: number): Routing {
  const several = (settings.gatewayMaxReplicas ?? replicas) > 1;
  return { kind: "any", endpoint: addressOf(settings, names.gatewayOtlp, ports.otlpHttp), several };
}

function byPod(place: Place, replicas: number): Routing {
  const [first, ...others] = gatewayPods(replicas).map((pod) => addressOf(place, pod, ports.otlpGrpc));
  return { kind: "by-trace-id", endpoints: [first as string, ...others] };
}

/** The configuration with the user's own components. */
function added(name: "agentExtra" | "gatewayExtra", settings: Settings, config: CollectorConfig): CollectorConfig {
  const extra = settings[name];
  if (extra === undefined) return config;
  const problems = additionProblems(extra).map(
    (problem) =>
      `throughline:${name}: ${problem}. Write: pulumi config set --path 'throughline:${name}.processors' ...`,
  );
  if (problems.length > 0) throw new UserError(problems);
  return withAdditions(config, extra);
}

function lossBudget(
  queue: Queue,
  spansPerSecond: number,
  replicas: number,
  { tailSampling, opensearch, target }: Settings,
): string {
  const away = forPeople(outageSeconds(queue.bytes, spansPerSecond, replicas));
  const one = target === "docker" ? "container" : "pod";
  const where = queue.kind === "disk" ? `on disk, kept when ${one}s are killed` : `in memory, lost with the ${one}`;
  const waiting =
    tailSampling === undefined
      ? ""
      : `; ${tailSampling.decisionWaitSeconds ?? 10} s of spans wait for their trace's decision in memory`;
  const except =
    opensearch === undefined
      ? ""
      : "; except opensearch, whose exporter drops what the server refuses for a while (429)";
  return `each backend may be away for ${away} at ${spansPerSecond} spans per second (${where}); after that senders wait${waiting}${except}`;
}
