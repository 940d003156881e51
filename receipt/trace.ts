import { setTimeout as sleep } from "node:timers/promises";
import { ports } from "../collector-config/ports.ts";
import type { Progress } from "../common/progress.ts";
import { completeness } from "./complete.ts";
import type { Forward } from "./forward.ts";
import type { Jaeger } from "./jaeger.ts";
import type { JaegerWay } from "./jaeger-address.ts";
import type { Fault } from "./judge.ts";
import type { Span } from "./otlp.ts";
import { callUnderRoot, type RootCall } from "./root.ts";
import type { Evidence, Site, Workload } from "./site.ts";
import { type ReceiptSpan, receiptSpans } from "./spans.ts";

export interface TraceOptions {
  /** Where the Collectors and Jaeger are. */
  site: Site;
  /** What to call: an address that is reachable from here, or a workload of the site. */
  target: { url: string } | { workload: Workload };
  /** How long to wait for the whole trace after the workload answered. */
  timeoutMs: number;
  /** Services that must have a span, besides the CLI itself. Default: any one. */
  expectServices?: readonly string[];
  progress: Progress;
  /** Address of Jaeger's UI for the link, without a trailing slash. Default `http://127.0.0.1:16686`, where `kubectl port-forward` puts it. */
  linkBase?: string;
}

/** What came back of one request. `fault` is there only when the trace is not complete. */
export interface Receipt {
  traceId: string;
  complete: boolean;
  /** HTTP status that the call was answered with; null when there was no answer. */
  status: number | null;
  services: string[];
  /** By start time. */
  spans: ReceiptSpan[];
  missingParents: string[];
  /** From the end of the root span to the moment the whole trace was read; null when it was not. */
  queryableAfterMs: number | null;
  link: string;
  fault?: Fault;
}

const pollMs = 100;
const callTimeoutMs = 10_000;
const sendTimeoutMs = 10_000;
/** After the agent refused the CLI's own span the trace cannot become whole; what else arrives by then helps the diagnosis. */
const graceMs = 3_000;

/**
 * Calls a workload inside a root span of its own, sends that span through the same Collectors, and reads the trace back from Jaeger
 * until it is whole and stays as it is. When it does not arrive in time the receipt carries the fault; only a site that can't be asked throws.
 */
export async function traceReceipt(options: TraceOptions): Promise<Receipt> {
  const { site, target, progress } = options;
  const opened: Forward[] = [];
  const open = async <W extends Forward>(opening: Promise<W>): Promise<W> => {
    const way = await opening;
    opened.push(way);
    return way;
  };
  const workload = "workload" in target ? target.workload : undefined;
  const step = progress.step("trace");
  try {
    step.update("reading the Collectors' counters");
    const [findFault, agent, jaeger] = await Promise.all([
      site.watch(workload),
      open(site.openAgent()),
      open(site.openJaeger()),
    ]);
    const way = workload && (await open(site.openWorkload(workload)));
    const url = "url" in target ? target.url : `${way?.url}${target.workload.path}`;

    step.update("calling the workload");
    const call = await callUnderRoot(url, callTimeoutMs);
    if (call.problem !== undefined && way?.lastProblem() !== undefined) call.problem = way.lastProblem()!;
    const shown = workload ? site.addressOf(workload) : url;
    const receipt = await follow(options, { findFault, call, agent, jaeger, url: shown, step });
    step.done(
      receipt.complete ? `${receipt.spans.length} spans of ${receipt.services.length} services` : "not complete",
    );
    return receipt;
  } finally {
    step.done();
    await Promise.all(opened.map((way) => way.close()));
  }
}

interface Started {
  findFault: (evidence: Evidence) => Promise<Fault>;
  call: RootCall;
  agent: Forward;
  jaeger: JaegerWay;
  /** The called address, as the user knows it. */
  url: string;
  step: { update(detail: string): void };
}

async function follow(options: TraceOptions, started: Started): Promise<Receipt> {
  const { expectServices, linkBase = `http://127.0.0.1:${ports.query}` } = options;
  const { findFault, call, agent, jaeger, url, step } = started;

  const deadline = new Deadline(call.problem === undefined ? options.timeoutMs : 0);
  let sendProblem: string | undefined;
  const sending = call.send(agent.url, Math.min(sendTimeoutMs, Math.max(options.timeoutMs, 1_000))).then((problem) => {
    if (problem === undefined) return;
    sendProblem = agent.lastProblem() ?? problem;
    deadline.shorten(graceMs);
  });
  const read = await poll(jaeger.client, call, deadline, expectServices, step);
  const { services, missingParents, missingServices } = completeness(read.spans, call.spanId, expectServices);
  const receipt: Receipt = {
    traceId: call.traceId,
    complete: read.wholeAt !== undefined,
    status: call.status ?? null,
    services,
    spans: receiptSpans(read.spans),
    missingParents,
    queryableAfterMs: read.wholeAt === undefined ? null : Math.round(read.wholeAt - call.endedAt),
    link: `${linkBase}${jaeger.basePath}/trace/${call.traceId}`,
  };
  if (receipt.complete) return receipt;

  step.update("looking for the hop that saw nothing");
  await Promise.race([sending, sleep(1_000)]);
  sendProblem ??= agent.lastProblem();
  const jaegerProblem = jaeger.lastProblem() ?? read.problem;
  receipt.fault = await findFault({
    url,
    request: {
      ...(call.status === undefined ? {} : { status: call.status }),
      ...(call.problem === undefined ? {} : { problem: call.problem }),
    },
    ...(sendProblem === undefined ? {} : { sendProblem }),
    ...(jaegerProblem === undefined ? {} : { jaegerProblem }),
    services,
    missingServices,
    missingParents: missingParents.length,
  });
  return receipt;
}

/** Reads the trace again and again until it is whole and settled, or the deadline has passed. */
async function poll(
  jaeger: Jaeger,
  { traceId, spanId }: RootCall,
  deadline: Deadline,
  expectServices: readonly string[] | undefined,
  step: { update(detail: string): void },
): Promise<{ spans: Span[]; wholeAt?: number; problem?: string }> {
  let spans: Span[] = [];
  let changedAt = performance.now();
  let problem: string | undefined;
  for (;;) {
    try {
      const found = (await jaeger.trace(traceId)) ?? [];
      problem = undefined;
      // A restarted Jaeger with memory storage has forgotten: what is read last is what counts.
      if (found.length !== spans.length) changedAt = performance.now();
      spans = found;
    } catch (error) {
      problem = (error as Error).message;
    }
    const { whole, settleMs, services } = completeness(spans, spanId, expectServices);
    if (problem === undefined && whole && performance.now() - changedAt >= settleMs)
      return { spans, wholeAt: changedAt };
    if (deadline.passed()) return { spans, ...(problem === undefined ? {} : { problem }) };
    step.update(`${spans.length} spans of ${services.length} services in Jaeger`);
    await sleep(pollMs);
  }
}

class Deadline {
  #at: number;
  constructor(ms: number) {
    this.#at = performance.now() + ms;
  }
  /** Brings the deadline forward to `ms` from now, if it is later. */
  shorten(ms: number): void {
    this.#at = Math.min(this.#at, performance.now() + ms);
  }
  passed(): boolean {
    return performance.now() >= this.#at;
  }
}
