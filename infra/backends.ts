import type { Backend } from "../collector-config/backends.ts";
import type { TlsClient } from "../collector-config/components/connection.ts";
import type { RedMetrics } from "../collector-config/gateway.ts";
import { ports } from "../collector-config/ports.ts";
import { address, names } from "./kubernetes/metadata.ts";
import type { SecretFile, SecretVariable } from "./part.ts";
import type { Settings } from "./settings.ts";

/** What a backend's Secrets give to the gateway's pods. */
interface Secrets {
  readonly variables: readonly SecretVariable[];
  readonly files: readonly SecretFile[];
}

/** Every backend that the settings name, Jaeger first, with the Secrets they read. */
export function backendsOf(
  settings: Settings,
  toJaeger: TlsClient,
): { readonly backends: readonly [Backend, ...Backend[]] } & Secrets {
  const jaeger: Backend = {
    kind: "jaeger",
    endpoint: address(names.jaeger, settings.namespace, ports.otlpHttp),
    tls: toJaeger,
  };
  const found: Backend[] = [];
  const secrets: Secrets[] = [];
  for (const kind of ["otlp", "zipkin", "elasticsearch", "opensearch"] as const) {
    const setting = settings[kind];
    if (setting === undefined) continue;
    const index = "index" in setting ? setting.index : undefined;
    found.push({ kind, endpoint: setting.endpoint, ...login(kind, setting), ...(index && { index }) });
    secrets.push(secretsOf(kind, setting, ["authorization"]));
  }
  if (settings.kafka !== undefined) {
    const { brokers, topic, mechanism, secret, ca } = settings.kafka;
    const [first = "", ...others] = brokers.split(",");
    found.push({
      kind: "kafka",
      brokers: [first, ...others],
      topic,
      ...(secret && { login: { mechanism, username: "${env:KAFKA_USERNAME}", password: "${env:KAFKA_PASSWORD}" } }),
      ...(ca && { caFile: caFile("kafka") }),
    });
    secrets.push(secretsOf("kafka", settings.kafka, ["username", "password"]));
  }
  if (settings.debug) found.push({ kind: "debug" });
  return {
    backends: [jaeger, ...found],
    variables: secrets.flatMap(({ variables }) => variables),
    files: secrets.flatMap(({ files }) => files),
  };
}

/** Where the metrics of spans go; undefined when they go nowhere and need not be made. */
export function redMetricsOf({ prometheus }: Settings): { readonly metrics: RedMetrics | undefined } & Secrets {
  if (prometheus === undefined) return { metrics: undefined, variables: [], files: [] };
  const { scrape, dimensions, remoteWrite } = prometheus;
  const { authorization, caFile: file } = login("prometheus", prometheus);
  const push = remoteWrite && {
    endpoint: remoteWrite,
    ...(authorization && { headers: { authorization } }),
    ...(file && { tls: { ca_file: file } }),
  };
  return {
    metrics: { scrape, dimensions, ...(push && { remoteWrite: push }) },
    ...secretsOf("prometheus", prometheus, ["authorization"]),
  };
}

interface Named {
  readonly secret: string | undefined;
  readonly ca: string | undefined;
}

function login(kind: string, { secret, ca }: Named) {
  return {
    ...(secret && { authorization: `\${env:${variable(kind, "authorization")}}` }),
    ...(ca && { caFile: caFile(kind) }),
  };
}

function secretsOf(kind: string, { secret, ca }: Named, keys: readonly string[]): Secrets {
  return {
    variables: secret ? keys.map((key) => ({ name: variable(kind, key), secret, key })) : [],
    files: ca ? [{ name: `${kind}-ca`, secret: ca, key: "ca.crt", directory: caDirectory(kind) }] : [],
  };
}

function variable(kind: string, key: string): string {
  return `${kind}_${key}`.toUpperCase();
}

function caDirectory(kind: string): string {
  return `/etc/throughline-ca/${kind}`;
}

function caFile(kind: string): string {
  return `${caDirectory(kind)}/ca.crt`;
}
