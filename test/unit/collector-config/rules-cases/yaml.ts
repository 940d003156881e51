import { parse } from "yaml";
import type { Context, Example } from "../../../../collector-config/rules/rule.ts";
import { isObject } from "../../../../common/objects.ts";

/** What breaks a rule, and what keeps it. */
export interface Cases {
  readonly fails: readonly Example[];
  readonly passes: readonly Example[];
}

/** A configuration that breaks no rule, wherever it runs. */
export const sound: unknown = parse(`
extensions: {health_check: {endpoint: "[\${env:POD_IP}]:13133"}}
receivers: {otlp: {protocols: {grpc: {endpoint: "[\${env:POD_IP}]:4317"}}}}
processors: {memory_limiter: {check_interval: 1s, limit_percentage: 80, spike_limit_percentage: 20}}
exporters: {otlp_grpc: {endpoint: "jaeger:4317", tls: {insecure: true}}}
service:
  extensions: [health_check]
  telemetry: {metrics: {readers: [{pull: {exporter: {prometheus: {host: "", port: 8888}}}}]}}
  pipelines: {traces: {receivers: [otlp], processors: [memory_limiter], exporters: [otlp_grpc]}}
`);

/** The second value over the first: objects key by key, all else replaced. */
export function laidOver(base: unknown, over: unknown): unknown {
  if (!isObject(base) || !isObject(over)) return over;
  const merged: Record<string, unknown> = { ...base };
  for (const [key, value] of Object.entries(over)) {
    merged[key] = Object.hasOwn(merged, key) ? laidOver(merged[key], value) : value;
  }
  return merged;
}

export const at = (yaml: string, context: Context = {}): Example => ({ yaml, context });
export const traces = (text: string) => `service: {pipelines: {traces: {${text}}}}`;
export const limiter = (text: string) => `processors: {memory_limiter: ${text}}`;
export const exporter = (text: string, id = "otlp_grpc") =>
  `exporters: {${id}: ${text}}\nservice: {pipelines: {traces: {exporters: [${id}, otlp_grpc]}}}`;
export const sampler = (text: string, order = "memory_limiter, tail_sampling") =>
  `processors: {tail_sampling: ${text}, k8sattributes: {}, k8s_attributes/two: {}}\n${traces(`processors: [${order}]`)}`;
export const spans = (text: string, id = "span_metrics") =>
  `connectors: {${id}: ${text}}\nservice: {pipelines: {traces: {exporters: [otlp_grpc, ${id}]}, metrics: {receivers: [${id}], exporters: [otlp_grpc]}}}`;
export const queue = (text: string) => `exporters: {otlp_grpc: {sending_queue: ${text}}}`;
export const receiver = (text: string, id = "otlp") => `receivers: {${id}: ${text}}\n${traces(`receivers: [${id}]`)}`;
export const reader = (text: string) => `service: {telemetry: {metrics: ${text}}}`;
