import type { ComponentConfig } from "./types.ts";

export type ComponentKind = "receiver" | "processor" | "exporter" | "connector" | "extension";

/**
 * One component of a Collector, as a value. Pipelines and other components refer to it by holding it, never by its id,
 * so that a reference to nothing can't be written.
 */
export interface Component<K extends ComponentKind = ComponentKind> {
  readonly kind: K;
  /** Its type by the newest name, such as `otlp_grpc`; `assemble` writes the name that the pinned version knows. */
  readonly type: string;
  /** What follows the slash in its id; empty for none. */
  readonly name: string;
  /** Its settings with the keys of its upstream page. Where one takes the id of a component or pipeline, that value itself stands. */
  readonly config: ComponentConfig;
}

export type Receiver = Component<"receiver">;
export type Processor = Component<"processor">;
export type Exporter = Component<"exporter">;
export type Connector = Component<"connector">;
export type Extension = Component<"extension">;

/** Makes the constructor of one kind of component. */
function maker<K extends ComponentKind>(kind: K) {
  return (type: string, config: ComponentConfig, name = ""): Component<K> => ({ kind, type, name, config });
}

/** Any component of that kind, also one that this library does not know: `extra`. Prefer the typed functions where there is one. */
export const extra = {
  receiver: maker("receiver"),
  processor: maker("processor"),
  exporter: maker("exporter"),
  connector: maker("connector"),
  extension: maker("extension"),
} as const;

export type Signal = "traces" | "metrics" | "logs";

/** One way of data through the Collector, by the components it holds. */
export interface PipelineOf<S extends Signal = Signal> {
  readonly signal: S;
  /** What follows the slash in its id; empty for none. */
  readonly name: string;
  readonly receivers: readonly (Receiver | Connector)[];
  /** In the order in which they see the data. */
  readonly processors: readonly Processor[];
  readonly exporters: readonly (Exporter | Connector)[];
}

/** The id under which a component or pipeline stands in the configuration: `type` or `type/name`. */
export function idOf({ type, name }: Pick<Component, "type" | "name">): string {
  return name === "" ? type : `${type}/${name}`;
}

/** The id of a pipeline: `traces` or `traces/name`. */
export function pipelineId({ signal, name }: Pick<PipelineOf, "signal" | "name">): string {
  return name === "" ? signal : `${signal}/${name}`;
}

/** Whether a value in a component's settings stands for the id of a component. */
export function isComponent(value: unknown): value is Component {
  return typeof value === "object" && value !== null && "kind" in value && "type" in value && "config" in value;
}
