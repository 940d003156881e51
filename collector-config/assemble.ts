import { type Component, type Extension, idOf, isComponent, type PipelineOf, pipelineId } from "./component.ts";
import type { CollectorConfig, ComponentConfig, Components, Pipeline, Telemetry } from "./types.ts";

/** A Collector by its pipelines. Components are found through them. */
export interface Collector {
  readonly pipelines: readonly PipelineOf[];
  /** Extensions that nothing refers to, such as the health check. Those that components hold come by themselves. */
  readonly extensions: readonly Extension[];
  readonly telemetry?: Telemetry;
}

/** How a component's type is spelt by the version that will read the configuration. */
export type Spelling = (kind: Component["kind"], type: string) => string;

/**
 * The configuration of a Collector: every component that its pipelines hold, each once, under its id.
 * @param spell Default: the newest names.
 * @throws Error when two different components or pipelines have one id, which is a fault of the program that made them
 */
export function assemble(collector: Collector, spell: Spelling = (_, type) => type): CollectorConfig {
  const id = (component: Component) => idOf({ type: spell(component.kind, component.type), name: component.name });
  const found = new Map<string, Component>();
  for (const component of collector.extensions) collect(component, found, id);
  for (const { receivers, processors, exporters } of collector.pipelines) {
    for (const component of [...receivers, ...processors, ...exporters]) collect(component, found, id);
  }
  const part = (kind: Component["kind"]): Components =>
    Object.fromEntries(
      [...found.values()]
        .filter((component) => component.kind === kind)
        .map((component) => [id(component), written(component.config, id) as ComponentConfig]),
    );
  const [extensions, processors, connectors] = [part("extension"), part("processor"), part("connector")];
  return {
    ...(filled(extensions) && { extensions }),
    receivers: part("receiver"),
    ...(filled(processors) && { processors }),
    exporters: part("exporter"),
    ...(filled(connectors) && { connectors }),
    service: {
      ...(filled(extensions) && { extensions: Object.keys(extensions) }),
      ...(collector.telemetry && { telemetry: collector.telemetry }),
      pipelines: pipelines(collector.pipelines, id),
    },
  };
}

function pipelines(all: readonly PipelineOf[], id: (component: Component) => string): Record<string, Pipeline> {
  const written: Record<string, Pipeline> = {};
  for (const pipeline of all) {
    if (Object.hasOwn(written, pipelineId(pipeline)))
      throw new Error(`two pipelines are named ${pipelineId(pipeline)}`);
    written[pipelineId(pipeline)] = {
      receivers: pipeline.receivers.map(id),
      ...(pipeline.processors.length > 0 && { processors: pipeline.processors.map(id) }),
      exporters: pipeline.exporters.map(id),
    };
  }
  return written;
}

/** Adds a component and those that its settings hold. */
function collect(component: Component, found: Map<string, Component>, id: (component: Component) => string): void {
  const key = `${component.kind} ${id(component)}`;
  const before = found.get(key);
  if (before === component) return;
  if (before !== undefined && !same(before, component)) throw new Error(`two different components are the ${key}`);
  // What it refers to comes first, so that a reader of the file meets nothing unknown.
  for (const held of heldBy(component.config)) collect(held, found, id);
  found.set(key, component);
}

function heldBy(value: unknown): Component[] {
  if (isComponent(value)) return [value];
  if (typeof value !== "object" || value === null) return [];
  return Object.values(value).flatMap(heldBy);
}

function same(a: Component, b: Component): boolean {
  const text = (component: Component) => JSON.stringify(component.config);
  return text(a) === text(b);
}

/** The settings with ids in the places of components. */
function written(value: unknown, id: (component: Component) => string): unknown {
  if (isComponent(value)) return id(value);
  if (Array.isArray(value)) return value.map((item) => written(item, id));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, written(inner, id)]));
}

function filled(components: Components): boolean {
  return Object.keys(components).length > 0;
}
