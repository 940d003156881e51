import { fields } from "../../common/objects.ts";
import type { ComponentKind } from "../component.ts";
import { type ComponentConfig, typeOf } from "../types.ts";
import { canonical } from "../versions.ts";

/** A component as it stands in a configuration. */
export interface ReadComponent {
  readonly kind: ComponentKind;
  readonly id: string;
  /** By the newest name, whatever the configuration calls it. */
  readonly type: string;
  /** Empty where nothing is set. */
  readonly config: ComponentConfig;
  readonly path: string;
}

/** A pipeline as it stands in a configuration. */
export interface ReadPipeline {
  readonly id: string;
  /** What stands before the slash of its id. */
  readonly signal: string;
  readonly receivers: readonly string[];
  readonly processors: readonly string[];
  readonly exporters: readonly string[];
  readonly path: string;
}

/** A configuration of anyone's, whatever its shape, in the shape that rules read. */
export interface Reading {
  readonly receivers: readonly ReadComponent[];
  readonly processors: readonly ReadComponent[];
  readonly exporters: readonly ReadComponent[];
  readonly connectors: readonly ReadComponent[];
  readonly extensions: readonly ReadComponent[];
  readonly pipelines: readonly ReadPipeline[];
  /** The extensions that the service starts. */
  readonly enabled: readonly string[];
  /** `service.telemetry`. */
  readonly telemetry: ComponentConfig;
  /** The configuration as it was written; empty where it is no object. */
  readonly written: ComponentConfig;
}

/** Reads any value as a configuration. Never throws: what has the wrong shape is left out, and stays in `written`. */
export function read(value: unknown): Reading {
  const written = fields(value);
  const service = fields(written["service"]);
  const part = (kind: ComponentKind): ReadComponent[] =>
    Object.entries(fields(written[`${kind}s`])).map(([id, config]) => ({
      kind,
      id,
      type: canonical(kind, typeOf(id)),
      config: fields(config),
      path: `${kind}s.${id}`,
    }));
  return {
    receivers: part("receiver"),
    processors: part("processor"),
    exporters: part("exporter"),
    connectors: part("connector"),
    extensions: part("extension"),
    pipelines: Object.entries(fields(service["pipelines"])).map(([id, pipeline]) => ({
      id,
      signal: typeOf(id),
      receivers: texts(fields(pipeline)["receivers"]),
      processors: texts(fields(pipeline)["processors"]),
      exporters: texts(fields(pipeline)["exporters"]),
      path: `service.pipelines.${id}`,
    })),
    enabled: texts(service["extensions"]),
    telemetry: fields(service["telemetry"]),
    written,
  };
}

/** Whether the id in a pipeline is one of a connector. */
export function isConnector(config: Reading, id: string): boolean {
  return config.connectors.some((connector) => connector.id === id);
}

/** The types of a pipeline's processors, in order. */
export function processorTypes(pipeline: ReadPipeline): string[] {
  return pipeline.processors.map(processorType);
}

/** The type of a processor by its id, under its newest name. */
export function processorType(id: string): string {
  return canonical("processor", typeOf(id));
}

/** Every component, of whatever kind. */
export function components(config: Reading): ReadComponent[] {
  return [...config.receivers, ...config.processors, ...config.exporters, ...config.connectors, ...config.extensions];
}

/** The texts of a list; empty where it is none. */
export function texts(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === "string") : [];
}

/** A value inside settings. */
export interface Leaf {
  readonly key: string;
  readonly path: string;
  readonly value: string | number;
}

/** Every text and number inside a value, with its place. A value that holds itself is entered once. */
export function leaves(value: unknown, path: string, key = "", around: readonly unknown[] = []): Leaf[] {
  if (typeof value === "string" || typeof value === "number") return [{ key, path, value }];
  if (typeof value !== "object" || value === null || around.includes(value)) return [];
  return Object.entries(value).flatMap(([name, inner]) =>
    leaves(inner, path === "" ? name : `${path}.${name}`, Array.isArray(value) ? key : name, [...around, value]),
  );
}

const unitSeconds: Readonly<Record<string, number>> = { ns: 1e-9, us: 1e-6, µs: 1e-6, ms: 1e-3, s: 1, m: 60, h: 3600 };

/** A duration as Go writes it (`1m30s`, or nanoseconds as a number), in seconds; undefined where it is none or not known yet. */
export function seconds(value: unknown): number | undefined {
  if (typeof value === "number") return value * 1e-9;
  if (value === "0") return 0;
  if (typeof value !== "string" || !/^(\d+(\.\d+)?(ns|us|µs|ms|s|m|h))+$/.test(value)) return undefined;
  let total = 0;
  for (const [, number, unit = ""] of value.matchAll(/(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h)/g)) {
    total += Number(number) * (unitSeconds[unit] ?? 0);
  }
  return total;
}

/** The number, or what is assumed where none is set; undefined where a text such as `${env:X}` stands. */
export function numberOr(value: unknown, otherwise: number): number | undefined {
  if (value === undefined || value === null) return otherwise;
  return typeof value === "number" ? value : undefined;
}
