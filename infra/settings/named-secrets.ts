import { type ApiException, CoreV1Api, type KubeConfig } from "@kubernetes/client-node";
import { within } from "../../receipt/within.ts";
import type { Settings } from "./settings.ts";

/** A Secret that a setting names. */
export interface NamedSecret {
  /** Such as `storage.secret`. */
  readonly setting: string;
  readonly secret: string;
  readonly keys: readonly string[];
}

const timeoutMs = 5_000;
const authority = ["ca.crt"];
const userAndPassword = ["username", "password"];

/** Every Secret that the settings name and that pods read at their start. */
export function namedSecrets(settings: Settings): NamedSecret[] {
  const { jaeger, ingress, storage, kafka } = settings;
  const of = (
    setting: string,
    named: { readonly secret: string | undefined; readonly ca?: string | undefined } | undefined,
    keys: readonly string[],
  ): NamedSecret[] => [
    ...(named?.secret ? [{ setting: `${setting}.secret`, secret: named.secret, keys }] : []),
    ...(named?.ca ? [{ setting: `${setting}.ca`, secret: named.ca, keys: authority }] : []),
  ];
  return [
    ...(["otlp", "zipkin", "elasticsearch", "opensearch", "prometheus"] as const).flatMap((name) =>
      of(name, settings[name], ["authorization"]),
    ),
    ...of("kafka", kafka, userAndPassword),
    ...of("storage", storage, userAndPassword),
    ...of("jaeger.buffer", jaeger?.buffer, userAndPassword),
    ...of("ingress", ingress, ["client-id", "client-secret", "cookie-secret"]),
  ];
}

/** What is wrong with the Secrets, and what could not be looked at, a sentence each. */
export interface SecretFindings {
  readonly problems: readonly string[];
  readonly notes: readonly string[];
}

/**
 * Looks whether the Secrets that settings name are in the cluster with their keys. Without them pods would wait for ever.
 * No value of a Secret is kept or told.
 */
export async function missingSecrets(settings: Settings, kubeConfig: KubeConfig): Promise<SecretFindings> {
  const core = kubeConfig.makeApiClient(CoreV1Api);
  const { namespace } = settings;
  const all = namedSecrets(settings);
  if (all.length === 0) return { problems: [], notes: [] };
  const hasNamespace = await within(timeoutMs, core.readNamespace({ name: namespace }), "no answer").then(
    () => true,
    ({ code }) => code !== 404,
  );
  const found = await Promise.all(
    all.map(async (named): Promise<SecretFindings> => {
      try {
        const { data = {} } = await within(
          timeoutMs,
          core.readNamespacedSecret({ name: named.secret, namespace }),
          "no answer",
        );
        const lacking = named.keys.filter((key) => !Object.hasOwn(data, key));
        return { problems: lacking.length > 0 ? [withoutKeys(named, lacking, namespace)] : [], notes: [] };
      } catch (error) {
        const { code } = error as Partial<ApiException<unknown>>;
        if (code === 404) return { problems: [notThere(named, settings, hasNamespace)], notes: [] };
        const why = code === undefined ? (error as Error).message : `the API server answered ${code}`;
        return { problems: [], notes: [`whether there is a Secret ${named.secret} was not looked at: ${why}`] };
      }
    }),
  );
  return { problems: found.flatMap(({ problems }) => problems), notes: found.flatMap(({ notes }) => notes) };
}

/** The command that makes a named Secret. */
export function createLine({ secret, keys }: NamedSecret, namespace: string, kubectl = "kubectl"): string {
  const values = keys.map((key) => (key === "ca.crt" ? "--from-file=ca.crt" : `--from-literal=${key}=...`)).join(" ");
  return `${kubectl} -n ${namespace} create secret generic ${secret} ${values}`;
}

function notThere(named: NamedSecret, settings: Settings, hasNamespace: boolean): string {
  const { setting, secret } = named;
  const { namespace, createNamespace, context } = settings;
  const kubectl = `kubectl --context ${context}`;
  const create = createLine(named, namespace, kubectl);
  // It has to be there before this program could make it, and is the user's from then on.
  const first = hasNamespace
    ? ""
    : `${kubectl} create namespace ${namespace} && ${createNamespace ? "pulumi config set throughline:createNamespace false && " : ""}`;
  return `throughline:${setting} is "${secret}", but namespace ${namespace} has no Secret of that name, without which pods would not start. Write: ${first}${create}`;
}

function withoutKeys({ setting, secret, keys }: NamedSecret, lacking: readonly string[], namespace: string): string {
  return `throughline:${setting} is "${secret}", but that Secret of namespace ${namespace} has no ${lacking.join(" and no ")}; allowed: one with ${keys.join(", ")}. Write: kubectl -n ${namespace} edit secret ${secret}`;
}
