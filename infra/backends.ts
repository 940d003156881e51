import type { Backend } from "../collector-config/backends.ts";
import type { TlsClient } from "../collector-config/components/connection.ts";
import type { RedMetrics } from "../collector-config/gateway.ts";
import { ports } from "../collector-config/ports.ts";
import { jaegerEntrance } from "./jaeger/jaeger.ts";
import { addressOf } from "./place.ts";
import { caFile, reference, type SecretNames, type Secrets, saslLogin, secretsOf, tlsClient } from "./secrets.ts";
import type { Settings } from "./settings/settings.ts";

/** Every backend that the settings name, Jaeger first, with the Secrets they read. */
export function backendsOf(
  settings: Settings,
  toJaeger: TlsClient,
): { readonly backends: readonly [Backend, ...Backend[]] } & Secrets {
  const jaeger: Backend = {
    kind: "jaeger",
    endpoint: addressOf(settings, jaegerEntrance(settings), ports.otlpHttp),
    tls: toJaeger,
    ...(settings.storage?.kind === "cassandra" && { slow: true }),
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
    const { brokers, topic } = settings.kafka;
    const sasl = saslLogin("kafka", settings.kafka);
    const [first = "", ...others] = brokers.split(",");
    found.push({
      kind: "kafka",
      brokers: [first, ...others],
      topic,
      ...(sasl && { login: sasl }),
      tls: tlsClient("kafka", settings.kafka),
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

function login(kind: string, { secret, ca }: SecretNames) {
  return {
    ...(secret && { authorization: reference(kind, "authorization") }),
    ...(ca && { caFile: caFile(kind) }),
  };
}
