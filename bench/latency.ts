import { setTimeout as sleep } from "node:timers/promises";
import { jaegerClient } from "../receipt/jaeger.ts";
import { sendLoad } from "./load.ts";
import { quantile } from "./statistics.ts";
import { type Binaries, baseline, ours, type Place, place, startTopology, type Topology } from "./topology.ts";

export interface LatencyOptions {
  readonly seed: number;
  readonly spansPerSecond: number;
  /** How many spans are looked for. */
  readonly spans: number;
}

export interface LatencyResult {
  readonly name: string;
  /** Spans that were found. */
  readonly found: number;
  /** Spans that were not found within 30 seconds. */
  readonly missing: number;
  /** Milliseconds from the end of a span until Jaeger gives it by its trace id. */
  readonly median: number;
  readonly p99: number;
}

/** One span in so many is looked for: asking for each of them would be the larger load. */
const oneIn = 5;
const pauseMs = 10;
const limitMs = 30_000;

/**
 * Sends single spans to both topologies at once, each in a request of its own as it ends, and asks Jaeger for some by trace id until they are there.
 * An SDK adds its own schedule delay (OTEL_BSP_SCHEDULE_DELAY), the same on both sides.
 */
export async function measureLatency(
  options: LatencyOptions,
  binaries: Binaries,
  folder: string,
): Promise<LatencyResult[]> {
  const sides = await Promise.all(
    [baseline, (at: Place) => ours(at, "disk")].map((design, index) => {
      const at = place(index + 1, folder);
      return startTopology(design(at), at, binaries);
    }),
  );
  // Other ids: a trace that is looked for must not be there from before.
  for (const side of sides) await one(side, { ...options, spans: 20, seed: options.seed + 1 });
  return Promise.all(
    sides.map(async (side, index) => {
      // The sides take turns at sending.
      await sleep((index * 500) / options.spansPerSecond);
      return one(side, options);
    }),
  );
}

/** Milliseconds from `endedMs` until Jaeger gives the trace; undefined when it does not within 30 seconds. */
export async function visibleAfter(baseUrl: string, traceId: string, endedMs: number): Promise<number | undefined> {
  const jaeger = jaegerClient(baseUrl);
  while (performance.now() - endedMs < limitMs) {
    await sleep(pauseMs);
    // An error is no answer; it is asked again.
    if (await jaeger.trace(traceId).catch(() => undefined)) return performance.now() - endedMs;
  }
  return undefined;
}

async function one(side: Topology, { seed, spansPerSecond, spans }: LatencyOptions): Promise<LatencyResult> {
  const probes: Promise<number | undefined>[] = [];
  let sent = 0;
  await sendLoad({
    url: side.otlpHttp,
    spansPerSecond,
    spansPerRequest: 1,
    seconds: (spans * oneIn) / spansPerSecond,
    seed,
    onSend: ({ traces }, endedMs) => {
      const [id] = traces.keys();
      if (sent++ % oneIn === 0 && id !== undefined) probes.push(visibleAfter(side.query, id, endedMs));
    },
  });
  const answers = await Promise.all(probes);
  const found = answers.filter((ms) => ms !== undefined);
  return {
    name: side.name,
    found: found.length,
    missing: answers.length - found.length,
    median: quantile(found, 0.5),
    p99: quantile(found, 0.99),
  };
}
