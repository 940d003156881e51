import { setTimeout as sleep } from "node:timers/promises";
import { jaegerClient } from "../receipt/jaeger.ts";
import type { SentTrace } from "./delivery.ts";

const atOnce = 8;
const pauseMs = 200;

/**
 * Asks Jaeger for every trace, one by one, until all spans are there or `deadlineMs` (on the clock of `performance.now()`) has passed.
 * Traces that are complete are not asked for again.
 * @returns the ids of the stored spans by trace id
 */
export async function lookUp(
  baseUrl: string,
  sent: ReadonlyMap<string, SentTrace>,
  deadlineMs: number,
): Promise<Map<string, Set<string>>> {
  const jaeger = jaegerClient(baseUrl);
  const stored = new Map<string, Set<string>>();
  for (let pending = [...sent]; pending.length > 0; ) {
    const rest: [string, SentTrace][] = [];
    const queue = pending.values();
    const worker = async () => {
      for (const [id, trace] of queue) {
        // An error is no answer; the next round asks again.
        const spans = await jaeger.trace(id).catch(() => undefined);
        if (spans) stored.set(id, new Set(spans.map(({ spanId }) => spanId)));
        if (!trace.spans.every((span) => stored.get(id)?.has(span))) rest.push([id, trace]);
      }
    };
    await Promise.all(Array.from({ length: atOnce }, worker));
    if (performance.now() > deadlineMs) break;
    pending = rest;
    // Asking for what is not there yet costs Jaeger time.
    if (pending.length > 0) await sleep(pauseMs);
  }
  return stored;
}
