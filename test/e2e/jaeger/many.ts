import { type JaegerClientOptions, jaegerClient } from "../../../receipt/jaeger.ts";
import { sendSpans } from "../backends/send.ts";
import { newTraceId } from "../load.ts";

/** Traces by id, with the number of their spans. */
export type Written = ReadonlyMap<string, number>;

/**
 * Sends `count` traces of five spans each to `url` (OTLP over HTTP), twenty in a request, and again what was not taken.
 * @param meanwhile Called once half of them are sent.
 * @returns what was acknowledged: all of it
 */
export async function writeTraces(url: string, count: number, meanwhile?: () => Promise<unknown>): Promise<Written> {
  const written = new Map<string, number>();
  const ids = Array.from({ length: count }, newTraceId);
  let between: Promise<unknown> | undefined;
  for (let at = 0; at < count; at += 20) {
    if (at * 2 >= count && between === undefined) {
      between = meanwhile?.();
      // Heard at the end, also where the sending fails first.
      between?.catch(() => {});
    }
    const group = ids.slice(at, at + 20);
    await patiently(() => sendSpans(url, group.flatMap(fiveSpans)));
    for (const id of group) written.set(id, 5);
  }
  await between;
  return written;
}

const fiveSpans = (traceId: string) =>
  ["load", "price", "stock", "tax", "print"].map((name) => ({ traceId, service: "till", name }));

/** A sender keeps what was not acknowledged. */
async function patiently(send: () => Promise<unknown>): Promise<void> {
  for (let left = 60; ; left--) {
    try {
      await send();
      return;
    } catch (error) {
      if (left === 0) throw error;
      await new Promise((resolve) => setTimeout(resolve, 1000));
    }
  }
}

/** Which of the written traces are not whole in the Jaeger at `url` after at most `timeoutMs`. */
export async function incompleteOf(
  url: string,
  written: Written,
  options: JaegerClientOptions = {},
  timeoutMs = 120_000,
): Promise<string[]> {
  const jaeger = jaegerClient(url, options);
  const until = Date.now() + timeoutMs;
  let missing = [...written.keys()];
  for (;;) {
    const left: string[] = [];
    for (let at = 0; at < missing.length; at += 20) {
      const found = await Promise.all(
        missing.slice(at, at + 20).map(async (id) => [id, await jaeger.trace(id).catch(() => undefined)] as const),
      );
      for (const [id, spans = []] of found) if (spans.length < (written.get(id) ?? 0)) left.push(id);
    }
    missing = left;
    if (missing.length === 0 || Date.now() > until) return missing;
    await new Promise((resolve) => setTimeout(resolve, 1000));
  }
}
