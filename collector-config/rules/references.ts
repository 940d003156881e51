import { nearest } from "../../common/nearest.ts";
import { fields, items } from "../../common/objects.ts";
import { typeOf } from "../types.ts";
import { components, leaves, type ReadComponent, type Reading, texts } from "./reading.ts";
import type { Finding, Rule } from "./rule.ts";

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

const signals = ["traces", "metrics", "logs", "profiles"];

const pipelines: Rule = {
  id: "pipelines",
  title: "There is a pipeline, and each has a signal, a receiver and an exporter.",
  why: "The Collector refuses to start.",
  source: manual,
  severity: "error",
  fix: "service: {pipelines: {traces: {receivers: [otlp], processors: [memory_limiter], exporters: [otlp_grpc]}}}",
  example: {
    wrong: { yaml: "service: {pipelines: {traces: {exporters: []}}}" },
    right: { yaml: "service: {pipelines: {traces: {exporters: [otlp_grpc]}}}" },
  },
  check: (config) => {
    if (config.pipelines.length === 0) return [{ path: "service.pipelines", message: "holds no pipeline" }];
    return config.pipelines.flatMap((pipeline): Finding[] => [
      ...(signals.includes(pipeline.signal)
        ? []
        : [{ path: pipeline.path, message: "is no pipeline of a known signal", fix: signalFix(pipeline.signal) }]),
      ...(["receivers", "exporters"] as const)
        .filter((part) => pipeline[part].length === 0)
        .map((part) => ({
          path: `${pipeline.path}.${part}`,
          message: `names no ${part.slice(0, -1)}`,
          fix: `${part}: [${config[part][0]?.id ?? (part === "receivers" ? "otlp" : "otlp_grpc")}]`,
        })),
      ...pipeline.processors
        .filter((id, index, all) => all.indexOf(id) < index)
        .map((id) => ({
          path: `${pipeline.path}.processors`,
          message: `names ${id} twice`,
          fix: `processors: [${[...new Set(pipeline.processors)].join(", ")}]`,
        })),
    ]);
  },
};

function signalFix(signal: string): string {
  return `${nearest(signal, signals) ?? "traces"}, metrics or logs, with /name or without`.replace(
    /^(metrics|logs), metrics or logs/,
    "$1",
  );
}

const connectors: Rule = {
  id: "connectors",
  title: "A connector is the exporter of one pipeline and the receiver of another.",
  why: "The Collector refuses to start.",
  source: "https://opentelemetry.io/docs/collector/components/connector/",
  severity: "error",
  fix: "name the connector as receiver of the pipeline that goes on",
  example: {
    wrong: {
      yaml: "connectors: {forward: {}}\nservice: {pipelines: {traces: {exporters: [otlp_grpc, forward]}}}",
    },
    right: {
      yaml: "connectors: {forward: {}}\nservice: {pipelines: {traces: {exporters: [forward]}, traces/out: {receivers: [forward], exporters: [otlp_grpc]}}}",
    },
  },
  check: (config) =>
    config.connectors.flatMap(({ id, path }) => {
      const ends = config.pipelines.filter(({ exporters }) => exporters.includes(id));
      const begins = config.pipelines.filter(({ receivers }) => receivers.includes(id));
      if (ends.length > 0 === begins.length > 0) return [];
      const [is, isNot] = ends.length > 0 ? ["exporter", "receiver"] : ["receiver", "exporter"];
      return [
        {
          path,
          message: `is ${is} of ${[...ends, ...begins].map((pipeline) => pipeline.id).join(", ")} and ${isNot} of no pipeline`,
          fix: `service: {pipelines: {<signal>/<name>: {${isNot}s: [${id}]}}}`,
        },
      ];
    }),
};

