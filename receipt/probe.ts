import { setTimeout as sleep } from "node:timers/promises";
import type { KubeConfig } from "@kubernetes/client-node";
import { ports } from "../collector-config/ports.ts";
import { UserError } from "../common/errors.ts";
import { shellWord } from "../common/shell.ts";
import { names } from "../infra/kubernetes/metadata.ts";
import { bisect, snapshot } from "./bisect.ts";
import { forward } from "./forward.ts";
import { reachJaeger } from "./jaeger-address.ts";
import { callUnderRoot } from "./root.ts";

const pollMs = 100;
const callTimeoutMs = 5_000;

export interface ProbeOptions {
  readonly kubeConfig: KubeConfig;
  /** Namespace of the Collectors and Jaeger. */
  readonly namespace: string;
  /** How long the trace may take from the agent to Jaeger's answer. */
  readonly timeoutMs: number;
}

/**
 * Writes a trace of one span at the agents and reads it back from Jaeger.
 * @returns milliseconds from its end until it was read
 * @throws UserError that names the hop it did not get past
 */
export async function probe({ kubeConfig, namespace, timeoutMs }: ProbeOptions): Promise<number> {
  const [before, agent, jaeger] = await Promise.all([
    snapshot(kubeConfig, namespace, undefined),
    forward(kubeConfig, { namespace, service: names.agent, port: ports.otlpHttp }),
    reachJaeger(kubeConfig, namespace),
  ]);
  try {
    const until = performance.now() + timeoutMs;
    const call = await callUnderRoot(`${jaeger.base}/api/v3/services`, callTimeoutMs);
    let sendProblem: string | undefined = "it was not sent";
    let jaegerProblem: string | undefined;
    while (performance.now() < until) {
      // Pods that have just become ready may not be reached at once.
      if (sendProblem !== undefined) sendProblem = await call.send(agent.url, callTimeoutMs);
      try {
        const spans = await jaeger.client.trace(call.traceId);
        jaegerProblem = undefined;
        if (spans?.some(({ spanId }) => spanId === call.spanId)) return Math.round(performance.now() - call.endedAt);
      } catch (error) {
        jaegerProblem = jaeger.lastProblem() ?? (error as Error).message;
      }
      await sleep(pollMs);
    }
    const { sentence } = await bisect(kubeConfig, before, {
      namespace,
      kubectl: `kubectl --context ${shellWord(kubeConfig.getCurrentContext())}`,
      url: `${names.jaeger}.${namespace}:${ports.query}`,
      request: {},
      ...(sendProblem !== undefined && { sendProblem: agent.lastProblem() ?? sendProblem }),
      ...(jaegerProblem !== undefined && { jaegerProblem }),
      services: [],
      missingServices: [],
      missingParents: 0,
    });
    throw new UserError([
      `everything is deployed, but a trace that was written at the agent could not be read from Jaeger within ${timeoutMs / 1000} s: ${sentence}. To deploy without this check write: pulumi config set throughline:probe false`,
    ]);
  } finally {
    await Promise.all([agent.close(), jaeger.close()]);
  }
}
