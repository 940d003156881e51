import { setTimeout as sleep } from "node:timers/promises";
import { cpuSeconds, forgetPeak, peakMiB } from "./cpu.ts";
import { type LoadResult, sendLoad } from "./load.ts";
import { ratios, type Summary, summary } from "./statistics.ts";
import {
  type Binaries,
  type Design,
  endTopology,
  type Place,
  place,
  received,
  startTopology,
  type Topology,
} from "./topology.ts";

export interface ThroughputOptions {
  readonly seed: number;
  readonly spansPerSecond: number;
  /** Spans per request, one block of rounds for each. */
  readonly sizes: readonly number[];
  /** How often each side is measured. */
  readonly rounds: number;
  /** Seconds of load for each measurement. */
  readonly seconds: number;
}

export interface ThroughputResult {
  readonly name: string;
  readonly spansPerRequest: number;
  /** Spans per second of CPU that agent and gateway used together. */
  readonly perCpuSecond: Summary;
  /** The same over the baseline's, round by round. */
  readonly ratio: Summary;
  /** Largest resident memory of agent and gateway together, MiB. */
  readonly peakMiB: number;
  /** Over the baseline's. */
  readonly peakRatio: number;
  /** Median milliseconds until a request is answered. */
  readonly answerMs: number;
  /** Spans that were not delivered in time; other than 0 the figures mean nothing. */
  readonly undelivered: number;
  /** Milliseconds by which the load program was too late at worst. */
  readonly latestMs: number;
}

interface Round {
  readonly perCpuSecond: number;
  readonly peakMiB: number;
  readonly undelivered: number;
  readonly load: LoadResult;
}

const warmUpSeconds = 3;
const drainMs = 15_000;

/**
 * Lets the sides take turns under the same load, and divides the spans by the CPU time that their Collectors used until Jaeger had them all.
 * The first side is the baseline.
 */
export async function measureThroughput(
  options: ThroughputOptions,
  designs: readonly ((at: Place) => Design)[],
  binaries: Binaries,
  folder: string,
  tell: (what: string) => void,
): Promise<ThroughputResult[]> {
  const results: ThroughputResult[] = [];
  for (const size of options.sizes) {
    const sides = await Promise.all(
      designs.map((design, index) => {
        const at = place(index + 1, `${folder}/${size}`);
        return startTopology(design(at), at, binaries);
      }),
    );
    const rounds = sides.map((): Round[] => []);
    for (const side of sides) await measure(side, size, { ...options, seconds: warmUpSeconds });
    for (const side of sides) for (const { pid } of [side.agent, side.gateway]) forgetPeak(pid());
    for (let round = 0; round < options.rounds; round++) {
      for (const [index, side] of sides.entries()) {
        const done = await measure(side, size, { ...options, seed: options.seed + round });
        rounds[index]?.push(done);
        tell(
          `${size} spans per request, round ${round + 1}, ${side.name}: ${Math.round(done.perCpuSecond)} spans per CPU-second`,
        );
      }
    }
    await Promise.all(sides.map(endTopology));
    results.push(...sides.map(({ name }, index) => result(name, size, rounds[index] ?? [], rounds[0] ?? [])));
  }
  return results;
}

async function measure(side: Topology, spansPerRequest: number, options: ThroughputOptions): Promise<Round> {
  const { agent, gateway, otlpHttp } = side;
  const used = () => cpuSeconds(agent.pid()) + cpuSeconds(gateway.pid());
  const [cpuBefore, receivedBefore] = [used(), await received(side)];
  const load = await sendLoad({ ...options, url: otlpHttp, spansPerRequest });
  const until = performance.now() + drainMs;
  const missing = async () => load.acknowledged + load.refused - ((await received(side)) - receivedBefore);
  let undelivered = await missing();
  for (; undelivered > 0 && performance.now() < until; undelivered = await missing()) await sleep(100);
  // The queue still has to note that all is delivered.
  await sleep(300);
  const perCpuSecond = load.acknowledged / (used() - cpuBefore);
  return { perCpuSecond, peakMiB: peakMiB(agent.pid()) + peakMiB(gateway.pid()), undelivered, load };
}

function result(
  name: string,
  spansPerRequest: number,
  rounds: readonly Round[],
  base: readonly Round[],
): ThroughputResult {
  const rates = rounds.map(({ perCpuSecond }) => perCpuSecond);
  const peak = Math.max(...rounds.map((round) => round.peakMiB));
  return {
    name,
    spansPerRequest,
    perCpuSecond: summary(rates),
    ratio: ratios(
      rates,
      base.map(({ perCpuSecond }) => perCpuSecond),
    ),
    peakMiB: peak,
    peakRatio: peak / Math.max(...base.map((round) => round.peakMiB)),
    answerMs: summary(rounds.flatMap(({ load }) => load.answerMs)).median,
    undelivered: Math.max(...rounds.map(({ undelivered }) => undelivered)),
    latestMs: Math.max(...rounds.map(({ load }) => load.latestMs)),
  };
}
