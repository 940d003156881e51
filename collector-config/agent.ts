import { assemble, type Spelling } from "./assemble.ts";
import type { Exporter } from "./component.ts";
import type { TlsClient } from "./components/connection.ts";
import { loadBalancingExporter } from "./components/exporters-otlp.ts";
import { type KubernetesMetadata, k8sAttributes } from "./components/processors.ts";
import { otlpReceiver } from "./components/receivers.ts";
import type { Delivery, NonEmpty } from "./components/sending-queue.ts";
import { podIp } from "./ports.ts";
import { health, limiter, ownMetrics } from "./shared.ts";
import { tierExporter } from "./tier.ts";
import type { CollectorConfig } from "./types.ts";

/**
 * How spans find a gateway: by the one address in front of all, over OTLP/HTTP, or the trace id says which of several, which sampling of
 * whole traces needs, over OTLP/gRPC. Each endpoint is `host:port`.
 */
export type Routing =
  | { readonly kind: "any"; readonly endpoint: string; readonly several: boolean }
  | { readonly kind: "by-trace-id"; readonly endpoints: NonEmpty<string> };

export interface AgentOptions {
  readonly gateway: Routing;
  /** Whether it can ask a Kubernetes API what the spans' pods are. Default: true. */
  readonly kubernetes?: boolean;
  /** Default: - plain. */
  readonly tls?: TlsClient | undefined;
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
export function agentConfig(options: AgentOptions, spell?: Spelling): CollectorConfig {
  return assemble(
    {
      extensions: [health],
      telemetry: ownMetrics,
      pipelines: [
        {
          signal: "traces",
          name: "",
          receivers: [
            // Go's SDK drops the batch that it writes to a kept connection while the agent, on its way out, closes that.
            otlpReceiver({ host: podIp, keep_alives_enabled: false }),
            // kubectl port-forward arrives on loopback, where the pod IP's listener does not hear it.
            otlpReceiver({ host: "127.0.0.1" }, "loopback"),
          ],
          processors: [limiter, ...((options.kubernetes ?? true) ? [enrichment] : [])],
          exporters: [toGateway(options)],
        },
      ],
    },
    spell,
  );
}

/** All of it is found by watching pods alone: owners' names come from the pod's owner reference. */
const metadata: readonly KubernetesMetadata[] = [
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

const enrichment = k8sAttributes({
  auth_type: "serviceAccount",
  filter: { node_from_env_var: "NODE_NAME" },
  // Without it the first spans after a start go unenriched.
  wait_for_metadata: true,
  extract: { metadata },
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
});

function toGateway(options: AgentOptions): Exporter {
  const { gateway, compression, tls = { insecure: true } } = options;
  const delivery = deliveryOf(options);
  if (gateway.kind === "any") {
    const { endpoint, several } = gateway;
    return tierExporter({ endpoint, several, tls, compression, ...delivery });
  }
  return loadBalancingExporter({
    routing_key: "traceID",
    resolver: { static: { hostnames: gateway.endpoints } },
    // The queue stands before the routing: below it spans would be lost with the gateway they wait for. The part of each gateway is
    // tried again by itself, since before the routing all parts would be, and gateways that are replaced in turn are never all there.
    protocol: {
      otlp: {
        tls,
        compression,
        retry_on_failure: { ...retry, max_interval: "1s" },
        sending_queue: { enabled: false },
      },
    },
    ...delivery,
    // Off in this exporter unless it is said, and then with zeros where others have defaults.
    retry_on_failure: { ...retry, enabled: true, multiplier: 1.5, randomization_factor: 0.5 },
  });
}

/** Long enough for the gateway to be replaced. */
const retry = { initial_interval: "500ms", max_interval: "5s", max_elapsed_time: "60s" } as const;

function deliveryOf({ batchDelayMs, queueSpans }: AgentOptions): Delivery {
  return {
    retry_on_failure: retry,
    sending_queue: {
      wait_for_result: true,
      block_on_overflow: true,
      sizer: "items",
      queue_size: queueSpans,
      batch: { flush_timeout: `${batchDelayMs}ms`, min_size: 4096, max_size: 8192, sizer: "items" },
    },
  };
}
