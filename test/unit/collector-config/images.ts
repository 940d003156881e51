import type { CollectorConfig } from "../../../collector-config/types.ts";

export const contrib = "otel/opentelemetry-collector-contrib:0.159.0";
export const k8s = "docker.io/otel/opentelemetry-collector-k8s:0.159.0";
export const jaeger = "docker.io/jaegertracing/jaeger:2.13.0";

/** A configuration of these components and nothing else. */
export function config(parts: Readonly<Record<string, readonly string[]>>): CollectorConfig {
  const sections = Object.entries(parts).map(([section, ids]) => [
    section,
    Object.fromEntries(ids.map((id) => [id, {}])),
  ]);
  return { receivers: {}, exporters: {}, service: { pipelines: {} }, ...Object.fromEntries(sections) };
}
