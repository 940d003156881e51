import { stringify } from "yaml";
import type { CollectorConfig, ComponentConfig, Telemetry } from "./types.ts";

/** The ports that every part of the topology uses, as numbers on the pod. */
export const ports = {
  otlpGrpc: 4317,
  otlpHttp: 4318,
  /** Own metrics in Prometheus format, path /metrics. */
  metrics: 8888,
  /** Health, path / (Collector) or /status (Jaeger). */
  health: 13133,
  /** Jaeger's UI and HTTP API. */
  query: 16686,
  /** Jaeger's gRPC API. */
  queryGrpc: 16685,
} as const;

/** The pod's own address, in brackets so that an IPv6 address works too. Set by the manifest from `status.podIP`. */
export const podIp = "[${env:POD_IP}]";

/**
 * Both OTLP protocols on one address.
 * @param host An address as it stands in front of a port.
 * @param maxRequestMiB The largest request to take; larger ones are refused with an error that SDKs do not retry. Default: 16.
 * @see https://github.com/open-telemetry/opentelemetry-collector/blob/main/receiver/otlpreceiver/README.md
 */
export function otlpReceiver(host: string, maxRequestMiB = 16): ComponentConfig {
  return {
    protocols: {
      grpc: { endpoint: `${host}:${ports.otlpGrpc}`, max_recv_msg_size_mib: maxRequestMiB },
      http: { endpoint: `${host}:${ports.otlpHttp}`, max_request_body_size: maxRequestMiB * 1024 * 1024 },
    },
  };
}

/**
 * Sheds load before the container's memory limit is reached. Must be the first processor of each pipeline.
 * @see https://github.com/open-telemetry/opentelemetry-collector/blob/main/processor/memorylimiterprocessor/README.md
 */
export const memoryLimiter: ComponentConfig = {
  check_interval: "1s",
  limit_percentage: 80,
  spike_limit_percentage: 20,
};

/** Own metrics on every address of the pod: `kubectl port-forward` enters by loopback, a scraper by the pod IP. */
export const ownMetrics: Telemetry = {
  metrics: {
    readers: [{ pull: { exporter: { prometheus: { host: "", port: ports.metrics } } } }],
  },
};

/** The configuration as the YAML text that goes into the ConfigMap. The same value always gives the same text. */
export function toYaml(config: CollectorConfig): string {
  return stringify(config, { lineWidth: 0, aliasDuplicateObjects: false });
}
