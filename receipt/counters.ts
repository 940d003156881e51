import { CoreV1Api, type KubeConfig, type V1Pod } from "@kubernetes/client-node";
import { ports } from "../collector-config/ports.ts";
import { isReady } from "./backends.ts";
import { forward } from "./forward.ts";
import type { Counted, Total } from "./judge.ts";
import { parseMetrics, sumOf } from "./prometheus.ts";

/** How many pods of one kind are asked at most: a DaemonSet may have hundreds. */
const podLimit = 10;

/** What pods of a Collector have counted since they started. */
export interface Counters {
  byPod: Map<string, Counted>;
  /** Number of ready pods that were not read: beyond the limit, or without an answer. */
  leftOut: number;
}

/** Which pods to ask when there are more than can be asked: by name, and by the node they run on, most wanted first. */
export interface Wanted {
  pods: readonly string[];
  nodes: readonly string[];
}

/**
 * Reads the span counters of the ready pods named `app` (label app.kubernetes.io/name) from their Prometheus endpoints,
 * of at most ten pods, those that are `wanted` first. Undefined when no pod could be read within `timeoutMs`; never throws.
 */
export async function readCounters(
  kubeConfig: KubeConfig,
  namespace: string,
  app: string,
  timeoutMs: number,
  wanted: Wanted = { pods: [], nodes: [] },
): Promise<Counters | undefined> {
  const signal = AbortSignal.timeout(timeoutMs);
  const late = new Promise<undefined>((resolve) => signal.addEventListener("abort", () => resolve(undefined)));
  const read = async () => {
    const labelSelector = `app.kubernetes.io/name=${app}`;
    const pods = await kubeConfig.makeApiClient(CoreV1Api).listNamespacedPod({ namespace, labelSelector });
    const ready = pods.items.filter(isReady).sort((a, b) => rank(a, wanted) - rank(b, wanted));
    const counted = await Promise.all(
      ready.slice(0, podLimit).map(async ({ metadata }): Promise<[string, Counted][]> => {
        const pod = metadata?.name ?? "";
        const samples = await scrape(kubeConfig, namespace, pod, signal).catch(() => undefined);
        return samples === undefined ? [] : [[pod, countedOf(samples)]];
      }),
    );
    const byPod = new Map(counted.flat());
    return byPod.size > 0 ? { byPod, leftOut: ready.length - byPod.size } : undefined;
  };
  return Promise.race([read().catch(() => undefined), late]);
}

function rank(pod: V1Pod, { pods, nodes }: Wanted): number {
  const byName = pods.indexOf(pod.metadata?.name ?? "");
  const byNode = nodes.indexOf(pod.spec?.nodeName ?? "");
  if (byName >= 0) return byName;
  return pods.length + (byNode >= 0 ? byNode : nodes.length);
}

/**
 * What was counted from `before` to `now`. A pod that is new, or started again and so counts from 0, counts in full;
 * but where pods were left out before, an unknown one may be one of those and is left out again.
 */
export function difference(before: Counters | undefined, now: Counters | undefined): Total | undefined {
  if (now === undefined) return undefined;
  const total: Total = {
    accepted: 0,
    refused: 0,
    sent: 0,
    sendFailed: 0,
    enqueueFailed: 0,
    queueSize: 0,
    leftOut: now.leftOut,
  };
  for (const [pod, counted] of now.byPod) {
    const earlier = before?.byPod.get(pod);
    if (before !== undefined && before.leftOut > 0 && earlier === undefined) {
      total.leftOut += 1;
      continue;
    }
    for (const key of ["accepted", "refused", "sent", "sendFailed", "enqueueFailed"] as const) {
      const restarted = earlier === undefined || counted[key] < earlier[key];
      total[key] += restarted ? counted[key] : counted[key] - earlier[key];
    }
    total.queueSize += counted.queueSize;
  }
  return total;
}

async function scrape(kubeConfig: KubeConfig, namespace: string, pod: string, signal: AbortSignal): Promise<string> {
  const way = await forward(kubeConfig, { namespace, pod, port: ports.metrics });
  try {
    const response = await fetch(`${way.url}/metrics`, { signal });
    return await response.text();
  } finally {
    await way.close();
  }
}

function countedOf(text: string): Counted {
  const samples = parseMetrics(text);
  // Other pipelines (debug, metrics from spans) do not carry traces on.
  const onward = samples.filter(({ labels }) => !/^(debug|nop)(\/|$)/.test(labels["exporter"] ?? ""));
  const traces = samples.filter(({ labels }) => (labels["data_type"] ?? "traces") === "traces");
  return {
    accepted: sumOf(samples, "otelcol_receiver_accepted_spans"),
    refused: sumOf(samples, "otelcol_receiver_refused_spans") + sumOf(samples, "otelcol_receiver_failed_spans"),
    sent: sumOf(onward, "otelcol_exporter_sent_spans"),
    sendFailed: sumOf(onward, "otelcol_exporter_send_failed_spans"),
    enqueueFailed: sumOf(onward, "otelcol_exporter_enqueue_failed_spans"),
    queueSize: sumOf(traces, "otelcol_exporter_queue_size"),
  };
}
