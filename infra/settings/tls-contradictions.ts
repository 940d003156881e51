import { jaegerVersion } from "../../collector-config/jaeger-versions.ts";
import { isOutside } from "../../collector-config/rules/secrets.ts";
import { parseImage } from "../../collector-config/versions.ts";
import { usesTls } from "../secrets.ts";
import type { KafkaSetting } from "./backend-settings.ts";
import type { StorageSetting } from "./jaeger-settings.ts";
import type { Settings } from "./settings.ts";

/** A connection that settings ask for. */
interface Connection {
  /** The setting that holds it. */
  readonly name: string;
  /** Its field with the address. */
  readonly field: string;
  /** A URL, or hosts with commas between. */
  readonly address: string;
  readonly secret: string | undefined;
  readonly ca: string | undefined;
  readonly tls: boolean;
  /** What is so while it has no TLS. */
  readonly plainly: string;
  /** The line that gives it TLS. */
  readonly secured: string;
}

/** Logins and authorities of connections without TLS, one sentence each, which ends with the line to write. */
export function tlsProblems(settings: Settings): string[] {
  return connections(settings)
    .filter(({ tls }) => !tls)
    .flatMap(({ name, field, address, secret, ca, plainly, secured }) => [
      ...(secret !== undefined && address.split(",").some(isOutside)
        ? [
            `throughline:${name}.secret is "${secret}", but throughline:${name}.${field} leads out of the cluster without TLS, where anyone can read the login. Write: ${secured}`,
          ]
        : []),
      ...(ca !== undefined ? [`throughline:${name}.ca is "${ca}", but ${plainly}. Write: ${secured}`] : []),
    ]);
}

function connections(settings: Settings): Connection[] {
  const { prometheus, kafka, jaeger } = settings;
  return [
    ...(["otlp", "zipkin", "elasticsearch", "opensearch"] as const).flatMap((name) => {
      const setting = settings[name];
      return setting ? [byUrl(name, "endpoint", setting.endpoint, setting)] : [];
    }),
    ...(prometheus?.remoteWrite ? [byUrl("prometheus", "remoteWrite", prometheus.remoteWrite, prometheus)] : []),
    ...(kafka ? [byHosts("kafka", "brokers", kafka.brokers, kafka)] : []),
    ...(jaeger?.buffer ? [byHosts("jaeger.buffer", "brokers", jaeger.buffer.brokers, jaeger.buffer)] : []),
    ...toStorage(settings),
  ];
}

function toStorage({ storage, jaegerImage }: Settings): Connection[] {
  const { kind, endpoint } = storage ?? {};
  if (storage === undefined || endpoint === undefined) return [];
  const url = /^https?:/.test(endpoint);
  if (kind === "opensearch" || kind === "elasticsearch") {
    return url ? [byUrl("storage", "endpoint", endpoint, storage)] : [];
  }
  if (url || (kind !== "cassandra" && kind !== "clickhouse")) return [];
  const connection = byHosts("storage", "endpoint", endpoint, storage);
  const lacking = kind === "clickhouse" && !jaegerVersion(parseImage(jaegerImage).version).clickhouse.tls;
  return [lacking ? { ...connection, secured: `${connection.secured} && ${newerJaeger(jaegerImage)}` } : connection];
}

/** The line that asks for the first Jaeger with TLS to ClickHouse. */
function newerJaeger(image: string): string {
  return `pulumi config set throughline:jaegerImage ${image.replace(/:[^:/@]+(@.*)?$/, ":2.19.0")}`;
}

type Names = Pick<StorageSetting | KafkaSetting, "secret" | "ca">;

function byUrl(name: string, field: string, address: string, { secret, ca }: Names): Connection {
  const path = `throughline:${name}.${field}`;
  return {
    ...{ name, field, address, secret, ca },
    tls: !address.startsWith("http:"),
    plainly: `${path} is not https`,
    secured: `pulumi config set --path '${path}' ${address.replace("http:", "https:")}`,
  };
}

function byHosts(name: string, field: string, address: string, given: Names & Pick<KafkaSetting, "tls">): Connection {
  const path = `throughline:${name}.tls`;
  return {
    ...{ name, field, address, secret: given.secret, ca: given.ca },
    tls: usesTls(given),
    plainly: `${path} is false`,
    secured: `pulumi config set --path '${path}' true`,
  };
}
