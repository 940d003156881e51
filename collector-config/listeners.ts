import { type CollectorConfig, fields } from "./types.ts";

/** Where something listens. */
export interface Listener {
  /** The setting's place, such as `receivers.otlp.protocols.grpc`. */
  readonly path: string;
  /** Without brackets; empty for every address. */
  readonly host: string;
  readonly port: number;
}

/** Every address on which the receivers, the extensions and the own metrics of a configuration listen. */
export function listeners(config: CollectorConfig): Listener[] {
  const readers = config.service.telemetry?.metrics.readers ?? [];
  return [
    ...inside(config.receivers, "receivers"),
    ...inside(config.extensions, "extensions"),
    ...readers.flatMap((reader, index) => {
      const { host, port } = fields(fields(fields(reader["pull"])["exporter"])["prometheus"]);
      const path = `service.telemetry.metrics.readers.${index}`;
      return typeof port === "number" ? [{ path, host: withoutBrackets(String(host ?? "")), port }] : [];
    }),
  ];
}

/** Whether two listeners can't exist in one pod. */
export function clashes(a: Listener, b: Listener): boolean {
  return a.port === b.port && (a.host === b.host || isEverywhere(a.host) || isEverywhere(b.host));
}

/** Whether nothing outside the pod can connect to this address. */
export function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || /^127\./.test(host);
}

function isEverywhere(host: string): boolean {
  return host === "" || host === "0.0.0.0" || host === "::";
}

function inside(value: unknown, path: string): Listener[] {
  return Object.entries(fields(value)).flatMap(([key, inner]) => {
    const match = key === "endpoint" && typeof inner === "string" ? /^([^/]*):(\d+)$/.exec(inner) : null;
    return match
      ? [{ path, host: withoutBrackets(match[1] ?? ""), port: Number(match[2]) }]
      : inside(inner, `${path}.${key}`);
  });
}

function withoutBrackets(host: string): string {
  return host.replace(/^\[(.*)\]$/, "$1");
}
