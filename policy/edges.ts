import { destinations } from "../collector-config/graph.ts";
import { type Listener, listeners } from "../collector-config/listeners.ts";
import { type ReadComponent, read, texts } from "../collector-config/rules/reading.ts";
import type { CollectorConfig } from "../collector-config/types.ts";
import { type Fields, fields } from "../common/objects.ts";
import { configured } from "./configurations.ts";
import { at, find, podsBehind } from "./objects.ts";
import { once } from "./once.ts";
import { containersOf, list, type Pod, portNumber } from "./pods.ts";
import type { Manifest } from "./types.ts";

/** A connection that the manifests ask for, to a name in the cluster. */
export interface Edge {
  /** Where it is written. */
  readonly object: Manifest;
  readonly path: string;
  /** The pod that connects, where it is among the manifests. */
  readonly from?: Pod;
  /** As it is written. */
  readonly host: string;
  readonly port: number;
  /** The Service's name and namespace, as the host tells them. */
  readonly service: string;
  readonly namespace: string;
  /** Whether the host can be nothing but a Service: it ends with `.svc` or the like. */
  readonly certain: boolean;
  /** What is spoken. Default: - not known. */
  readonly speaks?: "grpc" | "http";
  /** Whether over TLS. Default: - not known. */
  readonly secure?: boolean;
}

/** An edge with the Service that it leads to. */
export interface Hit extends Edge {
  readonly target: Manifest;
  readonly targetPort: Fields | undefined;
  readonly pods: readonly Pod[];
}

/** Every edge: of exporters, of workloads' OTLP settings, and of addresses of Services in variables and arguments. */
export const edges = once((manifests): readonly Edge[] => [...ofCollectors(manifests), ...ofWorkloads(manifests)]);

/** The edges that lead to Services of the manifests which select pods. */
export const hits = once((manifests): readonly Hit[] =>
  edges(manifests).flatMap((edge) => {
    const target = find(manifests, "Service", edge.namespace, edge.service);
    const pods = target && podsBehind(target, manifests);
    if (target === undefined || pods === undefined) return [];
    const ports = list(at(target, "spec", "ports"));
    // Behind a name without address the pods answer themselves, on the port that was asked.
    const headless = at(target, "spec", "clusterIP") === "None";
    const targetPort = ports.find(({ port }) => port === edge.port) ?? (headless ? { port: edge.port } : undefined);
    return [{ ...edge, target, targetPort, pods }];
  }),
);

/** The number of the pod's port that an edge ends at; undefined where the Service has none. */
export function endOf(hit: Hit, pod: Pod): number | undefined {
  if (hit.targetPort === undefined) return undefined;
  const headless = at(hit.target, "spec", "clusterIP") === "None";
  return headless ? hit.port : portNumber(pod, hit.targetPort["targetPort"] ?? hit.targetPort["port"]);
}

/** What the Collectors of a pod listen on, with what they speak there where that is known. */
export interface Heard extends Listener {
  readonly speaks?: "grpc" | "http";
  readonly secure: boolean;
}

const heardBy = once((manifests): ReadonlyMap<Pod, readonly Heard[]> => {
  const heard = new Map<Pod, Heard[]>();
  for (const { pod, config } of configured(manifests)) {
    if (pod === undefined) continue;
    const own = listeners(config).map((listener): Heard => {
      const settings = fields(at(config, ...listener.path.split(".")));
      const otlp = /^receivers\.otlp\b.*\.protocols\.(grpc|http)$/.exec(listener.path)?.[1] as
        | "grpc"
        | "http"
        | undefined;
      const zipkin = /^receivers\.zipkin\b/.test(listener.path) ? ("http" as const) : undefined;
      const speaks = otlp ?? zipkin;
      return { ...listener, ...(speaks && { speaks }), secure: Object.keys(fields(settings["tls"])).length > 0 };
    });
    heard.set(pod, [...(heard.get(pod) ?? []), ...own]);
  }
  return heard;
});

/** What listens in a pod on a port, where its Collector's configuration tells. */
export function heardOn(pod: Pod, port: number | undefined, manifests: readonly Manifest[]): Heard | undefined {
  return heardIn(pod, manifests).find((listener) => listener.port === port && !listener.udp);
}

/** All that listens in a pod, where its Collector's configuration tells. */
export function heardIn(pod: Pod, manifests: readonly Manifest[]): readonly Heard[] {
  return heardBy(manifests).get(pod) ?? [];
}

