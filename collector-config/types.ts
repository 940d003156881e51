/** Value of a component that we only pass on; the upstream page of the component documents its keys. */
export type ComponentConfig = Readonly<Record<string, unknown>>;

/** Components by id: `type` or `type/name`. */
export type Components = Readonly<Record<string, ComponentConfig>>;

/** References by component id. The order of `processors` is the order in which they see the data. */
export interface Pipeline {
  readonly receivers: readonly string[];
  readonly processors?: readonly string[];
  readonly exporters: readonly string[];
}

/** One program's own metrics, logs and traces. */
export interface Telemetry {
  readonly metrics: {
    readonly readers: readonly ComponentConfig[];
  };
}

/**
 * A configuration of the OpenTelemetry Collector, or of a program built on it such as Jaeger v2.
 * @see https://opentelemetry.io/docs/collector/configuration/
 */
export interface CollectorConfig {
  readonly extensions?: Components;
  readonly receivers: Components;
  readonly processors?: Components;
  readonly exporters: Components;
  readonly connectors?: Components;
  readonly service: {
    readonly extensions?: readonly string[];
    readonly telemetry?: Telemetry;
    readonly pipelines: Readonly<Record<string, Pipeline>>;
  };
}

/** The component type of an id: what stands before the slash. */
export function typeOf(id: string): string {
  return id.split("/", 1)[0] ?? id;
}
