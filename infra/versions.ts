/**
 * Every container image this project runs, as `name:tag` or `name:tag@sha256:<digest>`.
 * No other file names an image, so an upgrade is an edit of this one.
 */
export const images = {
  collector: "docker.io/otel/opentelemetry-collector-contrib:0.159.0",
  jaeger: "docker.io/jaegertracing/jaeger:2.13.0",
  autoinstrumentationNodejs: "ghcr.io/open-telemetry/opentelemetry-operator/autoinstrumentation-nodejs:0.78.0",
  /** What the embedded cluster itself runs. */
  coredns: "registry.k8s.io/coredns/coredns:v1.14.7",
  pause: "registry.k8s.io/pause:3.10",
} as const satisfies Record<string, `${string}:${string}`>;
