import { setTimeout as sleep } from "node:timers/promises";
import { completeness } from "./complete.ts";
import type { Jaeger } from "./jaeger.ts";
import type { Span } from "./otlp.ts";
import { type ReceiptSpan, receiptSpans } from "./spans.ts";

/** A trace that was in Jaeger already. */
export interface StoredTrace {
  traceId: string;
  /** True when it has a root, no parent is missing, and every expected service has a span. */
  complete: boolean;
  /** Callers before those they call. */
  services: string[];
  /** By start time. */
  spans: ReceiptSpan[];
  missingParents: string[];
  missingServices: string[];
}

const pollMs = 200;

/**
 * Reads a trace by its id, again and again until it is complete or `timeoutMs` is over; once with 0.
 * @returns undefined when Jaeger has none of it. Throws what the client throws when Jaeger does not answer in the end.
 */
export async function storedTrace(
  jaeger: Pick<Jaeger, "trace">,
  traceId: string,
  expectServices: readonly string[],
  timeoutMs: number,
): Promise<StoredTrace | undefined> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const isLast = performance.now() >= deadline;
    try {
      const spans = await jaeger.trace(traceId);
      const found = spans && judged(traceId, spans, expectServices);
      if (found?.complete || isLast) return found;
    } catch (error) {
      if (isLast) throw error;
    }
    await sleep(Math.max(0, Math.min(pollMs, deadline - performance.now())));
  }
}

function judged(traceId: string, spans: readonly Span[], expectServices: readonly string[]): StoredTrace {
  const root = spans.find(({ parentSpanId }) => parentSpanId === "");
  const { services, missingParents, missingServices } = completeness(spans, root?.spanId ?? "", expectServices);
  const complete = root !== undefined && missingParents.length === 0 && missingServices.length === 0;
  return { traceId, complete, services, spans: receiptSpans(spans), missingParents, missingServices };
}
