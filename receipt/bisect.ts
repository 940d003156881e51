import type { KubeConfig } from "@kubernetes/client-node";
import { UserError } from "../common/errors.ts";
import { type Counters, difference, readCounters } from "./counters.ts";
import { type Fault, judge, type Observations, type PodsSeen } from "./judge.ts";
import { observePods, observeWorkload } from "./observe.ts";
import { within } from "./within.ts";

/** Names of the topology's workloads and Services, and their ports as named by the Services. */
export const topology = {
  agent: "otel-agent",
  gateway: "otel-gateway",
  jaeger: "jaeger",
  otlpHttp: 4318,
  jaegerQuery: 16686,
} as const;

const timeoutMs = 5_000;

/** The counters of both Collectors at one moment; what could not be read is undefined. */
export interface Snapshot {
  agent: Counters | undefined;
  gateway: Counters | undefined;
}

/** Reads both Collectors' counters, in at most `limitMs` (default 5000). Never throws. */
export async function snapshot(kubeConfig: KubeConfig, namespace: string, limitMs = timeoutMs): Promise<Snapshot> {
  const [agent, gateway] = await Promise.all(
    [topology.agent, topology.gateway].map((app) => readCounters(kubeConfig, namespace, app, limitMs)),
  );
  return { agent, gateway };
}

/** What the receipt itself saw of the request and of the trace. */
export type Seen = Omit<
  Observations,
  "workload" | "agent" | "gateway" | "jaeger" | "agentCounted" | "gatewayCounted"
> & { workload?: { namespace: string; service: string } };

/**
 * Looks at the cluster and names the hop that the trace did not get past. `before` are the counters from before the request.
 * Throws a UserError when the Kubernetes API does not answer.
 */
export async function bisect(kubeConfig: KubeConfig, before: Snapshot, seen: Seen): Promise<Fault> {
  const { workload: target, ...rest } = seen;
  const pods = (name: string): Promise<PodsSeen> => observePods(kubeConfig, seen.namespace, name);
  const looking = Promise.all([
    pods(topology.agent),
    pods(topology.gateway),
    pods(topology.jaeger),
    snapshot(kubeConfig, seen.namespace),
    target && observeWorkload(kubeConfig, target.namespace, target.service).catch(() => undefined),
  ]);
  const [agent, gateway, jaeger, now, workload] = await within(2 * timeoutMs, looking, "no answer").catch((error) => {
    const context = kubeConfig.getCurrentContext();
    throw new UserError([
      `the Kubernetes API of context ${context} did not say what runs in namespace ${seen.namespace}: ${(error as Error).message}. Try: ${seen.kubectl} -n ${seen.namespace} get pods`,
    ]);
  });
  const agentCounted = difference(before.agent, now.agent);
  const gatewayCounted = difference(before.gateway, now.gateway);
  return judge({
    ...rest,
    agent,
    gateway,
    jaeger,
    ...(workload && { workload }),
    ...(agentCounted && { agentCounted }),
    ...(gatewayCounted && { gatewayCounted }),
  });
}
