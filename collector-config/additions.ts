import { fields, isObject } from "../common/objects.ts";
import { type CollectorConfig, type ComponentConfig, type Pipeline, typeOf } from "./types.ts";

/** The parts of a Collector configuration that may be added to ours, by id. */
const additionKeys = ["receivers", "processors", "exporters", "connectors", "extensions", "pipelines"] as const;

const componentParts = ["receivers", "processors", "exporters", "connectors", "extensions"] as const;

/**
 * A configuration with a user's components in it. Everything is merged by name, never by position in a list:
 * a component of a known id gets the given keys, a new one is added, and a pipeline of a known id gets the components it lacks.
 * Added processors come after ours, but before sampling and masking, so that both see what was added.
 * @param additions An object with some of `additionKeys`; `pipelines` as under `service` of a Collector configuration.
 */
export function withAdditions(config: CollectorConfig, additions: ComponentConfig): CollectorConfig {
  const merged: Record<string, unknown> = { ...config };
  for (const part of componentParts) {
    const added = fields(additions[part]);
    if (Object.keys(added).length > 0) merged[part] = deepMerge(fields(config[part]), added);
  }
  const extensions = [...(config.service.extensions ?? []), ...Object.keys(fields(additions["extensions"]))];
  merged["service"] = {
    ...config.service,
    ...(extensions.length > 0 && { extensions: [...new Set(extensions)] }),
    pipelines: pipelines(config.service.pipelines, fields(additions["pipelines"])),
  };
  return merged as unknown as CollectorConfig;
}

/** What is wrong with the shape of additions, one sentence each, without regard to what they are added to. */
export function additionProblems(additions: ComponentConfig): string[] {
  const problems: string[] = [];
  for (const [part, value] of Object.entries(additions)) {
    if (!additionKeys.some((known) => known === part)) {
      problems.push(`${part} is not one of ${additionKeys.join(", ")}`);
    } else if (!isObject(value)) {
      problems.push(`${part} is ${kindOf(value)}; allowed: an object of ${part} by id`);
    } else {
      for (const [id, inner] of Object.entries(value)) problems.push(...entryProblems(part, id, inner));
    }
  }
  return problems;
}

function entryProblems(part: string, id: string, value: unknown): string[] {
  if (part !== "pipelines") {
    return value === null || isObject(value) ? [] : [`${part}.${id} is ${kindOf(value)}; allowed: an object`];
  }
  if (!/^(traces|metrics|logs)(\/.+)?$/.test(id))
    return [`pipelines.${id} is not traces, metrics or logs, with /name or without`];
  if (!isObject(value)) {
    return [`pipelines.${id} is ${kindOf(value)}; allowed: an object of receivers, processors, exporters`];
  }
  return Object.entries(value).flatMap(([key, ids]) => {
    if (key !== "receivers" && key !== "processors" && key !== "exporters") {
      return [`pipelines.${id}.${key} is not one of receivers, processors, exporters`];
    }
    const good = Array.isArray(ids) && ids.every((item) => typeof item === "string");
    return good ? [] : [`pipelines.${id}.${key} is ${kindOf(ids)}; allowed: a list of ids`];
  });
}

/** What a value is. Itself it is not repeated: what stands in the wrong place may be a credential. */
function kindOf(value: unknown): string {
  if (Array.isArray(value))
    return value.every((item) => typeof item === "string") ? "a list" : "a list of other things";
  return value === null ? "null" : `a ${typeof value}`;
}

function pipelines(ours: CollectorConfig["service"]["pipelines"], added: ComponentConfig): Record<string, Pipeline> {
  const merged: Record<string, Pipeline> = { ...ours };
  for (const [id, value] of Object.entries(added)) {
    const more = fields(value) as Partial<Pipeline>;
    const before = merged[id];
    const processors = inPlace(before?.processors ?? [], more.processors ?? []);
    merged[id] = {
      receivers: union(before?.receivers ?? [], more.receivers ?? []),
      ...(processors.length > 0 && { processors }),
      exporters: union(before?.exporters ?? [], more.exporters ?? []),
    };
  }
  return merged;
}

const last = ["tail_sampling", "probabilistic_sampler", "redaction"];

function inPlace(ours: readonly string[], added: readonly string[]): string[] {
  const fresh = added.filter((id) => !ours.includes(id));
  const end = ours.findIndex((id) => last.includes(typeOf(id)));
  const at = end === -1 ? ours.length : end;
  return [...ours.slice(0, at), ...fresh, ...ours.slice(at)];
}

function union(ours: readonly string[], added: readonly string[]): string[] {
  return [...new Set([...ours, ...added])];
}

/** Objects by key, all the way down; everything else is replaced. */
function deepMerge(ours: ComponentConfig, added: ComponentConfig): ComponentConfig {
  const merged: Record<string, unknown> = { ...ours };
  for (const [key, value] of Object.entries(added)) {
    const before = merged[key];
    merged[key] = isObject(before) && isObject(value) ? deepMerge(before, value) : (value ?? {});
  }
  return merged;
}
