import { setTimeout as sleep } from "node:timers/promises";
import type { CollectorConfig } from "../collector-config/types.ts";
import { type Delivery, delivery, type SentTrace } from "./delivery.ts";
import { type LoadResult, sendLoad } from "./load.ts";
import { lookUp } from "./lookup.ts";
import {
  type Binaries,
  baseline,
  type Design,
  ours,
  type Place,
  place,
  received,
  startTopology,
  type Topology,
} from "./topology.ts";

export interface LossOptions {
  /** Decides all ids. */
  readonly seed: number;
  readonly spansPerSecond: number;
  /** Seconds without Jaeger. */
  readonly outage: number;
  /** How often the gateway is killed meanwhile. */
  readonly kills: number;
  /** `stopped`: Jaeger ends and starts again on its files. `frozen`: it stands still, keeps connections open and answers nothing. */
  readonly away: "stopped" | "frozen";
}

export interface LossResult extends Delivery {
  readonly name: string;
  /** Spans of requests that were given up after the SDK's retries; the application knows. */
  readonly refused: number;
  /** Requests that had to be sent again. */
  readonly retries: number;
  /** Seconds from Jaeger's return until every span acknowledged before it was found; undefined when that never came. */
  readonly recoverySeconds: number | undefined;
}

const seconds = { before: 10, after: 20, gatewayDown: 2, settle: 60 };
const spansPerRequest = 10;

/**
 * Sends spans to both topologies at once, takes their Jaegers away and kills their gateways meanwhile, and then asks for every trace by id.
 * What was acknowledged to the sender and is not there afterwards is lost.
 */
export async function measureLoss(options: LossOptions, binaries: Binaries, folder: string): Promise<LossResult[]> {
  const sides = [baseline, (at: Place) => ours(at, "disk")];
  return Promise.all(
    sides.map(async (design, index) => {
      const at = place(index + 1, folder);
      return one(options, await startTopology(keepingTraces(design(at), at.folder, options), at, binaries));
    }),
  );
}

async function one(options: LossOptions, topology: Topology): Promise<LossResult> {
  const sent = new Map<string, SentTrace>();
  const loading = sendLoad({
    url: topology.otlpHttp,
    spansPerSecond: options.spansPerSecond,
    spansPerRequest,
    seconds: seconds.before + options.outage + seconds.after,
    seed: options.seed,
    onRequest: ({ traces }, acknowledged) => {
      for (const [id, spans] of traces) sent.set(id, { spans, acknowledged });
    },
  });
  const [load, outage] = await Promise.all([loading, disturb(options, topology, sent)]);
  // What was not acknowledged may be there or not, but counts as given to Jaeger where it is.
  const stored = await lookUp(topology.query, acknowledged(sent), performance.now() + seconds.settle * 1000);
  for (const [id, spans] of await lookUp(topology.query, refused(sent), performance.now())) stored.set(id, spans);
  const given = outage.receivedBefore + (await received(topology));
  return result(topology.name, load, delivery(sent, stored, given), outage.recoverySeconds);
}

function result(name: string, load: LoadResult, found: Delivery, recoverySeconds: number | undefined): LossResult {
  return { name, ...found, refused: load.refused, retries: load.retries, recoverySeconds };
}

/** Jaeger goes, the gateway is killed at even distances, Jaeger comes back. */
async function disturb(options: LossOptions, topology: Topology, sent: ReadonlyMap<string, SentTrace>) {
  const { gateway, jaeger } = topology;
  await sleep(seconds.before * 1000);
  const gone = performance.now();
  let receivedBefore = 0;
  if (options.away === "stopped") {
    receivedBefore = await received(topology);
    await jaeger.end("SIGTERM");
  } else jaeger.freeze(true);
  for (let kill = 1; kill <= options.kills; kill++) {
    await sleepUntil(gone + (options.outage * 1000 * kill) / (options.kills + 1));
    await gateway.end("SIGKILL");
    await sleep(seconds.gatewayDown * 1000);
    await gateway.start();
  }
  await sleepUntil(gone + options.outage * 1000);
  if (options.away === "stopped") await jaeger.start();
  else jaeger.freeze(false);
  const back = performance.now();
  const waiting = acknowledged(sent);
  const stored = await lookUp(topology.query, waiting, back + seconds.settle * 1000);
  const complete = delivery(waiting, stored, 0).missing === 0;
  return { receivedBefore, recoverySeconds: complete ? (performance.now() - back) / 1000 : undefined };
}

const sleepUntil = (ms: number) => sleep(Math.max(0, ms - performance.now()));

const acknowledged = (sent: ReadonlyMap<string, SentTrace>) =>
  new Map([...sent].filter(([, trace]) => trace.acknowledged));
const refused = (sent: ReadonlyMap<string, SentTrace>) => new Map([...sent].filter(([, trace]) => !trace.acknowledged));

/** A Jaeger that is stopped must not forget what it has: it gets a store on disk in place of the one in memory. */
function keepingTraces(design: Design, folder: string, { away }: LossOptions): Design {
  if (away === "frozen") return design;
  const badger = {
    directories: { keys: `${folder}/jaeger/keys`, values: `${folder}/jaeger/values` },
    ephemeral: false,
  };
  const extensions = { ...design.jaeger.extensions, jaeger_storage: { backends: { traces: { badger } } } };
  const jaeger: CollectorConfig = { ...design.jaeger, extensions };
  return { ...design, jaeger };
}
