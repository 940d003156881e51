import { type Exporter, extra } from "../component.ts";
import type { GrpcClient, HttpClient } from "./connection.ts";
import type { Delivery, Duration, NonEmpty } from "./sending-queue.ts";

export interface OtlpGrpcExporterArgs extends GrpcClient, Delivery {
  /** `host:port`. */
  readonly endpoint: string;
}

/**
 * Sends OTLP over gRPC.
 * @see https://github.com/open-telemetry/opentelemetry-collector/blob/main/exporter/otlpexporter/README.md
 */
export function otlpGrpcExporter(args: OtlpGrpcExporterArgs, name = ""): Exporter {
  return extra.exporter("otlp_grpc", { ...args }, name);
}

/** A base URL to which `/v1/traces` and the like are added, or the full URL of one signal at least. */
type OtlpHttpUrls =
  | { readonly endpoint: string; readonly traces_endpoint?: string; readonly metrics_endpoint?: string }
  | { readonly traces_endpoint: string; readonly metrics_endpoint?: string; readonly endpoint?: never }
  | { readonly metrics_endpoint: string; readonly endpoint?: never; readonly traces_endpoint?: never };

export type OtlpHttpExporterArgs = OtlpHttpUrls &
  HttpClient &
  Delivery & {
    readonly logs_endpoint?: string;
    /** Upstream's default: proto. */
    readonly encoding?: "proto" | "json";
  };

/**
 * Sends OTLP over HTTP. Upstream's default timeout: 30s.
 * @see https://github.com/open-telemetry/opentelemetry-collector/blob/main/exporter/otlphttpexporter/README.md
 */
export function otlpHttpExporter(args: OtlpHttpExporterArgs, name = ""): Exporter {
  return extra.exporter("otlp_http", { ...args }, name);
}

/** How the backends are found: exactly one way. */
export type Resolver =
  | { readonly static: { readonly hostnames: NonEmpty<string> }; readonly dns?: never; readonly k8s?: never }
  | {
      readonly dns: {
        readonly hostname: string;
        /** As text, `"4317"`: upstream refuses a number. Upstream's default: 4317. */
        readonly port?: `${number}`;
        /** Upstream's default: 5s. */
        readonly interval?: Duration;
        /** Upstream's default: 1s. */
        readonly timeout?: Duration;
      };
      readonly static?: never;
      readonly k8s?: never;
    }
  | {
      readonly k8s: {
        /** `service.namespace`, or `service` in the Collector's own namespace. Needs to get, list and watch EndpointSlices. */
        readonly service: string;
        /** Upstream's default: 4317. */
        readonly ports?: NonEmpty<number>;
        /** Upstream's default: 1m. */
        readonly timeout?: Duration;
        /** Names of a StatefulSet's pods instead of their addresses, which a restart changes. Needs a headless Service. Upstream's default: false. */
        readonly return_hostnames?: boolean;
      };
      readonly static?: never;
      readonly dns?: never;
    };

export type LoadBalancingExporterArgs = Delivery & {
  readonly resolver: Resolver;
  /** How each backend is spoken to. A queue here is lost with its backend: give the queue to this exporter instead. */
  readonly protocol: { readonly otlp: GrpcClient & Delivery };
} & (
    | {
        /** What stays together. Upstream's default: traceID for traces and logs, service for metrics. */
        readonly routing_key?: "traceID" | "service" | "resource" | "metric" | "streamID";
        readonly routing_attributes?: never;
      }
    | { readonly routing_key: "attributes"; readonly routing_attributes: NonEmpty<string> }
  );

/**
 * Sends all spans of a trace (or all data of another key) to the same backend, over OTLP.
 * Queue and retry of its own are off by upstream's default; those below `protocol.otlp` are on.
 * @see https://github.com/open-telemetry/opentelemetry-collector-contrib/blob/main/exporter/loadbalancingexporter/README.md
 */
export function loadBalancingExporter(args: LoadBalancingExporterArgs, name = ""): Exporter {
  return extra.exporter("load_balancing", { ...args }, name);
}
