import * as pulumi from "@pulumi/pulumi";
import { UserError } from "../../common/errors.ts";
import { nearest } from "../../common/nearest.ts";
import { engineAddress, engineAddressProblems } from "../engine-address.ts";
import { type Contexts, readContexts } from "../kubeconfig.ts";
import { mostPods, type ProfileName, profileNames } from "../profiles.ts";
import { images } from "../versions.ts";
import { type BackendSettings, backendKinds } from "./backend-settings.ts";
import { contradictions } from "./contradictions.ts";
import { type JaegerSettings, jaegerKinds } from "./jaeger-settings.ts";
import { type OperatorSetting, operatorKind } from "./operator-settings.ts";
import { isPattern } from "./patterns.ts";
import { count, flag, image, type Kinds, lineToWrite, listOf, object, oneOf, readAll, record, text } from "./values.ts";

export const samplers = [
  "always_on",
  "always_off",
  "traceidratio",
  "parentbased_always_on",
  "parentbased_always_off",
  "parentbased_traceidratio",
] as const;
export const propagators = ["tracecontext", "baggage", "b3", "b3multi", "jaeger", "ottrace", "xray"] as const;

/** Which traces are kept, decided when they are whole. Errors and slow ones can be kept whatever their share. */
export interface TailSamplingSetting {
  /** Share of all traces to keep, 0 to 1. Default: 0.1. */
  readonly keepShare: string;
  /** Whether every trace with an error is kept. Default: true. */
  readonly keepErrors: boolean;
  /** Milliseconds from which a trace is kept for being slow. Default: 1000. */
  readonly keepSlowerThanMs: number | undefined;
  /** Seconds to wait for the spans of a trace. Default: 10. */
  readonly decisionWaitSeconds: number | undefined;
}

/** What the program is asked to make; the descriptions for users are in Pulumi.yaml. */
export interface Settings extends BackendSettings, JaegerSettings {
  /** Where it is made: in a cluster, or as containers of a Docker Engine. Default: kubernetes. */
  readonly target: "kubernetes" | "docker";
  /** Address of the engine's socket, for the target docker. Default: - what the variable DOCKER_HOST says. */
  readonly dockerHost: string | undefined;
  /** Folder with a folder for each secret that settings name, with a file for each key; for the target docker. Default: - none. */
  readonly secretFiles: string | undefined;
  /** Sizes and durability. Default: laptop. */
  readonly profile: ProfileName;
  /** Name of the kubeconfig's context to deploy to. Empty only where nothing is deployed. */
  readonly context: string;
  /** Path of the kubeconfig, relative to the project. Default: what kubectl would use. */
  readonly kubeconfig: string | undefined;
  /** Namespace of the Collectors and Jaeger. Default: observability. */
  readonly namespace: string;
  /** Whether that namespace is made here or already exists. Default: true. */
  readonly createNamespace: boolean;
  /** Manifest files, or folders of them, of workloads to deploy and instrument. Default: none. */
  readonly workloads: readonly string[];
  /** Value of OTEL_TRACES_SAMPLER. Default: parentbased_always_on. */
  readonly sampler: (typeof samplers)[number];
  /** Share of traces to keep, 0 to 1, for the two ratio samplers. Default: - none. */
  readonly samplerArgument: string | undefined;
  /** Value of OTEL_PROPAGATORS. Default: tracecontext, baggage. */
  readonly propagators: readonly string[];
  /** Traces that Jaeger keeps in memory. Default: - the profile's. */
  readonly maxTraces: number | undefined;
  /** StorageClass of the gateway's disk queue and of badger. Default: - the cluster's default class. */
  readonly storageClass: string | undefined;
  /** The Collector's image. Its tag tells the version, whose component names are written. Default: - the one in versions.ts. */
  readonly collectorImage: string;
  /** Jaeger's image. Its tag tells the version, in whose keys the configuration is written. Default: - the one in versions.ts. */
  readonly jaegerImage: string;
  /** Pods of the gateway. Default: - the profile's. */
  readonly gatewayReplicas: number | undefined;
  /** Pods of the gateway under load; above gatewayReplicas an autoscaler is made. Default: - no autoscaler. */
  readonly gatewayMaxReplicas: number | undefined;
  /** Spans per second of the whole cluster, from which sizes and the loss budget are computed. Default: 1000. */
  readonly spansPerSecond: number | undefined;
  /** Default: - every trace is kept. */
  readonly tailSampling: TailSamplingSetting | undefined;
  /** Regular expressions (RE2) for names of attributes whose values are masked. Default: none. */
  readonly redact: readonly string[];
  /** Whether the gateway also prints every span to its log, for development. Default: false. */
  readonly debug: boolean;
  /** TLS from agents to the gateway and from there to Jaeger; `mutual` asks the client for a certificate too. Default: - the profile's. */
  readonly tls: "off" | "server" | "mutual" | undefined;
  /** Raise it by one to change all certificates. Default: 1. */
  readonly tlsGeneration: number | undefined;
  /** Whether `up` succeeds only after a trace was written and read. Default: true. */
  readonly probe: boolean;
  /** The operator for workloads that others apply. Default: - none. */
  readonly operator: OperatorSetting | undefined;
  /** Components to add to the agents' Collector, by id, in the shape of a Collector configuration. Default: none. */
  readonly agentExtra: Readonly<Record<string, unknown>> | undefined;
  /** The same for the gateway. */
  readonly gatewayExtra: Readonly<Record<string, unknown>> | undefined;
}

const dnsLabel = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;
const share = /^(0(\.\d+)?|1(\.0+)?)$/;
const dnsName = /^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/;

