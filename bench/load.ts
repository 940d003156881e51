import { Agent, request } from "node:http";
import { setTimeout as sleep, setImmediate as turn } from "node:timers/promises";
import { fill, makeTemplate, type TraceRequest } from "./encode.ts";
import { seeded } from "./random.ts";

export interface LoadOptions {
  /** URL that takes OTLP/HTTP. */
  readonly url: string;
  readonly spansPerSecond: number;
  readonly spansPerRequest: number;
  /** Default: 5. */
  readonly spansPerTrace?: number;
  readonly seconds: number;
  /** Decides all ids. */
  readonly seed: number;
  /** Called with each request once it is answered or given up. */
  readonly onRequest?: (request: TraceRequest, acknowledged: boolean) => void;
  /** Called as each request is sent for the first time; `endedMs` is the end of its spans on the clock of `performance.now()`. */
  readonly onSend?: (request: TraceRequest, endedMs: number) => void;
}

export interface LoadResult {
  /** Spans of requests answered with success. */
  readonly acknowledged: number;
  /** Spans of requests that were given up. */
  readonly refused: number;
  /** Requests that were sent again, each time counted. */
  readonly retries: number;
  /** Milliseconds by which the latest request left too late. Above some 100 the load program is the bottleneck. */
  readonly latestMs: number;
  /** Milliseconds from sending to the answer, of each request that was acknowledged. */
  readonly answerMs: readonly number[];
}

/** What an SDK's OTLP/HTTP exporter does by default: five tries within ten seconds, for the answers that the specification names. */
const retry = { tries: 5, deadlineMs: 10_000, firstMs: 1_000, factor: 1.5 };
const retryable = new Set([429, 502, 503, 504]);

/** Sends spans at a fixed rate, whether or not earlier requests are answered, as many SDKs together do. */
export async function sendLoad(options: LoadOptions): Promise<LoadResult> {
  const { spansPerTrace = Math.min(5, options.spansPerRequest) } = options;
  const random = seeded(options.seed);
  const template = makeTemplate(options.spansPerRequest, spansPerTrace, random);
  const agent = new Agent({ keepAlive: true });
  const total = Math.round((options.seconds * options.spansPerSecond) / options.spansPerRequest);
  const intervalMs = (1000 * options.spansPerRequest) / options.spansPerSecond;
  const counts = { acknowledged: 0, refused: 0, retries: 0, latestMs: 0 };
  const answerMs: number[] = [];

  const one = async (sent: TraceRequest) => {
    const started = performance.now();
    const { acknowledged, tries } = await post(agent, options.url, sent.body);
    counts.retries += tries - 1;
    counts[acknowledged ? "acknowledged" : "refused"] += options.spansPerRequest;
    if (acknowledged) answerMs.push(performance.now() - started);
    options.onRequest?.(sent, acknowledged);
  };

  const begin = performance.now();
  const open = new Set<Promise<void>>();
  for (let index = 0; index < total; index++) {
    const due = begin + index * intervalMs;
    const early = due - performance.now();
    await (early > 1 ? sleep(early) : turn());
    const now = performance.now();
    counts.latestMs = Math.max(counts.latestMs, now - due);
    const endNs = BigInt(Math.round((performance.timeOrigin + now) * 1000)) * 1000n;
    const sent = fill(template, spansPerTrace, random, endNs);
    options.onSend?.(sent, now);
    const sending: Promise<void> = one(sent).finally(() => open.delete(sending));
    open.add(sending);
  }
  await Promise.all(open);
  agent.destroy();
  return { ...counts, answerMs };
}

async function post(agent: Agent, url: string, body: Buffer): Promise<{ acknowledged: boolean; tries: number }> {
  const deadline = performance.now() + retry.deadlineMs;
  for (let tries = 1, pause = retry.firstMs; ; tries++, pause *= retry.factor) {
    const status = await postOnce(agent, url, body, deadline - performance.now());
    if (status === 200) return { acknowledged: true, tries };
    const mayRetry = status === undefined || retryable.has(status);
    if (!mayRetry || tries === retry.tries || performance.now() + pause > deadline) {
      return { acknowledged: false, tries };
    }
    await sleep(pause);
  }
}

/** The status of the answer; undefined without one. */
function postOnce(agent: Agent, url: string, body: Buffer, timeoutMs: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const headers = { "content-type": "application/x-protobuf", "content-length": body.length };
    const sending = request(url, { agent, method: "POST", headers, timeout: Math.max(1, timeoutMs) }, (response) => {
      let length = 0;
      response.on("data", (part: Buffer) => {
        length += part.length;
      });
      // More than an empty partial success tells of rejected spans: no success.
      response.on("end", () => resolve(response.statusCode === 200 && length > 2 ? 400 : response.statusCode));
      response.on("error", () => resolve(undefined));
    });
    sending.on("timeout", () => sending.destroy());
    sending.on("error", () => resolve(undefined));
    sending.end(body);
  });
}
