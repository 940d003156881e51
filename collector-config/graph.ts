import { type Fields, fields, items } from "../common/objects.ts";
import { isLoopback, listeners } from "./listeners.ts";
import { type CollectorConfig, typeOf } from "./types.ts";

/** A port that a configuration opens to other pods. */
export interface Offer {
  /** Unique in the pod; also the name of the Service's port: at most 15 letters, digits and hyphens. */
  readonly name: string;
  readonly port: number;
  /** What it speaks, for meshes and gateways. @see https://kubernetes.io/docs/concepts/services-networking/service/#application-protocol */
  readonly appProtocol: "grpc" | "http" | "https" | "tcp";
  readonly purpose: "data" | "query" | "sampling" | "metrics" | "health";
}

/** Somewhere a configuration connects to. */
export interface Destination {
  /** The id of the component that connects. */
  readonly from: string;
  readonly host: string;
  readonly port: number;
}

/** Every port that other pods may reach, in the order of the configuration. Listeners on loopback are for the pod itself. */
export function offers(config: CollectorConfig): Offer[] {
  const secure = (path: string) => Object.keys(fields(fields(at(config, path))["tls"])).length > 0;
  const open = listeners(config)
    .filter(({ host }) => !isLoopback(host))
    .map(({ path, port }): Offer => {
      const [section = "", id = "", ...rest] = path.split(".");
      const { name, purpose } = offerOf(section, typeOf(id), rest.at(-1) ?? "");
      const grpc = name.endsWith("grpc");
      return { name, port, purpose, appProtocol: grpc ? "grpc" : secure(path) ? "https" : "http" };
    });
  return open.filter(({ name }, index) => open.findIndex((other) => other.name === name) === index);
}

function offerOf(section: string, type: string, protocol: string): Pick<Offer, "name" | "purpose"> {
  if (section === "service") return { name: "metrics", purpose: "metrics" };
  if (section === "exporters") return { name: "span-metrics", purpose: "metrics" };
  if (type.startsWith("health") || type.startsWith("healthcheck")) return { name: "health", purpose: "health" };
  if (type === "remote_sampling")
    return { name: protocol === "grpc" ? "sampling-grpc" : "sampling", purpose: "sampling" };
  if (type === "jaeger_query") return { name: protocol === "grpc" ? "query-grpc" : "http-query", purpose: "query" };
  const suffix = protocol === "grpc" || protocol === "http" ? `-${protocol}` : "";
  return { name: `${type.replaceAll("_", "-").slice(0, 15 - suffix.length)}${suffix}`, purpose: "data" };
}

/** Every place that exporters, receivers and Jaeger's storages connect to. Addresses that only the pod's environment knows are left out. */
export function destinations(config: CollectorConfig): Destination[] {
  return addresses(config).flatMap(({ from, address }) => destination(from, address));
}

/** Whether any of them connects to an address that only the pod's environment knows. */
export function hasHiddenDestinations(config: CollectorConfig): boolean {
  return addresses(config).some(
    ({ from, address }) => address.includes("${") && destination(from, address).length === 0,
  );
}

/** Every address that something connects to, as it is written. */
function addresses(config: CollectorConfig): { readonly from: string; readonly address: string }[] {
  const of = (part: object | undefined, read: (settings: Fields, type: string) => readonly unknown[]) =>
    Object.entries(part ?? {}).flatMap(([from, settings]) =>
      read(fields(settings), typeOf(from)).flatMap((address) =>
        typeof address === "string" ? [{ from, address }] : [],
      ),
    );
  return [
    ...of(config.exporters, exporterAddresses),
    ...of(config.receivers, ({ brokers }, type) => (type === "kafka" ? items(brokers) : [])),
    ...of(config.extensions, (settings, type) => (type === "jaeger_storage" ? storageAddresses(settings) : [])),
  ];
}

function exporterAddresses(settings: Fields, type: string): readonly unknown[] {
  if (type === "prometheus") return [];
  const resolver = fields(fields(settings["resolver"])["static"]);
  return [
    settings["endpoint"],
    ...["traces", "metrics", "logs"].map((signal) => settings[`${signal}_endpoint`]),
    ...items(settings["endpoints"]),
    fields(settings["http"])["endpoint"],
    ...items(settings["brokers"]),
    ...items(resolver["hostnames"]),
  ];
}

/** The servers behind Jaeger's storages. Cassandra's port stands beside the names of its servers. */
function storageAddresses(settings: Fields): readonly unknown[] {
  const backends = ["backends", "metric_backends"].flatMap((section) => Object.values(fields(settings[section])));
  return backends
    .flatMap((backend) => Object.values(fields(backend)).map(fields))
    .flatMap((storage) => {
      const connection = fields(storage["connection"]);
      return [
        storage["endpoint"],
        ...items(storage["server_urls"]),
        ...items(storage["addresses"]),
        ...items(connection["servers"]).map((server) => `${server}:${connection["port"]}`),
      ];
    });
}

function destination(from: string, endpoint: string): Destination[] {
  const scheme = /^(\w+):\/\/\/?/.exec(endpoint);
  const [authority = ""] = endpoint.slice(scheme?.[0].length ?? 0).split("/");
  const parts = /^(\[[^\]]+\]|[^:]+)(?::(\d+))?$/.exec(authority);
  const port = Number(parts?.[2] ?? (scheme?.[1] === "https" ? 443 : scheme?.[1] === "http" ? 80 : Number.NaN));
  return parts?.[1] && !Number.isNaN(port) ? [{ from, host: parts[1], port }] : [];
}

function at(config: CollectorConfig, path: string): unknown {
  let value: unknown = config;
  for (const key of path.split(".")) value = fields(value)[key];
  return value;
}