const extraShape = "an object with receivers, processors, exporters, connectors, extensions, pipelines";

export const kinds: Kinds<Settings> = {
  target: oneOf(["kubernetes", "docker"], "kubernetes"),
  dockerHost: text(engineAddress, undefined, "the address of a socket on this machine", "unix:///var/run/docker.sock"),
  secretFiles: text(/\S/, undefined, "the path of a folder", "./secrets"),
  profile: oneOf(profileNames, "laptop"),
  context: text(/\S/, "", "a context of your kubeconfig", "CONTEXT"),
  kubeconfig: text(/\S/, undefined, "the path of a kubeconfig file", "~/.kube/config"),
  namespace: text(dnsLabel, "observability", "a namespace name (a-z, 0-9, -; 63 at most)", "observability"),
  createNamespace: flag(true),
  workloads: listOf((item) => item.trim() !== "", [], "a list of paths of YAML files or folders", "examples"),
  sampler: oneOf(samplers, "parentbased_always_on"),
  samplerArgument: text(share, undefined, "a share of traces from 0 to 1", "0.1"),
  propagators: listOf(
    (item) => propagators.some((known) => known === item),
    ["tracecontext", "baggage"],
    `a list of ${propagators.join(", ")}`,
    "tracecontext",
  ),
  maxTraces: count(10_000_000, 5_000),
  storageClass: text(dnsName, undefined, "the name of a StorageClass", "standard"),
  collectorImage: image(images.collector, images.collector),
  jaegerImage: image(images.jaeger, images.jaeger),
  gatewayReplicas: count(mostPods, 3),
  gatewayMaxReplicas: count(mostPods, 6, "no autoscaler"),
  spansPerSecond: count(10_000_000, 1_000, "1000"),
  tailSampling: record<TailSamplingSetting>({
    keepShare: text(share, "0.1", "a share of traces from 0 to 1", "0.1"),
    keepErrors: flag(true),
    keepSlowerThanMs: count(600_000, 1_000, "1000"),
    decisionWaitSeconds: count(300, 10, "10"),
  }),
  redact: listOf(isPattern, [], "a list of regular expressions (RE2)", "(?i)password"),
  debug: flag(false),
  tls: oneOf(["off", "server", "mutual"], undefined, "mutual"),
  tlsGeneration: count(1_000, 2, "1"),
  probe: flag(true),
  operator: operatorKind,
  agentExtra: object(extraShape, '{"processors":{"attributes/team":{"actions":[]}}}'),
  gatewayExtra: object(extraShape, '{"processors":{"attributes/team":{"actions":[]}}}'),
  ...backendKinds,
  ...jaegerKinds,
};

export const settingNames = Object.keys(kinds) as (keyof Settings)[];

/** The settings of the running Pulumi program. Throws a UserError with every problem. */
export function readSettings(): Settings {
  const prefix = "throughline:";
  const entries = Object.entries(pulumi.runtime.allConfig()).filter(([key]) => key.startsWith(prefix));
  // The SDK has it, but does not declare it.
  const { isConfigSecret } = pulumi.runtime as unknown as { isConfigSecret(key: string): boolean };
  const secret = entries.filter(([key]) => isConfigSecret(key)).map(([key]) => key);
  if (secret.length > 0) throw new UserError(secret.map(secretSetting));
  const own = entries.map(([key, value]) => [key.slice(prefix.length), value]);
  return parseSettings(Object.fromEntries(own), readContexts);
}

/**
 * Why a setting may not be a secret: it is a part of ConfigMaps and previews, which would show what was meant to be hidden.
 * @param key such as `throughline:otlp`
 */
export function secretSetting(key: string): string {
  return `${key} is set as a secret, but settings become part of ConfigMaps, which everyone in the namespace may read. A password or token belongs into a Kubernetes Secret, whose name is told by a setting such as throughline:otlp.secret. Write: pulumi config rm ${key}, kubectl create secret generic otlp-login --from-literal=authorization=..., pulumi config set --path 'throughline:otlp.secret' otlp-login`;
}

/**
 * Settings from texts as `pulumi config` holds them (lists as JSON), keyed without `throughline:`.
 * @param findContexts Looks the contexts up. Without it nothing is going to be deployed, and `context` (or an engine) may be missing.
 * Throws a UserError with every problem.
 */
export function parseSettings(
  raw: Readonly<Record<string, string>>,
  findContexts?: (kubeconfig: string | undefined) => Contexts,
): Settings {
  const { values: settings, problems } = readAll("", raw, kinds);
  problems.push(...contradictions(settings));
  if (findContexts !== undefined) {
    problems.push(
      ...(settings.target === "docker"
        ? engineAddressProblems(settings)
        : contextProblems(settings, findContexts(settings.kubeconfig))),
    );
  }
  if (problems.length > 0) throw new UserError(problems);
  return settings;
}

function contextProblems(settings: Settings, found: Contexts): string[] {
  const known =
    found.names.length > 0 ? `contexts in ${found.where}: ${found.names.join(", ")}` : (found.problem ?? "");
  if (settings.context === "") {
    const line = lineToWrite("context", {}, found.names.length === 1 ? (found.names[0] as string) : "CONTEXT");
    return [
      `throughline:context is not set; nothing is deployed to a cluster you did not name (${known}). Write: ${line}`,
    ];
  }
  if (found.names.includes(settings.context)) return [];
  const meant = nearest(settings.context, found.names) ?? found.names[0] ?? "CONTEXT";
  const line = lineToWrite("context", {}, meant);
  return [`throughline:context is ${JSON.stringify(settings.context)}, which is not there (${known}). Write: ${line}`];
}
