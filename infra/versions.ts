import type { AgentField } from "../instrumentation/defaulter.ts";

type ImageReference = `${string}:${string}`;

/**
 * Every container image this project runs, as `name:tag` or `name:tag@sha256:<digest>`.
 * No other file names an image, so an upgrade is an edit of this one.
 */
export const images = {
  collector: "docker.io/otel/opentelemetry-collector-contrib:0.159.0",
  jaeger: "docker.io/jaegertracing/jaeger:2.13.0",
  operator: "ghcr.io/open-telemetry/opentelemetry-operator/opentelemetry-operator:0.158.0",
  /** What the embedded cluster itself runs. */
  coredns: "registry.k8s.io/coredns/coredns:v1.14.7",
  pause: "registry.k8s.io/pause:3.10",
} as const satisfies Record<string, ImageReference>;

/**
 * The agents that injection brings into pods, by the field of an Instrumentation that names them: those that operator 0.158.0 takes.
 * Apache and nginx share one.
 */
export const agentImages = {
  java: "ghcr.io/open-telemetry/opentelemetry-operator/autoinstrumentation-java:2.30.0",
  nodejs: "ghcr.io/open-telemetry/opentelemetry-operator/autoinstrumentation-nodejs:0.78.0",
  python: "ghcr.io/open-telemetry/opentelemetry-operator/autoinstrumentation-python:0.64b0",
  dotnet: "ghcr.io/open-telemetry/opentelemetry-operator/autoinstrumentation-dotnet:1.16.0",
  go: "ghcr.io/open-telemetry/opentelemetry-go-instrumentation/autoinstrumentation-go:v0.24.0",
  apacheHttpd: "ghcr.io/open-telemetry/opentelemetry-operator/autoinstrumentation-apache-httpd:1.0.4",
  nginx: "ghcr.io/open-telemetry/opentelemetry-operator/autoinstrumentation-apache-httpd:1.0.4",
} as const satisfies Record<AgentField, ImageReference>;
