import type { KubeConfig } from "@kubernetes/client-node";
import { ports } from "../collector-config/ports.ts";
import { shellWord } from "../common/shell.ts";
import { names } from "../infra/kubernetes/metadata.ts";
import { bisect, type Seen, snapshot } from "./bisect.ts";
import { type Forward, forward } from "./forward.ts";
import { type JaegerWay, reachJaeger } from "./jaeger-address.ts";
import type { Fault } from "./judge.ts";

/** A workload of the site: the Service (or container), its port (number, or name in a cluster), and the path to ask for. */
export interface Workload {
  /** Empty where there are no namespaces. */
  namespace: string;
  service: string;
  port: number | string;
  path: string;
}

/** What a receipt saw of the request and of the trace. */
export type Evidence = Omit<Seen, "namespace" | "kubectl" | "workload">;

/** Where Collectors and Jaeger run, as a receipt needs it. All ways are to be closed. */
export interface Site {
  /** Opens the agent's port for OTLP/HTTP on a loopback address. */
  openAgent(): Promise<Forward>;
  openJaeger(): Promise<JaegerWay>;
  /** @throws UserError where it can't be reached from here */
  openWorkload(workload: Workload): Promise<Forward>;
  /** The address of a workload as the user knows it. */
  addressOf(workload: Workload): string;
  /** The address of Jaeger's query port as the user knows it, `host:port`. */
  readonly jaegerAddress: string;
  /** Remembers how things are before a request. What it gives names the hop that the request's trace did not get past. */
  watch(workload: Workload | undefined): Promise<(evidence: Evidence) => Promise<Fault>>;
}

/**
 * The site in a cluster.
 * @param kubectl How kubectl is to be called in advice. Default: `kubectl --context <current context>`.
 */
export function kubernetesSite(
  kubeConfig: KubeConfig,
  namespace: string,
  kubectl: string = `kubectl --context ${shellWord(kubeConfig.getCurrentContext())}`,
): Site {
  return {
    openAgent: () => forward(kubeConfig, { namespace, service: names.agent, port: ports.otlpHttp }),
    openJaeger: () => reachJaeger(kubeConfig, namespace),
    openWorkload: ({ namespace: of, service, port }) => forward(kubeConfig, { namespace: of, service, port }),
    addressOf: ({ namespace: of, service, port, path }) => `http://${service}.${of}:${port}${path}`,
    jaegerAddress: `${names.jaeger}.${namespace}:${ports.query}`,
    async watch(workload) {
      const before = await snapshot(kubeConfig, namespace, workload);
      return (evidence) =>
        bisect(kubeConfig, before, {
          ...evidence,
          namespace,
          kubectl,
          ...(workload === undefined ? {} : { workload }),
        });
    },
  };
}
