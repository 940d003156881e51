import { nearest } from "../../common/nearest.ts";
import { fields, isObject } from "../../common/objects.ts";
import type { Finding, Rule } from "./rule.ts";

const manual = "https://opentelemetry.io/docs/collector/configuration/";
/** The sections of a Collector configuration. */
export const sections = ["receivers", "processors", "exporters", "connectors", "extensions", "service"];

const shape: Rule = {
  id: "sections",
  title: "A configuration holds receivers, processors, exporters, connectors, extensions and service, each an object.",
  why: "The Collector refuses to start.",
  source: manual,
  severity: "error",
  fix: "one of receivers, processors, exporters, connectors, extensions, service",
  example: {
    wrong: { yaml: "exporter: {debug: {}}" },
    right: { yaml: "exporters: {debug: {}}\nservice: {pipelines: {traces: {exporters: [otlp_grpc, debug]}}}" },
  },
  check: ({ written }) => [
    ...Object.keys(written)
      .filter((key) => !sections.includes(key))
      .map((key) => {
        const meant = nearest(key, sections);
        const fix = meant === undefined ? sections.join(", ") : `${meant}: {...}`;
        return { path: key, message: "is no section of a Collector configuration", fix };
      }),
    ...sections.flatMap((key) => wrongShape(key, written[key])),
    ...lists(written),
  ],
};

function wrongShape(key: string, value: unknown): Finding[] {
  if (value === undefined || value === null || isObject(value)) return [];
  return [
    { path: key, message: `is ${short(value)}, not an object of components by id`, fix: `${key}: {<type>: {...}}` },
  ];
}

/** The lists of pipelines, and components that are neither empty nor an object. */
function lists(written: Readonly<Record<string, unknown>>): Finding[] {
  const service = fields(written["service"]);
  const named = [
    ["service.extensions", service["extensions"]] as const,
    ...Object.entries(fields(service["pipelines"])).flatMap(([id, pipeline]) =>
      ["receivers", "processors", "exporters"].map(
        (part) => [`service.pipelines.${id}.${part}`, fields(pipeline)[part]] as const,
      ),
    ),
  ];
  const components = sections
    .slice(0, -1)
    .flatMap((part) => Object.entries(fields(written[part])).map(([id, value]) => [`${part}.${id}`, value] as const));
  return [
    ...named
      .filter(([, value]) => value !== undefined && value !== null && !isListOfTexts(value))
      .map(([path, value]) => ({
        path,
        message: `is ${short(value)}, not a list of ids`,
        fix: `${path.split(".").at(-1)}: [<id>, ...]`,
      })),
    ...components
      .filter(([, value]) => value !== undefined && value !== null && !isObject(value))
      .map(([path, value]) => ({ path, message: `is ${short(value)}, not an object`, fix: `${path}: {...}` })),
  ];
}

const nullSections: Rule = {
  id: "null-sections",
  title: "No section is written without content.",
  why: "Merged over another file, an empty section takes away what the other file holds.",
  source: "https://github.com/open-telemetry/opentelemetry-collector/blob/main/confmap/README.md#null-maps",
  severity: "warning",
  fix: "{}, or take the line out",
  example: { wrong: { yaml: "connectors:" }, right: { yaml: "connectors: {}" } },
  check: ({ written }) =>
    sections
      .filter((key) => written[key] === null)
      .map((key) => ({ path: key, message: "is written without content", fix: `${key}: {}, or take the line out` })),
};

function isListOfTexts(value: unknown): boolean {
  return Array.isArray(value) && value.every((item) => typeof item === "string");
}

function short(value: unknown): string {
  if (Array.isArray(value)) return "a list";
  return typeof value === "object" ? "an object" : String(JSON.stringify(value)).slice(0, 60);
}

export const shapeRules: readonly Rule[] = [shape, nullSections];
