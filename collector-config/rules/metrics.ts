import { fields, items } from "../../common/objects.ts";
import { numberOr, type ReadComponent } from "./reading.ts";
import type { Rule } from "./rule.ts";

const source =
  "https://github.com/open-telemetry/opentelemetry-collector-contrib/blob/main/connector/spanmetricsconnector/README.md";

/** Attributes whose values have no end: each makes a series of its own. */
const unbounded = [
  "client.address",
  "client.port",
  "client.socket.address",
  "code.stacktrace",
  "container.id",
  "db.query.text",
  "db.statement",
  "enduser.id",
  "exception.message",
  "exception.stacktrace",
  "http.client_ip",
  "http.request_content_length",
  "http.response_content_length",
  "http.target",
  "http.url",
  "http.user_agent",
  "k8s.pod.ip",
  "k8s.pod.start_time",
  "k8s.pod.uid",
  "messaging.message.id",
  "messaging.message_id",
  "net.peer.ip",
  "net.peer.port",
  "net.sock.peer.addr",
  "net.sock.peer.port",
  "network.peer.address",
  "network.peer.port",
  "process.pid",
  "request_id",
  "request.id",
  "rpc.jsonrpc.request_id",
  "session.id",
  "span_id",
  "thread.id",
  "thread.name",
  "trace_id",
  "url.full",
  "url.original",
  "url.path",
  "url.query",
  "user.email",
  "user.id",
  "user.name",
  "user_agent.original",
  "user_id",
];

/** What can stand for an unbounded attribute. */
const boundedInstead: Readonly<Record<string, string>> = {
  "http.target": "http.route",
  "http.url": "http.route",
  "url.full": "http.route",
  "url.path": "http.route",
  "url.original": "http.route",
  "db.statement": "db.operation.name",
  "db.query.text": "db.query.summary",
  "k8s.pod.uid": "k8s.deployment.name",
};

const dimensions: Rule = {
  id: "dimensions",
  title: "The dimensions of span_metrics and service_graph have few values.",
  why: "Each value makes series of its own, until the Collector and Prometheus run out of memory.",
  source,
  severity: "error",
  fix: "dimensions: [{name: http.route}]",
  example: {
    wrong: {
      yaml: "connectors: {span_metrics: {aggregation_cardinality_limit: 2000, dimensions: [{name: url.full}]}}\nservice: {pipelines: {traces: {exporters: [otlp_grpc, span_metrics]}, metrics: {receivers: [span_metrics], exporters: [otlp_grpc]}}}",
    },
    right: {
      yaml: "connectors: {span_metrics: {aggregation_cardinality_limit: 2000, dimensions: [{name: http.route}]}}\nservice: {pipelines: {traces: {exporters: [otlp_grpc, span_metrics]}, metrics: {receivers: [span_metrics], exporters: [otlp_grpc]}}}",
    },
  },
  check: (config) =>
    config.connectors.flatMap((connector) =>
      dimensionsOf(connector)
        .filter(({ name }) => unbounded.includes(name))
        .map(({ name, path }) => ({
          path,
          message: `has the dimension ${name}, whose values have no end`,
          fix: boundedInstead[name] ? `- name: ${boundedInstead[name]}` : `take ${name} out of ${path}`,
        })),
    ),
};

function dimensionsOf({ type, config, path }: ReadComponent): { name: string; path: string }[] {
  const lists: [string, unknown][] =
    type === "span_metrics"
      ? [
          ["dimensions", config["dimensions"]],
          ["calls_dimensions", config["calls_dimensions"]],
          ["histogram.dimensions", fields(config["histogram"])["dimensions"]],
          ["events.dimensions", fields(config["events"])["dimensions"]],
        ]
      : type === "service_graph"
        ? [["dimensions", config["dimensions"]]]
        : [];
  return lists.flatMap(([key, list]) =>
    items(list).flatMap((dimension) => {
      const name: unknown = typeof dimension === "string" ? dimension : fields(dimension)["name"];
      return typeof name === "string" ? [{ name, path: `${path}.${key}` }] : [];
    }),
  );
}

const seriesLimit: Rule = {
  id: "series-limit",
  title: "span_metrics has an aggregation_cardinality_limit.",
  why: "The name of a span is always a dimension: one service that puts ids into names makes series without end.",
  source,
  severity: "warning",
  fix: "aggregation_cardinality_limit: 2000",
  example: {
    wrong: {
      yaml: "connectors: {span_metrics: {}}\nservice: {pipelines: {traces: {exporters: [otlp_grpc, span_metrics]}, metrics: {receivers: [span_metrics], exporters: [otlp_grpc]}}}",
    },
    right: {
      yaml: "connectors: {span_metrics: {aggregation_cardinality_limit: 2000}}\nservice: {pipelines: {traces: {exporters: [otlp_grpc, span_metrics]}, metrics: {receivers: [span_metrics], exporters: [otlp_grpc]}}}",
    },
  },
  check: (config) =>
    config.connectors
      .filter(
        ({ type, config: settings }) =>
          type === "span_metrics" && numberOr(settings["aggregation_cardinality_limit"], 0) === 0,
      )
      .map(({ path }) => ({
        path: `${path}.aggregation_cardinality_limit`,
        message: "is 0, which bounds nothing",
      })),
};

export const metricRules: readonly Rule[] = [dimensions, seriesLimit];
