import type { KubeConfig } from "@kubernetes/client-node";
import { ports } from "../collector-config/ports.ts";
import { UserError } from "../common/errors.ts";
import { names } from "../infra/kubernetes/metadata.ts";
import { backendsOf, type ForwardTarget } from "./backends.ts";
import { type Counters, difference, readCounters, type Wanted } from "./counters.ts";
import { type Fault, judge, type Observations, type PodsSeen } from "./judge.ts";
import { observePods, observeService, observeWorkload } from "./observe.ts";
import { within } from "./within.ts";

const timeoutMs = 15_000;
/** A forward goes to the first pod that takes the connection, and tries so many. */
const triedPods = 3;

/** The Service that was called, and its port's number or name. */
export interface Called {
  namespace: string;
  service: string;
  port: number | string;
}

/** The counters of both Collectors at one moment; what could not be read is undefined. */
export interface Snapshot {
  agent: Counters | undefined;
  gateway: Counters | undefined;
  /** The agents that this request's spans come to. */
  wanted: Wanted;
}

/**
 * Reads both Collectors' counters, in at most 15 s. Of many agents those are read that the called workload's spans and the
 * CLI's own span come to. Never throws.
 */
export async function snapshot(
  kubeConfig: KubeConfig,
  namespace: string,
  called: Called | undefined,
): Promise<Snapshot> {
  const until = Date.now() + timeoutMs;
  const wanted = await within(timeoutMs, wantedAgents(kubeConfig, namespace, called), "no answer").catch(() => ({
    pods: [],
    nodes: [],
  }));
  return readBoth(kubeConfig, namespace, wanted, Math.max(until - Date.now(), 100));
}

async function wantedAgents(kubeConfig: KubeConfig, namespace: string, called: Called | undefined): Promise<Wanted> {
  const backends = (target: ForwardTarget) => backendsOf(kubeConfig, target).catch(() => []);
  const [agents, workload] = await Promise.all([
    backends({ namespace, service: names.agent, port: ports.otlpHttp }),
    called ? backends(called) : [],
  ]);
  return {
    pods: agents.slice(0, triedPods).map(({ pod }) => pod),
    nodes: [...new Set(workload.flatMap(({ node }) => node ?? []))],
  };
}

async function readBoth(kubeConfig: KubeConfig, namespace: string, wanted: Wanted, limitMs: number): Promise<Snapshot> {
  const [agent, gateway] = await Promise.all([
    readCounters(kubeConfig, namespace, names.agent, limitMs, wanted),
    readCounters(kubeConfig, namespace, names.gateway, limitMs),
  ]);
  return { agent, gateway, wanted };
}

/** Of Jaeger's programs the first that is not ready, else the one that takes spans. */
function worst([allInOne, ...others]: readonly PodsSeen[]): PodsSeen {
  const there = others.filter(({ pods }) => pods > 0);
  return there.find(({ ready }) => ready === 0) ?? there.at(-1) ?? allInOne!;
}

/** What the receipt itself saw of the request and of the trace. */
export type Seen = Omit<
  Observations,
  "workload" | "missingWorkloads" | "agent" | "gateway" | "jaeger" | "agentCounted" | "gatewayCounted"
> & { workload?: Called };

/**
 * Looks at the cluster and names the hop that the trace did not get past. `before` are the counters from before the request.
 * Throws a UserError when the Kubernetes API does not answer.
 */
export async function bisect(kubeConfig: KubeConfig, before: Snapshot, seen: Seen): Promise<Fault> {
  const { workload: target, ...rest } = seen;
  const pods = (name: string): Promise<PodsSeen> => observePods(kubeConfig, seen.namespace, name);
  const looking = Promise.all([
    pods(names.agent),
    pods(names.gateway),
    Promise.all([names.jaeger, names.jaegerQuery, names.jaegerIngester, names.jaegerCollector].map(pods)).then(worst),
    readBoth(kubeConfig, seen.namespace, before.wanted, timeoutMs),
    target && observeWorkload(kubeConfig, target.namespace, target.service).catch(() => undefined),
    // Without a called workload there is no namespace to look in.
    target
      ? Promise.all(seen.missingServices.map((name) => observeService(kubeConfig, target.namespace, name))).catch(
          () => [],
        )
      : [],
  ]);
  const answer = await within(2 * timeoutMs, looking, "no answer").catch((error) => {
    const context = kubeConfig.getCurrentContext();
    throw new UserError([
      `the Kubernetes API of context ${context} did not say what runs in namespace ${seen.namespace}: ${(error as Error).message}. Try: ${seen.kubectl} -n ${seen.namespace} get pods`,
    ]);
  });
  const [agent, gateway, jaeger, now, workload, missingWorkloads] = answer;
  const agentCounted = difference(before.agent, now.agent);
  const gatewayCounted = difference(before.gateway, now.gateway);
  return judge({
    ...rest,
    agent,
    gateway,
    jaeger,
    missingWorkloads,
    ...(workload && { workload }),
    ...(agentCounted && { agentCounted }),
    ...(gatewayCounted && { gatewayCounted }),
  });
}