function ofCollectors(manifests: readonly Manifest[]): Edge[] {
  return configured(manifests).flatMap(({ object, place, config, pod }) => {
    const home = pod?.namespace ?? object.metadata.namespace ?? "default";
    const { exporters } = read(config);
    const found = [...destinations(config as CollectorConfig), ...exporters.flatMap(balanced)];
    return found.flatMap(({ from, host, port }): Edge[] => {
      const service = serviceIn(host, home);
      const exporter = exporters.find(({ id }) => id === from);
      if (service === undefined) return [];
      const path = `${place}.${exporter?.path ?? from}`;
      return [{ object, path, ...(pod && { from: pod }), host, port, ...service, ...manner(exporter) }];
    });
  });
}

/** The servers that a load_balancing exporter looks up by name. */
function balanced({ id, type, config }: ReadComponent): { from: string; host: string; port: number }[] {
  const { dns, k8s } = fields(config["resolver"]);
  if (type !== "load_balancing") return [];
  const { hostname, port = 4317 } = fields(dns);
  const named = typeof hostname === "string" && !hostname.includes("$") ? [{ host: hostname, port: Number(port) }] : [];
  const { service, ports } = fields(k8s);
  const selected = typeof service === "string" && !service.includes("$") ? [service] : [];
  const numbers = Array.isArray(ports) && ports.length > 0 ? ports.map(Number) : [4317];
  return [...named, ...selected.flatMap((host) => numbers.map((number) => ({ host, port: number })))].map((one) => ({
    from: id,
    ...one,
  }));
}

/** What an exporter speaks, and whether over TLS. */
function manner(exporter: ReadComponent | undefined): Pick<Edge, "speaks" | "secure"> {
  if (exporter === undefined) return {};
  const { type, config } = exporter;
  const own = type === "load_balancing" ? fields(fields(config["protocol"])["otlp"]) : config;
  const [endpoint = ""] = texts([own["endpoint"], own["traces_endpoint"]]);
  const { insecure } = fields(own["tls"]);
  const scheme = /^https?(?=:\/\/)/.exec(endpoint)?.[0];
  if (type === "otlp_grpc" || type === "load_balancing") {
    // TLS is the default; a scheme in front wins over the setting.
    return { speaks: "grpc", secure: scheme === undefined ? insecure !== true : scheme === "https" };
  }
  return type === "otlp_http" || type === "zipkin"
    ? { speaks: "http", ...(scheme && { secure: scheme === "https" }) }
    : {};
}

const addressPattern = /\b(https?):\/\/([a-z0-9.-]+)(?::(\d+))?/g;

function ofWorkloads(manifests: readonly Manifest[]): Edge[] {
  return containersOf(manifests).flatMap(({ pod, name, spec }) => {
    const env = list(spec["env"]).filter(({ value }) => typeof value === "string");
    const valueBy = (variable: string) =>
      env.findLast(({ name: one }) => one === variable)?.["value"] as string | undefined;
    const placed = [
      ...env.map(({ name: variable, value }) => [`env ${variable}`, String(value), String(variable)] as const),
      ...[...texts(spec["command"]), ...texts(spec["args"])].map((text) => ["arguments", text, ""] as const),
    ];
    return placed.flatMap(([place, text, variable]) =>
      [...text.matchAll(addressPattern)].flatMap(([, scheme = "", host = "", digits]): Edge[] => {
        const service = serviceIn(host, pod.namespace);
        if (service === undefined) return [];
        const port = Number(digits ?? (scheme === "https" ? 443 : 80));
        const path = `container ${name}, ${place}`;
        const edge = { object: pod.owner, path, from: pod, host, port, ...service, secure: scheme === "https" };
        return [{ ...edge, ...spoken(variable, valueBy) }];
      }),
    );
  });
}

/** What an SDK speaks to the endpoint that a variable names. */
function spoken(variable: string, valueBy: (name: string) => string | undefined): Pick<Edge, "speaks"> {
  const signal = /^OTEL_EXPORTER_OTLP_(?:(TRACES|METRICS|LOGS)_)?ENDPOINT$/.exec(variable);
  if (signal === null) return {};
  const protocol =
    (signal[1] && valueBy(`OTEL_EXPORTER_OTLP_${signal[1]}_PROTOCOL`)) ?? valueBy("OTEL_EXPORTER_OTLP_PROTOCOL");
  if (protocol === undefined) return {};
  return { speaks: protocol === "grpc" ? "grpc" : "http" };
}

/** The Service that a host names; undefined where it is surely something else. */
function serviceIn(host: string, home: string): Pick<Edge, "service" | "namespace" | "certain"> | undefined {
  const labels = host.replace(/\.$/, "").split(".");
  if (!labels.every((label) => /^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/.test(label)) || /^[\d.]+$/.test(host))
    return undefined;
  const svc = labels.indexOf("svc");
  if (svc >= 2) return { service: labels[svc - 2] ?? "", namespace: labels[svc - 1] ?? "", certain: true };
  const [service = "", namespace = home] = labels;
  return labels.length <= 2 && service !== "localhost" ? { service, namespace, certain: false } : undefined;
}
