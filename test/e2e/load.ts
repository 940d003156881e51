import { randomBytes } from "node:crypto";
import { completeness } from "../../receipt/complete.ts";
import { jaegerClient } from "../../receipt/jaeger.ts";
import type { Span } from "../../receipt/otlp.ts";

/** A trace whose root is the test's own and never sent. */
export interface Sent {
  traceId: string;
  rootSpanId: string;
}

/** What became of the requests of a load. */
export interface Answers {
  /** Those that were answered 200. */
  answered: Sent[];
  /** Why the others were not, one each. */
  refused: string[];
}

const hex = (bytes: number) => randomBytes(bytes).toString("hex");

/** Calls the examples' front door at `url` at a steady rate, each time inside a trace of its own, until it is stopped. */
export function steadyLoad(url: string, perSecond: number): { stop(): Promise<Answers> } {
  const answers: Answers = { answered: [], refused: [] };
  const running = new Set<Promise<void>>();
  const call = async () => {
    const sent = { traceId: hex(16), rootSpanId: hex(8) };
    const headers = { traceparent: `00-${sent.traceId}-${sent.rootSpanId}-01` };
    try {
      const answer = await fetch(url, { headers, signal: AbortSignal.timeout(10_000) });
      await answer.arrayBuffer();
      if (answer.ok) answers.answered.push(sent);
      else answers.refused.push(`answered ${answer.status}`);
    } catch (error) {
      answers.refused.push(String((error as { cause?: unknown }).cause ?? error));
    }
  };
  const timer = setInterval(() => {
    const one = call().finally(() => running.delete(one));
    running.add(one);
  }, 1000 / perSecond);
  return {
    async stop() {
      clearInterval(timer);
      await Promise.all(running);
      return answers;
    },
  };
}

/**
 * The traces through both examples of which spans are missing in the Jaeger at `url` after at most `timeoutMs`,
 * and how many spans are there twice.
 */
export async function incomplete(
  url: string,
  traces: readonly Sent[],
  timeoutMs = 180_000,
): Promise<{ missing: string[]; duplicates: number }> {
  const jaeger = jaegerClient(url);
  const until = Date.now() + timeoutMs;
  let duplicates = 0;
  let open = [...traces];
  let trouble: unknown;
  for (;;) {
    const left: Sent[] = [];
    for (let at = 0; at < open.length; at += 10) {
      await Promise.all(
        open.slice(at, at + 10).map(async (sent) => {
          const spans = await jaeger.trace(sent.traceId).catch((error: unknown) => {
            trouble = error;
            return undefined;
          });
          if (spans && isWhole(spans, sent))
            duplicates += spans.length - new Set(spans.map(({ spanId }) => spanId)).size;
          else left.push(sent);
        }),
      );
    }
    open = left;
    if (open.length === 0 || Date.now() > until) break;
    await new Promise((resolve) => setTimeout(resolve, 1000));
  }
  if (open.length > 0 && trouble !== undefined) console.log(`the last answer that failed: ${trouble}`);
  return { missing: open.map(({ traceId }) => traceId), duplicates };
}

function isWhole(spans: readonly Span[], { rootSpanId }: Sent): boolean {
  const { missingParents, missingServices } = completeness(spans, rootSpanId, ["frontend", "quotes"]);
  return missingServices.length === 0 && missingParents.length === 1 && missingParents[0] === rootSpanId;
}

/**
 * Sends one span of 5 ms in one OTLP request to `url` (`http://HOST:PORT`). Throws unless the receiver took it.
 * @param endMs The same for all spans of a trace that is not to look slow, in ms since 1970.
 */
export async function sendSpan(
  url: string,
  traceId: string,
  spanId: string,
  endMs: number,
  failed: boolean,
): Promise<void> {
  const end = BigInt(endMs) * 1_000_000n;
  const span = {
    traceId,
    spanId,
    name: "part",
    kind: 2,
    startTimeUnixNano: `${end - 5_000_000n}`,
    endTimeUnixNano: `${end}`,
    status: failed ? { code: 2 } : {},
  };
  const resource = { attributes: [{ key: "service.name", value: { stringValue: "parts" } }] };
  const answer = await fetch(`${url}/v1/traces`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ resourceSpans: [{ resource, scopeSpans: [{ spans: [span] }] }] }),
    signal: AbortSignal.timeout(30_000),
  });
  if (!answer.ok) throw new Error(`${url} answered ${answer.status}: ${await answer.text()}`);
}

/** How many spans of a trace the Jaeger at `url` has, one that came twice counted once. */
export async function spansOf(url: string, traceId: string): Promise<number> {
  const spans = (await jaegerClient(url).trace(traceId)) ?? [];
  return new Set(spans.map(({ spanId }) => spanId)).size;
}

/** A new trace id. */
export const newTraceId = (): string => hex(16);

/** A new span id. */
export const newSpanId = (): string => hex(8);
