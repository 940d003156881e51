import { typeOf } from "../types.ts";
import { leaves, type Reading } from "./reading.ts";
import type { Rule } from "./rule.ts";

/** Settings that take the id of an extension. */
const extensionKeys = ["authenticator", "storage", "encoding_extension", "tail_storage"];

const extensions: Rule = {
  id: "extensions",
  title: "Every extension that a component needs is defined and under service.extensions.",
  why: "The Collector refuses to start: an extension that the service does not list is not there.",
  source: "https://opentelemetry.io/docs/collector/configuration/",
  severity: "error",
  fix: "service: {extensions: [<the extension>]}",
  example: {
    wrong: { yaml: "exporters: {otlp_grpc: {auth: {authenticator: bearertokenauth}}}" },
    right: {
      yaml: 'extensions: {bearertokenauth: {token: "${env:TOKEN}"}}\nexporters: {otlp_grpc: {auth: {authenticator: bearertokenauth}}}\nservice: {extensions: [health_check, bearertokenauth]}',
    },
  },
  check: (config) =>
    [...config.receivers, ...config.processors, ...config.exporters, ...config.connectors].flatMap((component) =>
      leaves(component.config, component.path)
        .filter(({ key, path, value }) => needsExtension(key, path, value, config))
        .filter(({ value }) => !config.enabled.includes(String(value)))
        .map(({ path, value }) => {
          const defined = config.extensions.some(({ id }) => id === value);
          return {
            path,
            message: `needs the extension ${value}, which ${defined ? "the service does not start" : "is not defined"}`,
            fix: `${defined ? "" : `extensions: {${value}: {...}} and `}service: {extensions: [${[...config.enabled, value].join(", ")}]}`,
          };
        }),
    ),
};

/** Jaeger's own components name a backend of jaeger_storage by such keys, not an extension. */
function needsExtension(key: string, path: string, value: string | number, config: Reading): boolean {
  if (!extensionKeys.includes(key) || typeof value !== "string" || value.includes("${")) return false;
  if (key === "authenticator" || key === "tail_storage" || path.endsWith(".sending_queue.storage")) return true;
  return config.extensions.some(({ id }) => id === value) || /_storage(\/|$)/.test(value);
}

const storage: Rule = {
  id: "storage",
  title: "Every Jaeger storage that is named is a backend of jaeger_storage.",
  why: "Jaeger refuses to start.",
  source: "https://www.jaegertracing.io/docs/latest/configuration/",
  severity: "error",
  fix: "the name of a backend of jaeger_storage",
  example: {
    wrong: {
      yaml: "extensions: {jaeger_storage: {backends: {mem: {memory: {max_traces: 1000}}}}}\nexporters: {jaeger_storage_exporter: {trace_storage: disk}}\nservice: {extensions: [health_check, jaeger_storage], pipelines: {traces: {exporters: [otlp_grpc, jaeger_storage_exporter]}}}",
    },
    right: {
      yaml: "extensions: {jaeger_storage: {backends: {mem: {memory: {max_traces: 1000}}}}}\nexporters: {jaeger_storage_exporter: {trace_storage: mem}}\nservice: {extensions: [health_check, jaeger_storage], pipelines: {traces: {exporters: [otlp_grpc, jaeger_storage_exporter]}}}",
    },
  },
  check: (config) => {
    const backends = config.extensions
      .filter(({ type }) => type === "jaeger_storage")
      .flatMap(({ config: settings }) =>
        ["backends", "metric_backends"].flatMap((key) => Object.keys(Object(settings[key]))),
      );
    const naming = [...config.exporters, ...config.extensions].flatMap((component) =>
      leaves(component.config, component.path).filter(
        ({ key, path }) =>
          key === "trace_storage" ||
          (typeOf(component.id) === "jaeger_query" && path.startsWith(`${component.path}.storage.`)),
      ),
    );
    return naming
      .filter(({ value }) => !backends.includes(String(value)))
      .map(({ key, path, value }) => ({
        path,
        message: `is ${value}, which jaeger_storage does not define`,
        fix: `${key}: ${backends[0] ?? "a backend of jaeger_storage"}`,
      }));
  },
};

export const extensionRules: readonly Rule[] = [extensions, storage];
