import { memoryLimiter, otlpReceiver, ownMetrics, podIp, ports } from "./shared.ts";
import type { CollectorConfig } from "./types.ts";

export interface AgentOptions {
  /** Where the gateway takes OTLP/gRPC, `host:port`. */
  readonly gatewayEndpoint: string;
  /** How requests to the gateway are packed. `none` costs least inside one node or zone. */
  readonly compression: "none" | "zstd";
  /** Milliseconds to collect spans before they go to the gateway. The SDK's answer waits for it. */
  readonly batchDelayMs: number;
  /** Spans that may wait for the gateway; beyond it the SDKs wait too. */
  readonly queueSpans: number;
}

/**
 * The agent on each node: takes OTLP from the node's pods, adds what Kubernetes knows of them and hands large requests to the gateway.
 * `wait_for_result` keeps an SDK's request open until the gateway has the data, so that errors and back-pressure reach the SDK.
 */
export function agentConfig(options: AgentOptions): CollectorConfig {
  return {
    extensions: { health_check: { endpoint: `${podIp}:${ports.health}` } },
    receivers: {
      otlp: otlpReceiver(podIp),
      // kubectl port-forward arrives on loopback, where the pod IP's listener does not hear it.
      "otlp/loopback": otlpReceiver("127.0.0.1"),
    },
    processors: {
      memory_limiter: memoryLimiter,
      k8s_attributes: {
        auth_type: "serviceAccount",
        filter: { node_from_env_var: "NODE_NAME" },
        // Without it the first spans after a start go unenriched.
        wait_for_metadata: true,
        extract: { metadata: podMetadata },
        pod_association: [
          { sources: [{ from: "resource_attribute", name: "k8s.pod.uid" }] },
          {
            sources: [
              { from: "resource_attribute", name: "k8s.namespace.name" },
              { from: "resource_attribute", name: "k8s.pod.name" },
            ],
          },
          { sources: [{ from: "connection" }] },
        ],
      },
    },
    exporters: {
      otlp_grpc: {
        endpoint: options.gatewayEndpoint,
        tls: { insecure: true },
        compression: options.compression,
        // Long enough for the gateway to be replaced; an SDK that gave up earlier is still served from here.
        retry_on_failure: { initial_interval: "500ms", max_interval: "5s", max_elapsed_time: "60s" },
        sending_queue: {
          wait_for_result: true,
          block_on_overflow: true,
          sizer: "items",
          queue_size: options.queueSpans,
          batch: { flush_timeout: `${options.batchDelayMs}ms`, min_size: 4096, max_size: 8192, sizer: "items" },
        },
      },
    },
    service: {
      extensions: ["health_check"],
      telemetry: ownMetrics,
      pipelines: {
        traces: {
          receivers: ["otlp", "otlp/loopback"],
          processors: ["memory_limiter", "k8s_attributes"],
          exporters: ["otlp_grpc"],
        },
      },
    },
  };
}

/** All of it is found by watching pods alone: owners' names come from the pod's owner reference. */
const podMetadata = [
  "k8s.namespace.name",
  "k8s.pod.name",
  "k8s.pod.uid",
  "k8s.pod.start_time",
  "k8s.node.name",
  "k8s.deployment.name",
  "k8s.statefulset.name",
  "k8s.daemonset.name",
  "k8s.cronjob.name",
  "k8s.job.name",
];