const level = (named: string, receives: string) =>
  `connectors: {failover: {sending_queue: {enabled: false}, priority_levels: [[traces/a], [${named}]]}}
exporters: {otlp_grpc/a: {endpoint: "a:4317", tls: {insecure: true}, sending_queue: {enabled: false}, retry_on_failure: {enabled: false}}}
service: {pipelines: {traces: {exporters: [failover]}, traces/a: {receivers: [failover], exporters: [otlp_grpc/a]}, traces/b: {receivers: [${receives}], exporters: [otlp_grpc]}}}`;

const connectorPipelines: Rule = {
  id: "connector-pipelines",
  title: "Each pipeline that a connector names is there and receives from that connector.",
  why: "The Collector refuses to start.",
  source:
    "https://github.com/open-telemetry/opentelemetry-collector-contrib/blob/main/connector/routingconnector/README.md",
  severity: "error",
  fix: "name the connector as receiver of that pipeline",
  example: {
    wrong: { yaml: level("traces/c", "failover") },
    right: { yaml: level("traces/b", "failover") },
  },
  check: (config) =>
    config.connectors
      .filter(({ id }) => config.pipelines.some(({ exporters }) => exporters.includes(id)))
      .flatMap((connector) => pipelinesOf(connector).map((one) => ({ ...one, connector: connector.id })))
      .flatMap(({ id, path, connector }) => {
        const receiving = config.pipelines.filter(({ receivers }) => receivers.includes(connector));
        if (id.includes("${") || receiving.some((pipeline) => pipeline.id === id)) return [];
        const exists = config.pipelines.some((pipeline) => pipeline.id === id);
        return [
          {
            path,
            message: `names ${id}, which ${exists ? `does not receive from ${connector}` : "is not defined"}`,
            fix: `service: {pipelines: {${id}: {receivers: [${connector}], exporters: [...]}}}`,
          },
        ];
      }),
};

/** The pipelines that a connector's settings name. */
function pipelinesOf({ type, config, path }: ReadComponent): { id: string; path: string }[] {
  const lists =
    type === "failover"
      ? items(config["priority_levels"]).map((list, at) => ({ list, path: `${path}.priority_levels.${at}` }))
      : type === "routing"
        ? [
            ...items(config["table"]).map((row, at) => ({
              list: fields(row)["pipelines"],
              path: `${path}.table.${at}.pipelines`,
            })),
            { list: config["default_pipelines"], path: `${path}.default_pipelines` },
          ]
        : [];
  return lists.flatMap((one) => texts(one.list).map((id) => ({ id, path: one.path })));
}

const ambiguous: Rule = {
  id: "ambiguous",
  title: "No connector has the id of a receiver or exporter.",
  why: "The Collector refuses to start, since a pipeline could mean either.",
  source: manual,
  severity: "error",
  fix: "another name for the connector",
  example: {
    wrong: {
      yaml: "connectors: {otlp: {}}",
    },
    right: {
      yaml: "connectors: {forward: {}}\nservice: {pipelines: {traces: {exporters: [forward]}, traces/out: {receivers: [forward], exporters: [otlp_grpc]}}}",
    },
  },
  check: (config) =>
    config.connectors
      .filter(({ id }) => [...config.receivers, ...config.exporters].some((other) => other.id === id))
      .map(({ id, path }) => ({
        path,
        message: `has the id of a ${config.receivers.some((other) => other.id === id) ? "receiver" : "exporter"}`,
        fix: `connectors: {${id}/connector: {...}}`,
      })),
};

/** Settings that take the id of an extension. */
const extensionKeys = ["authenticator", "storage", "encoding_extension", "tail_storage"];

const extensions: Rule = {
  id: "extensions",
  title: "Every extension that a component needs is defined and under service.extensions.",
  why: "The Collector refuses to start: an extension that the service does not list is not there.",
  source: manual,
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

export const referenceRules: readonly Rule[] = [
  references,
  unused,
  pipelines,
  connectors,
  connectorPipelines,
  ambiguous,
  extensions,
  storage,
];
