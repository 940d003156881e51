import { fields } from "../../common/objects.ts";
import { type ReadComponent, type Reading, seconds, texts } from "./reading.ts";
import type { Finding, Rule } from "./rule.ts";

const connector =
  "https://github.com/open-telemetry/opentelemetry-collector-contrib/blob/main/connector/failoverconnector/README.md";

/** Longer than this no sender waits for a level to be given up. */
const patience = 30;

const levels = (text: string, queue = "sending_queue: {enabled: false}") =>
  `connectors: {failover: {priority_levels: [[traces/a], [traces/b]], ${queue}}}
exporters: {otlp_grpc/a: {endpoint: "a:4317", tls: {insecure: true}, ${text}}}
service: {pipelines: {traces: {exporters: [failover]}, traces/a: {receivers: [failover], exporters: [otlp_grpc/a]}, traces/b: {receivers: [failover], exporters: [otlp_grpc]}}}`;
const fast = "sending_queue: {enabled: false}, retry_on_failure: {enabled: false}";

const failover: Rule = {
  id: "failover",
  title: "A failover connector has no queue, and what is behind its levels fails at once, but for the last level.",
  why: "Its queue, on in memory by default, answers senders before any level has the data and drops it when none takes it; a level with a queue takes everything, so that no other is tried.",
  source: connector,
  severity: "error",
  fix: "sending_queue: {enabled: false}",
  example: { wrong: { yaml: levels(fast, "retry_interval: 10s") }, right: { yaml: levels(fast) } },
  check: (config) =>
    config.connectors
      .filter(({ type }) => type === "failover")
      .flatMap((one) => [
        ...(fields(one.config["sending_queue"])["enabled"] === false ? [] : [queued(one)]),
        ...tried(config, one).flatMap(slow),
      ]),
};

function queued({ path, config }: ReadComponent): Finding {
  const known = fields(config["sending_queue"])["enabled"];
  return {
    path: `${path}.sending_queue.enabled`,
    message: known === undefined ? "is not set, and its default is true" : `is ${known}`,
  };
}

/** The exporters of every level but the last, which is where data waits when no other takes it. */
function tried(config: Reading, { config: settings }: ReadComponent): ReadComponent[] {
  const all = Array.isArray(settings["priority_levels"]) ? settings["priority_levels"] : [];
  const pipelines = all.slice(0, -1).flatMap(texts);
  const named = config.pipelines.filter(({ id }) => pipelines.includes(id)).flatMap(({ exporters }) => exporters);
  return config.exporters.filter(({ id }) => named.includes(id));
}

/** Exporters that answer at once unless they are told to have a queue. */
const direct = ["debug", "file", "prometheus", "nop", "jaeger_storage_exporter", "load_balancing"];

function slow({ path, type, config }: ReadComponent): Finding[] {
  if (direct.includes(type) && config["sending_queue"] === undefined) return [];
  const { enabled, wait_for_result: waits } = fields(config["sending_queue"]);
  const retry = fields(config["retry_on_failure"]);
  const end = seconds(retry["max_elapsed_time"] ?? "300s");
  const found: Finding[] = [];
  if (enabled !== false && waits !== true) {
    found.push({
      path: `${path}.sending_queue.enabled`,
      message: `${enabled === undefined ? "is not set, and its default is true" : `is ${enabled}`}: no other level is ever tried`,
    });
  }
  if (type !== "elasticsearch" && retry["enabled"] !== false && end !== undefined && (end === 0 || end > patience)) {
    const got = retry["max_elapsed_time"] ?? "not set, and its default is 300s";
    found.push({
      path: `${path}.retry_on_failure.max_elapsed_time`,
      message: `is ${got}: no other level is tried before`,
      fix: "retry_on_failure: {enabled: false}",
    });
  }
  return found;
}

export const failoverRules: readonly Rule[] = [failover];
