import * as pulumi from "@pulumi/pulumi";
import { UserError } from "../common/errors.ts";
import { nearest } from "../common/nearest.ts";
import { type Contexts, readContexts } from "./kubeconfig.ts";
import { type ProfileName, profileNames } from "./profiles.ts";
import { count, flag, type Kind, lineToWrite, listOf, oneOf, refusal, text } from "./values.ts";

export const samplers = [
  "always_on",
  "always_off",
  "traceidratio",
  "parentbased_always_on",
  "parentbased_always_off",
  "parentbased_traceidratio",
] as const;
export const propagators = ["tracecontext", "baggage", "b3", "b3multi", "jaeger", "ottrace", "xray"] as const;

/** What the program is asked to make; the descriptions for users are in Pulumi.yaml. */
export interface Settings {
  /** Where it is made. Default: kubernetes, the only target so far. */
  readonly target: "kubernetes";
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
  /** StorageClass of the gateway's disk queue. Default: - the cluster's default class. */
  readonly storageClass: string | undefined;
}

const dnsLabel = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;
const dnsName = /^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/;

const kinds: { readonly [K in keyof Settings]: Kind<Settings[K]> } = {
  target: oneOf(["kubernetes"], "kubernetes"),
  profile: oneOf(profileNames, "laptop"),
  context: text(/\S/, "", "a context of your kubeconfig", "CONTEXT"),
  kubeconfig: text(/\S/, undefined, "the path of a kubeconfig file", "~/.kube/config"),
  namespace: text(dnsLabel, "observability", "a namespace name (a-z, 0-9, -; 63 at most)", "observability"),
  createNamespace: flag(true),
  workloads: listOf((item) => item.trim() !== "", [], "a list of paths of YAML files or folders", "examples"),
  sampler: oneOf(samplers, "parentbased_always_on"),
  samplerArgument: text(/^(0(\.\d+)?|1(\.0+)?)$/, undefined, "a share of traces from 0 to 1", "0.1"),
  propagators: listOf(
    (item) => propagators.some((known) => known === item),
    ["tracecontext", "baggage"],
    `a list of ${propagators.join(", ")}`,
    "tracecontext",
  ),
  maxTraces: count(10_000_000, 5_000),
  storageClass: text(dnsName, undefined, "the name of a StorageClass", "standard"),
};

export const settingNames = Object.keys(kinds) as (keyof Settings)[];

/** The settings of the running Pulumi program. Throws a UserError with every problem. */
export function readSettings(): Settings {
  const prefix = "throughline:";
  const entries = Object.entries(pulumi.runtime.allConfig());
  const own = entries
    .filter(([key]) => key.startsWith(prefix))
    .map(([key, value]) => [key.slice(prefix.length), value]);
  return parseSettings(Object.fromEntries(own), readContexts);
}

/**
 * Settings from texts as `pulumi config` holds them (lists as JSON), keyed without `throughline:`.
 * @param findContexts Looks the contexts up. Without it nothing is going to be deployed, and `context` may be missing.
 * Throws a UserError with every problem.
 */
export function parseSettings(
  raw: Readonly<Record<string, string>>,
  findContexts?: (kubeconfig: string | undefined) => Contexts,
): Settings {
  const problems: string[] = unknownKeys(raw);
  const read = <K extends keyof Settings>(name: K): Settings[K] => {
    const kind = kinds[name];
    const got = Object.hasOwn(raw, name) ? (raw[name] ?? "") : "";
    if (got === "" || got === kind.unsetText) return kind.unset;
    const value = kind.parse(got);
    if (value === undefined) problems.push(refusal(name, got, kind));
    return value ?? kind.unset;
  };
  const settings: Settings = {
    target: read("target"),
    profile: read("profile"),
    context: read("context"),
    kubeconfig: read("kubeconfig"),
    namespace: read("namespace"),
    createNamespace: read("createNamespace"),
    workloads: read("workloads"),
    sampler: read("sampler"),
    samplerArgument: read("samplerArgument"),
    propagators: read("propagators"),
    maxTraces: read("maxTraces"),
    storageClass: read("storageClass"),
  };
  problems.push(...contradictions(settings));
  if (findContexts !== undefined) problems.push(...contextProblems(settings, findContexts(settings.kubeconfig)));
  if (problems.length > 0) throw new UserError(problems);
  return settings;
}

function unknownKeys(raw: Readonly<Record<string, string>>): string[] {
  return Object.keys(raw)
    .filter((key) => !Object.hasOwn(kinds, key))
    .map((key) => {
      const meant = nearest(key, settingNames);
      const suggestion = meant === undefined ? `known settings: ${settingNames.join(", ")}` : `did you mean ${meant}?`;
      return `throughline:${key} is not a setting; ${suggestion} Write: pulumi config rm throughline:${key}`;
    });
}

function contradictions(settings: Settings): string[] {
  const problems: string[] = [];
  const ratio = settings.sampler.endsWith("traceidratio");
  if (ratio && settings.samplerArgument === undefined) {
    const line = lineToWrite("samplerArgument", {}, kinds.samplerArgument.example);
    problems.push(
      `throughline:sampler is ${settings.sampler}, which needs ${kinds.samplerArgument.allowed}. Write: ${line}`,
    );
  }
  if (!ratio && settings.samplerArgument !== undefined) {
    problems.push(
      `throughline:samplerArgument is "${settings.samplerArgument}", but the sampler ${settings.sampler} takes none; it goes with traceidratio and parentbased_traceidratio. Write: pulumi config rm throughline:samplerArgument`,
    );
  }
  if (settings.storageClass !== undefined && settings.profile === "laptop") {
    problems.push(
      `throughline:storageClass is "${settings.storageClass}", but the profile laptop keeps nothing on disk. Write: pulumi config set throughline:profile standard`,
    );
  }
  return problems;
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
