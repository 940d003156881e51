import { setTimeout as sleep } from "node:timers/promises";
import { UserError } from "../common/errors.ts";
import { callUnderRoot } from "./root.ts";
import type { Site } from "./site.ts";

const pollMs = 100;
const callTimeoutMs = 5_000;

export interface ProbeOptions {
  /** Where the Collectors and Jaeger are. */
  readonly site: Site;
  /** How long the trace may take from the agent to Jaeger's answer. */
  readonly timeoutMs: number;
}

/**
 * Writes a trace of one span at the agents and reads it back from Jaeger.
 * @returns milliseconds from its end until it was read
 * @throws UserError that names the hop it did not get past
 */
export async function probe({ site, timeoutMs }: ProbeOptions): Promise<number> {
  const [findFault, agent, jaeger] = await Promise.all([site.watch(undefined), site.openAgent(), site.openJaeger()]);
  try {
    const until = performance.now() + timeoutMs;
    const call = await callUnderRoot(`${jaeger.base}/api/v3/services`, callTimeoutMs);
    let sendProblem: string | undefined = "it was not sent";
    let jaegerProblem: string | undefined;
    while (performance.now() < until) {
      // What has just become ready may not be reached at once.
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
    const { sentence } = await findFault({
      url: site.jaegerAddress,
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
