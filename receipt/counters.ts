import { CoreV1Api, type KubeConfig } from "@kubernetes/client-node";
import { isReady } from "./backends.ts";
import { forward } from "./forward.ts";
import type { Counted } from "./judge.ts";
import { parseMetrics, sumOf } from "./prometheus.ts";

/** Port of a Collector's own metrics, and how many pods of one kind are asked at most (a DaemonSet may have hundreds). */
const metricsPort = 8888;
const podLimit = 10;

/** What each pod of a Collector has counted since it started, by pod name. */
export type Counters = Map<string, Counted>;

/**
 * Reads the span counters of the ready pods named `app` (label app.kubernetes.io/name) from their Prometheus endpoints.
 * Undefined when no pod could be read within `timeoutMs`; never throws.
 */
export async function readCounters(
  kubeConfig: KubeConfig,
  namespace: string,
  app: string,
  timeoutMs: number,
): Promise<Counters | undefined> {
  const signal = AbortSignal.timeout(timeoutMs);
  const late = new Promise<undefined>((resolve) => signal.addEventListener("abort", () => resolve(undefined)));
  const read = async () => {
    const labelSelector = `app.kubernetes.io/name=${app}`;
    const pods = await kubeConfig.makeApiClient(CoreV1Api).listNamespacedPod({ namespace, labelSelector });
    const names = pods.items.filter(isReady).map((pod) => pod.metadata?.name ?? "");
    const counted = await Promise.all(
      names.slice(0, podLimit).map(async (pod): Promise<[string, Counted][]> => {
        const samples = await scrape(kubeConfig, namespace, pod, signal).catch(() => undefined);
        return samples === undefined ? [] : [[pod, countedOf(samples)]];
      }),
    );
    const counters = new Map(counted.flat());
    return counters.size > 0 ? counters : undefined;
  };
  return Promise.race([read().catch(() => undefined), late]);
}

/** What was counted from `before` to `now`. A pod that is new, or started again and so counts from 0, counts in full. */
export function difference(before: Counters | undefined, now: Counters | undefined): Counted | undefined {
  if (now === undefined) return undefined;
  const total: Counted = { accepted: 0, refused: 0, sent: 0, sendFailed: 0, enqueueFailed: 0, queueSize: 0 };
  for (const [pod, counted] of now) {
    const earlier = before?.get(pod);
    for (const key of ["accepted", "refused", "sent", "sendFailed", "enqueueFailed"] as const) {
      const restarted = earlier === undefined || counted[key] < earlier[key];
      total[key] += restarted ? counted[key] : counted[key] - earlier[key];
    }
    total.queueSize += counted.queueSize;
  }
  return total;
}

async function scrape(kubeConfig: KubeConfig, namespace: string, pod: string, signal: AbortSignal): Promise<string> {
  const way = await forward(kubeConfig, { namespace, pod, port: metricsPort });
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
