import { fields, items } from "../common/objects.ts";
import { type ComponentConfig, typeOf } from "./types.ts";

/** Where something listens. */
export interface Listener {
  /** The setting's place, such as `receivers.otlp.protocols.grpc`. */
  readonly path: string;
  /** Without brackets; empty for every address. */
  readonly host: string;
  readonly port: number;
  /** Thrift over UDP, syslog and the like share no port with TCP. */
  readonly udp?: boolean;
}

/**
 * Every address on which the receivers, the extensions, the Prometheus exporters and the own metrics of a configuration listen.
 * Takes a configuration of any shape.
 */
export function listeners(config: unknown): Listener[] {
  const { receivers, extensions, exporters, service } = fields(config);
  const readers = fields(fields(fields(service)["telemetry"])["metrics"])["readers"];
  return [
    ...Object.entries(fields(receivers)).flatMap(([id, settings]) => ofReceiver(id, settings)),
    ...Object.entries(fields(extensions)).flatMap(([id, settings]) =>
      inside(settings, `extensions.${id}`).filter((found) => serves(extensionServers, id) || isOwn(found.host)),
    ),
    ...Object.entries(fields(exporters)).flatMap(([id, settings]) =>
      typeOf(id) === "prometheus" ? inside(settings, `exporters.${id}`) : [],
    ),
    ...items(readers).flatMap((reader, index): Listener[] => {
      const { host, port } = fields(fields(fields(fields(reader)["pull"])["exporter"])["prometheus"]);
      const path = `service.telemetry.metrics.readers.${index}`;
      return typeof port === "number" ? [{ path, host: withoutBrackets(String(host ?? "")), port }] : [];
    }),
  ];
}

/** Whether two listeners can't exist in one pod. */
export function clashes(a: Listener, b: Listener): boolean {
  const sameKind = (a.udp ?? false) === (b.udp ?? false);
  return sameKind && a.port === b.port && (a.host === b.host || isEverywhere(a.host) || isEverywhere(b.host));
}

/** Whether nothing outside the pod can connect to this address. */
export function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || /^127\./.test(host);
}

/** Whether this address means every address of the pod. */
export function isEverywhere(host: string): boolean {
  return host === "" || host === "0.0.0.0" || host === "::";
}

/** The receivers and extensions whose endpoint is where they listen, without underscores. With others it is what they call. */
const receiverServers = new Set(
  (
    "otlp zipkin jaeger opencensus prometheusremotewrite statsd carbon collectd fluentforward influxdb loki splunkhec signalfx sapm " +
    "skywalking awsxray webhookevent datadog awsfirehose netflow faro wavefront libhoney otelarrow splunkenterprise tcplog udplog syslog"
  ).split(" "),
);
const extensionServers = new Set(
  "healthcheck healthcheckv2 pprof zpages jaegerquery httpforwarder jaegerremotesampling remotesampling expvar awsproxy".split(
    " ",
  ),
);

function serves(servers: ReadonlySet<string>, id: string): boolean {
  return servers.has(typeOf(id).replaceAll("_", ""));
}

/** Whether only a server can have this address. */
function isOwn(host: string): boolean {
  return isEverywhere(host) || /POD_?IP/i.test(host);
}

function ofReceiver(id: string, settings: unknown): Listener[] {
  const path = `receivers.${id}`;
  const found = inside(settings, path).filter((listener) => serves(receiverServers, id) || isOwn(listener.host));
  if (typeOf(id) !== "otlp") return found;
  const protocols = fields(fields(settings)["protocols"]);
  // Where no endpoint is written, OTLP listens on loopback.
  const defaults = { grpc: 4317, http: 4318 };
  return (["grpc", "http"] as const).flatMap((protocol) => {
    if (!Object.hasOwn(protocols, protocol)) return [];
    const place = `${path}.protocols.${protocol}`;
    if (fields(protocols[protocol])["endpoint"] !== undefined)
      return found.filter((listener) => listener.path === place);
    return [{ path: place, host: "localhost", port: defaults[protocol] }];
  });
}

function inside(value: unknown, path: string, around: readonly unknown[] = []): Listener[] {
  const here: ComponentConfig = fields(value);
  // A YAML anchor can hold itself.
  if (around.includes(value)) return [];
  return Object.entries(here).flatMap(([key, inner]) => {
    const address = (key === "endpoint" || key === "listen_address") && typeof inner === "string" ? inner : "";
    const match = /^([^/]*):(\d+)$/.exec(address);
    if (!match) return inside(inner, `${path}.${key}`, [...around, value]);
    const udp = /udp|thrift_(compact|binary)|statsd|netflow/.test(path) || here["transport"] === "udp";
    return [{ path, host: withoutBrackets(match[1] ?? ""), port: Number(match[2]), ...(udp && { udp }) }];
  });
}

function withoutBrackets(host: string): string {
  return host.replace(/^\[(.*)\]$/, "$1");
}
