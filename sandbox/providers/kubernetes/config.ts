import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { KubeConfig } from "@kubernetes/client-node";
import { ProviderError } from "./errors.ts";
import { type Props, unknown } from "./values.ts";

/** The provider's inputs, see the `ProviderArgs` of @pulumi/kubernetes for their meaning. */
export interface Settings {
  readonly kubeconfig?: string;
  readonly context?: string;
  readonly cluster?: string;
  /** @default "default", or the namespace of the kubeconfig's context */
  readonly namespace?: string;
  readonly clusterIdentifier?: string;
  readonly enablePatchForce: boolean;
  readonly enableConfigMapMutable: boolean;
  readonly enableSecretMutable: boolean;
  readonly upsertExistingObjects: boolean;
}

/** A connection that a kubeconfig describes. */
export interface Connection {
  readonly config: KubeConfig;
  readonly server: string;
  readonly namespace: string;
  /** For messages: which server, by which context of which file. */
  readonly label: string;
  /** Equal for two connections to the same cluster, whatever port or context leads there. */
  readonly identity: string;
}

const text = (value: unknown): string | undefined => (typeof value === "string" && value !== "" ? value : undefined);
// The SDK sends booleans as JSON text.
const flag = (value: unknown): boolean => value === true || value === "true";

/** Reads the provider's inputs; undefined while one that matters is not known yet (preview). */
export function readSettings(inputs: Props): Settings | undefined {
  const names = ["kubeconfig", "context", "cluster", "namespace", "clusterIdentifier"] as const;
  if (names.some((name) => inputs[name] === unknown)) return undefined;
  const given = names.flatMap((name) => (text(inputs[name]) ? [[name, text(inputs[name])]] : []));
  return {
    ...Object.fromEntries(given),
    enablePatchForce: flag(inputs["enablePatchForce"]),
    enableConfigMapMutable: flag(inputs["enableConfigMapMutable"]),
    enableSecretMutable: flag(inputs["enableSecretMutable"]),
    upsertExistingObjects: flag(inputs["upsertExistingObjects"]),
  };
}

/** What the stand-in cannot do of the provider's inputs: pairs of input and sentence. */
export function unsupported(inputs: Props): { property: string; reason: string }[] {
  const problems: { property: string; reason: string }[] = [];
  if (text(inputs["renderYamlToDirectory"])) {
    problems.push({
      property: "renderYamlToDirectory",
      reason: "the stand-in provider renders no YAML; use `throughline render`",
    });
  }
  if (inputs["enableServerSideApply"] === "false" || inputs["enableServerSideApply"] === false) {
    problems.push({
      property: "enableServerSideApply",
      reason: "got false; the stand-in provider always applies on the server",
    });
  }
  return problems;
}

/**
 * Loads the kubeconfig (path or content; else KUBECONFIG, else ~/.kube/config) and picks context and cluster.
 * @throws ProviderError when it cannot be read or has no such context or cluster
 */
export function connect(settings: Settings): Connection {
  const config = new KubeConfig();
  const source = load(config, settings.kubeconfig);
  const contexts = config.getContexts().map((context) => context.name);
  if (settings.context) {
    if (!contexts.includes(settings.context)) {
      throw new ProviderError(
        `context: got "${settings.context}", but ${source} has ${contexts.length ? contexts.join(", ") : "no contexts"}. ` +
          "Name one of them, or point `kubeconfig` at the right file.",
      );
    }
    config.setCurrentContext(settings.context);
  }
  const current = config.getContextObject(config.getCurrentContext());
  if (!current) {
    const chosen = config.getCurrentContext();
    throw new ProviderError(
      chosen
        ? `${source} says current-context "${chosen}", but has no such context`
        : `${source} names no current context. Set \`context\`.`,
    );
  }
  if (settings.cluster) {
    const clusters = config.getClusters().map((cluster) => cluster.name);
    if (!clusters.includes(settings.cluster)) {
      throw new ProviderError(
        `cluster: got "${settings.cluster}", but ${source} has ${clusters.join(", ") || "no clusters"}.`,
      );
    }
    config.contexts = [...config.contexts.filter((one) => one !== current), { ...current, cluster: settings.cluster }];
  }
  const cluster = config.getCurrentCluster();
  if (!cluster?.server)
    throw new ProviderError(`${source}: context "${current.name}" leads to no cluster with a server address`);
  return {
    config,
    server: cluster.server,
    namespace: settings.namespace ?? current.namespace ?? "default",
    label: `${cluster.server} (context "${current.name}" of ${source})`,
    identity: settings.clusterIdentifier ?? cluster.caData ?? cluster.caFile ?? cluster.server,
  };
}

function load(config: KubeConfig, given: string | undefined): string {
  const file = given?.startsWith("~/") ? given.replace("~", homedir()) : given;
  const isContent = given?.includes("\n") || given?.trimStart().startsWith("{");
  try {
    if (file === undefined) config.loadFromDefault();
    else if (isContent) config.loadFromString(file);
    else if (!existsSync(file)) throw new Error("no such file");
    else config.loadFromFile(file);
  } catch (error) {
    const what = isContent ? "its content" : given ? `"${given}"` : "the default kubeconfig";
    // A parser's message may quote the content, which holds keys.
    const why = isContent ? "it is not a kubeconfig in YAML or JSON" : (error as Error).message.split("\n")[0];
    throw new ProviderError(
      `kubeconfig: cannot read ${what}: ${why}. Set it to the path or the content of a kubeconfig.`,
    );
  }
  if (isContent) return "the given kubeconfig";
  return file ?? process.env["KUBECONFIG"] ?? "~/.kube/config";
}
