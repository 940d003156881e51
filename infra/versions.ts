import { defaultImages } from "../instrumentation/defaulter.ts";

type ImageReference = `${string}:${string}`;

/**
 * Every container image this project runs, as `name:tag` or `name:tag@sha256:<digest>`.
 * An upgrade is an edit of this file; the agents' images are the operator's defaults, which instrumentation/defaulter.ts tells.
 */
export const images = {
  collector: "docker.io/otel/opentelemetry-collector-contrib:0.159.0",
  jaeger: "docker.io/jaegertracing/jaeger:2.13.0",
  /** Asks for a login in front of Jaeger's UI. */
  login: "quay.io/oauth2-proxy/oauth2-proxy:v7.15.6",
  /** Work out for a storage which service called which. The one for Elasticsearch knows its releases 7.17 to 8. */
  dependencies: {
    opensearch: "ghcr.io/jaegertracing/spark-dependencies/spark-dependencies:v0.7.2-opensearch",
    elasticsearch: "ghcr.io/jaegertracing/spark-dependencies/spark-dependencies:v0.7.2-elasticsearch8",
    cassandra: "ghcr.io/jaegertracing/spark-dependencies/spark-dependencies:v0.7.2-cassandra",
  },
  operator: "ghcr.io/open-telemetry/opentelemetry-operator/opentelemetry-operator:0.158.0",
  /** On a Docker Engine: gives a new volume to the user of the programs, and asks for their health. Static, so it runs in any image. */
  busybox: "docker.io/library/busybox:1.37.0-musl",
  /** What the embedded cluster itself runs. */
  coredns: "registry.k8s.io/coredns/coredns:v1.14.7",
  pause: "registry.k8s.io/pause:3.10",
} as const satisfies Record<string, ImageReference | Record<string, ImageReference>>;

/** The agents that injection brings into pods, by the field of an Instrumentation that names them: those that the operator takes. */
export const agentImages = defaultImages;
