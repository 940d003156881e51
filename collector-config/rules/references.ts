import { nearest } from "../../common/nearest.ts";
import { components, type ReadComponent, type Reading } from "./reading.ts";
import type { Rule } from "./rule.ts";

const manual = "https://opentelemetry.io/docs/collector/configuration/";

/** Each component that a pipeline or the service names, with the place where it does. */
function named(config: Reading) {
  const parts = ["receivers", "processors", "exporters"] as const;
  return [
    ...config.pipelines.flatMap((pipeline) =>
      parts.flatMap((part) => pipeline[part].map((id) => ({ part, id, path: `${pipeline.path}.${part}` }))),
    ),
    ...config.enabled.map((id) => ({ part: "extensions" as const, id, path: "service.extensions" })),
  ];
}

const references: Rule = {
  id: "references",
  title: "Every component that a pipeline or the service names is defined.",
  why: "The Collector refuses to start.",
  source: manual,
  severity: "error",
  fix: "define the component, or take its name out",
  example: {
    wrong: { yaml: "service: {pipelines: {traces: {exporters: [otlp_grpc, zipkin]}}}" },
    right: {
      yaml: "exporters: {zipkin: {endpoint: http://zipkin:9411/api/v2/spans}}\nservice: {pipelines: {traces: {exporters: [otlp_grpc, zipkin]}}}",
    },
  },
  check: (config) =>
    named(config).flatMap(({ part, id, path }) => {
      const known = (
        part === "processors" || part === "extensions" ? config[part] : [...config[part], ...config.connectors]
      ).map((component) => component.id);
      if (known.includes(id)) return [];
      const meant = nearest(
        id,
        known.filter((other) => other !== ""),
      );
      return [
        {
          path,
          message: `names ${id}, which is not defined`,
          fix: meant === undefined ? `${part}: {${id}: {...}}, or take ${id} out of ${path}` : meant,
        },
      ];
    }),
};

const unused: Rule = {
  id: "unused",
  title: "Every component that is defined is used.",
  why: "The Collector starts without it and says nothing, so data goes elsewhere than its reader believes.",
  source: "https://opentelemetry.io/docs/collector/troubleshooting/",
  severity: "warning",
  fix: "name it in a pipeline, or take it out",
  example: {
    wrong: { yaml: "exporters: {zipkin: {endpoint: http://zipkin:9411/api/v2/spans}}" },
    right: {
      yaml: "exporters: {zipkin: {endpoint: http://zipkin:9411/api/v2/spans}}\nservice: {pipelines: {traces: {exporters: [otlp_grpc, zipkin]}}}",
    },
  },
  check: (config) => {
    const uses = named(config);
    return components(config)
      .filter(({ kind, id }) => !uses.some((use) => use.id === id && reaches(use.part, kind)))
      .map(({ kind, type, id, path }) => ({
        path,
        message: "is defined but not used",
        fix: type === "batch" ? `take ${id} out` : `${usage(kind, id, config.enabled)}, or take ${id} out`,
      }));
  },
};

/** The line that uses a component. */
function usage(kind: ReadComponent["kind"], id: string, enabled: readonly string[]): string {
  if (kind === "extension") return `service: {extensions: [${[...enabled, id].join(", ")}]}`;
  return `service: {pipelines: {traces: {${kind === "connector" ? "exporters" : `${kind}s`}: [${id}, ...]}}}`;
}

function reaches(part: string, kind: ReadComponent["kind"]): boolean {
  return part === `${kind}s` || (kind === "connector" && (part === "receivers" || part === "exporters"));
}

export const referenceRules: readonly Rule[] = [references, unused];
