import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { jaegerClient } from "../../../receipt/jaeger.ts";
import type { Answers, Sent } from "../load.ts";
import { type Edge, lacks } from "./edges.ts";

/** A trace of the caller's own, whose root is never sent, and the header that a request begins it with. */
export function startTrace(): Sent & { headers: Record<string, string> } {
  const [traceId, rootSpanId] = [randomBytes(16).toString("hex"), randomBytes(8).toString("hex")];
  return { traceId, rootSpanId, headers: { traceparent: `00-${traceId}-${rootSpanId}-01` } };
}

/** Sends `count` requests to `url`, at most `perSecond` of them in a second, and returns what became of them. */
export async function drive(url: string, perSecond: number, count: number): Promise<Answers> {
  const answers: Answers = { answered: [], refused: [] };
  const running: Promise<void>[] = [];
  const call = async () => {
    const { headers, ...sent } = startTrace();
    try {
      const answer = await fetch(url, { headers, signal: AbortSignal.timeout(20_000) });
      const text = await answer.text();
      if (answer.ok) answers.answered.push(sent);
      else answers.refused.push(`answered ${answer.status}: ${text}`);
    } catch (error) {
      answers.refused.push(String((error as { cause?: unknown }).cause ?? error));
    }
  };
  for (let index = 0; index < count; index += 1) {
    running.push(call());
    await sleep(1000 / perSecond);
  }
  await Promise.all(running);
  return answers;
}

/**
 * What is lacking of each trace in the Jaeger at `url` after at most `timeoutMs`, by trace id; {} when all are whole.
 * @param expected edges that each must have
 */
export async function lacking(
  url: string,
  traces: readonly Sent[],
  expected: readonly Edge[],
  timeoutMs = 60_000,
): Promise<Record<string, string[]>> {
  const jaeger = jaegerClient(url);
  const until = Date.now() + timeoutMs;
  let open = [...traces];
  for (;;) {
    const found: Record<string, string[]> = {};
    for (let at = 0; at < open.length; at += 10) {
      await Promise.all(
        open.slice(at, at + 10).map(async ({ traceId, rootSpanId }) => {
          const missing = lacks((await jaeger.trace(traceId)) ?? [], expected, rootSpanId);
          if (missing.length > 0) found[traceId] = missing;
        }),
      );
    }
    open = open.filter(({ traceId }) => traceId in found);
    if (open.length === 0 || Date.now() > until) return found;
    await sleep(1000);
  }
}
