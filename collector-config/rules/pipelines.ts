import { nearest } from "../../common/nearest.ts";
import { fields, items } from "../../common/objects.ts";
import { type ReadComponent, texts } from "./reading.ts";
import type { Finding, Rule } from "./rule.ts";

const manual = "https://opentelemetry.io/docs/collector/configuration/";
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

export const pipelineRules: readonly Rule[] = [pipelines, connectors, connectorPipelines, ambiguous];
