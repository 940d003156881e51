import { setTimeout as sleep } from "node:timers/promises";
import { median, quantile } from "../../../bench/statistics.ts";
import type { Step } from "../../../common/progress.ts";
import type { Jaeger } from "../../../receipt/jaeger.ts";
import { callUnderRoot, type RootCall, sendSpans } from "../../../receipt/root.ts";
import { type Expected, shortcomings } from "./judge.ts";

export interface Drive {
  readonly url: string;
  readonly perSecond: number;
  readonly count: number;
  readonly expected: Omit<Expected, "rootStored">;
  readonly jaeger: Pick<Jaeger, "trace">;
  /** Where the driver's own spans go, as OTLP/HTTP without a path; they are not sent without one. */
  readonly otlp?: string;
  /** How long to look for a trace after its request was answered. */
  readonly timeoutMs: number;
  /** How long a trace gets before the first look, so that spans that should not be there are seen too. Default: 6000, as SDKs send every 5 s. */
  readonly settleMs?: number;
  readonly step: Pick<Step, "update">;
}

export interface Report {
  requests: number;
  /** Answered with a status below 400; only their traces are looked for. */
  answered: number;
  /** Why the others were not, and how many. */
  refused: Record<string, number>;
  /** Traces of answered requests that have all that is expected, and nothing loose. */
  complete: number;
  /** What the other traces lack, and how many of them; one may lack several things. */
  incomplete: Record<string, number>;
  /** Some of them. */
  examples: { traceId: string; reasons: string[] }[];
  /** Milliseconds from request to answer; null when nothing was answered. */
  latencyMs: { median: number; p99: number; most: number } | null;
  /** At which the requests left. */
  perSecond: number;
  /** By how many milliseconds the latest request left too late. */
  latestMs: number;
}

const callTimeoutMs = 10_000;
const againMs = 1_000;
const lookedForAtOnce = 8;
const examplesShown = 20;

interface Pending {
  readonly call: RootCall;
  lookAt: number;
  reasons: string[];
}

/** Calls the URL at a steady rate, whether or not earlier calls are answered, and looks for every trace in Jaeger while that goes on. */
export async function drive(options: Drive): Promise<Report> {
  const { url, perSecond, count, jaeger, otlp, timeoutMs, settleMs = 6_000, step } = options;
  const expected = { ...options.expected, rootStored: otlp !== undefined };
  const pending = new Set<Pending>();
  const failed: Pending[] = [];
  const refused: Record<string, number> = {};
  const latencies: number[] = [];
  const roots = otlp === undefined ? undefined : rootSender(otlp);
  let complete = 0;

  const one = async () => {
    const begun = performance.now();
    const call = await callUnderRoot(url, callTimeoutMs);
    const { status, problem, endedAt } = call;
    roots?.add(call);
    if (status === undefined || status >= 400) return tally(refused, problem ?? `answered ${status}`);
    latencies.push(endedAt - begun);
    pending.add({ call, lookAt: endedAt + Math.min(settleMs, timeoutMs), reasons: [] });
  };
  const look = async (trace: Pending) => {
    const { traceId, spanId, endedAt } = trace.call;
    // A Jaeger that does not answer is asked again like one that has no span yet.
    trace.reasons = await jaeger.trace(traceId).then(
      (spans) => shortcomings(spans ?? [], spanId, expected),
      () => ["Jaeger did not answer"],
    );
    trace.lookAt = performance.now() + againMs;
    if (trace.reasons.length > 0 && trace.lookAt <= endedAt + timeoutMs) return;
    pending.delete(trace);
    if (trace.reasons.length === 0) complete += 1;
    else failed.push(trace);
  };

  let driving = true;
  const looking = (async () => {
    while (driving || pending.size > 0) {
      const due = [...pending].filter(({ lookAt }) => lookAt <= performance.now()).values();
      const worker = async () => {
        for (const trace of due) await look(trace);
      };
      await Promise.all(Array.from({ length: lookedForAtOnce }, worker));
      step.update(`${latencies.length} of ${count} answered, ${complete} traces complete`);
      await sleep(100);
    }
  })();

  const begun = performance.now();
  const open = new Set<Promise<void>>();
  let latestMs = 0;
  for (let index = 0; index < count; index++) {
    const due = begun + (index * 1000) / perSecond;
    await sleep(Math.max(0, due - performance.now()));
    latestMs = Math.max(latestMs, performance.now() - due);
    const calling: Promise<void> = one().finally(() => open.delete(calling));
    open.add(calling);
  }
  const sentFor = performance.now() - begun;
  await Promise.all(open);
  await roots?.end();
  driving = false;
  await looking;

  const incomplete: Record<string, number> = {};
  for (const { reasons } of failed) for (const reason of reasons) tally(incomplete, reason);
  return {
    requests: count,
    answered: latencies.length,
    refused,
    complete,
    incomplete,
    examples: failed.slice(0, examplesShown).map(({ call, reasons }) => ({ traceId: call.traceId, reasons })),
    latencyMs:
      latencies.length === 0
        ? null
        : {
            median: tenth(median(latencies)),
            p99: tenth(quantile(latencies, 0.99)),
            most: tenth(Math.max(...latencies)),
          },
    perSecond: count === 1 ? perSecond : tenth(((count - 1) * 1000) / sentFor),
    latestMs: tenth(latestMs),
  };
}

/** Sends root spans twice a second, as one request for all that ended by then. */
function rootSender(otlp: string): { add(call: RootCall): void; end(): Promise<void> } {
  let waiting: RootCall[] = [];
  let sending = Promise.resolve();
  const send = () => {
    const calls = waiting;
    waiting = [];
    if (calls.length === 0) return;
    sending = sending.then(async () => {
      for (let tries = 0; tries < 5; tries++) {
        if (
          (await sendSpans(
            otlp,
            calls.flatMap(({ spans }) => spans),
            callTimeoutMs,
          )) === undefined
        )
          return;
        await sleep(againMs);
      }
      // Their traces will lack the root, and be counted for it.
    });
  };
  const timer = setInterval(send, 500);
  return {
    add: (call) => waiting.push(call),
    async end() {
      clearInterval(timer);
      send();
      await sending;
    },
  };
}

function tally(counts: Record<string, number>, what: string): void {
  counts[what] = (counts[what] ?? 0) + 1;
}

const tenth = (value: number) => Math.round(value * 10) / 10;
