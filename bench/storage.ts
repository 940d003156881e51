import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { jaegerConfig } from "../collector-config/jaeger.ts";
import type { Storage } from "../collector-config/jaeger-storage.ts";
import { jaegerVersion } from "../collector-config/jaeger-versions.ts";
import { ports } from "../collector-config/ports.ts";
import { UserError } from "../common/errors.ts";
import type { Progress } from "../common/progress.ts";
import { type Jaeger, jaegerClient } from "../receipt/jaeger.ts";
import { backendTar } from "../sandbox/images/build.ts";
import { catalog } from "../sandbox/images/catalog.ts";
import { adapt } from "./adapt.ts";
import { peakMiB } from "./cpu.ts";
import { type OpenSearch, startOpenSearch } from "./opensearch.ts";
import { type Program, program } from "./program.ts";
import { type Random, seeded } from "./random.ts";
import { quantile } from "./statistics.ts";
import { makeStock, type Search, type Stock, searchFor } from "./storage-spans.ts";

/** Storages that can be measured. */
export const storageNames = ["badger", "opensearch", "memory"] as const;
export type StorageName = (typeof storageNames)[number];

export interface StorageOptions {
  /** Decides all ids and what is looked for. */
  readonly seed: number;
  /** How many spans are stored. */
  readonly spans: number;
  readonly storages: readonly StorageName[];
}

/** Milliseconds of one kind of question. */
export interface Times {
  readonly median: number;
  readonly p99: number;
}

export interface StorageResult {
  readonly name: StorageName;
  /** Spans per second, from the first request until all can be found. */
  readonly written: number;
  readonly trace: Times;
  readonly search: Times;
  /** Peak of resident memory, MiB. */
  readonly jaegerMiB: number;
  /** The same of the storage's own server; undefined where it has none. */
  readonly serverMiB: number | undefined;
}

interface Side {
  readonly name: StorageName;
  readonly program: Program;
  readonly client: Jaeger;
  readonly server: OpenSearch | undefined;
}

const tracesPerRequest = 20;
const requestsAtOnce = 4;
const searchableMs = 120_000;
const counts = { reads: 500, searches: 200, warmUp: 100 };
const retentionHours = 24;

/** Has all that needs the network ready. @throws UserError when this user can't start a storage */
export async function prepareStorages(storages: readonly StorageName[], progress: Progress): Promise<void> {
  if (!storages.includes("opensearch")) return;
  if (process.getuid?.() !== 0) {
    throw new UserError([
      "The storage opensearch runs as a user of its own, which needs root: --storages badger,memory",
    ]);
  }
  await backendTar("opensearch", progress);
}

/**
 * Stores the same spans in a Jaeger for each storage, one after the other, and then asks all of them in turns for the same traces, by id and
 * by search.
 * @throws Error when an answer is not what was stored
 */
export async function measureStorage(
  options: StorageOptions,
  jaeger: string,
  folder: string,
  progress: Progress,
): Promise<StorageResult[]> {
  const stock = makeStock(options.spans, options.seed, Date.now());
  const sides: Side[] = [];
  try {
    const written: number[] = [];
    for (const [index, name] of options.storages.entries()) {
      const side = await start(name, index + 1, options.spans, jaeger, folder, progress);
      sides.push(side);
      written.push(await write(side, stock, progress));
    }
    const reads = await readInTurns(sides, stock, seeded(options.seed + 2), progress);
    const searches = await searchInTurns(sides, stock, seeded(options.seed + 3), progress);
    return sides.map(({ name, program, server }, index) => ({
      name,
      written: written[index] ?? Number.NaN,
      trace: times(reads[index] ?? []),
      search: times(searches[index] ?? []),
      jaegerMiB: peakMiB(program.pid()),
      serverMiB: server && peakMiB(server.pid()),
    }));
  } finally {
    await Promise.allSettled(sides.flatMap(({ program, server }) => [program.end("SIGKILL"), server?.end()]));
  }
}

const times = (ms: readonly number[]): Times => ({ median: quantile(ms, 0.5), p99: quantile(ms, 0.99) });

async function start(
  name: StorageName,
  number: number,
  spans: number,
  jaeger: string,
  folder: string,
  progress: Progress,
): Promise<Side> {
  const address = `127.0.${number}.3`;
  const step = progress.step(`starting ${name}`);
  const server =
    name === "opensearch"
      ? await startOpenSearch(await backendTar(name, progress), `127.0.${number}.4`, join(folder, name))
      : undefined;
  const storages: Record<StorageName, Storage> = {
    memory: { kind: "memory", maxTraces: spans },
    badger: { kind: "badger", directory: join(folder, name), retentionHours },
    opensearch: { kind: "opensearch", endpoint: server?.url ?? "", rotation: "day", retentionHours },
  };
  const version = jaegerVersion(catalog.jaeger.reference.split(":").at(-1));
  const side = program({
    name: `jaeger-${name}`,
    path: jaeger,
    address,
    config: adapt(jaegerConfig({ storage: storages[name], version })),
    env: {},
    healthPath: "/status",
    folder,
  });
  await side.start();
  step.done();
  const client = jaegerClient(`http://${address}:${ports.query}`, { timeoutMs: 60_000 });
  return { name, program: side, client, server };
}

/** Gives all spans to a Jaeger and waits until they can be found. @returns spans per second */
async function write({ name, program, server }: Side, stock: Stock, progress: Progress): Promise<number> {
  const step = progress.step(`writing ${stock.spans.length} spans to ${name}`);
  const url = `http://${program.address}:${ports.otlpHttp}/v1/traces`;
  const requests = stock.requests(tracesPerRequest);
  const begin = performance.now();
  let sent = 0;
  const worker = async () => {
    for (const body of requests) {
      await post(url, body);
      step.update(`${++sent} requests`);
    }
  };
  await Promise.all(Array.from({ length: requestsAtOnce }, worker));
  // The others have stored a request once it is answered; OpenSearch gets its spans afterwards.
  if (server) await searchable(server, stock.spans.length);
  const perSecond = (1000 * stock.spans.length) / (performance.now() - begin);
  step.done(`${Math.round(perSecond)} a second`);
  return perSecond;
}

async function post(url: string, body: string): Promise<void> {
  const headers = { "content-type": "application/json" };
  const response = await fetch(url, { method: "POST", headers, body, signal: AbortSignal.timeout(60_000) });
  const answer = await response.text();
  const rejected = response.ok && (JSON.parse(answer).partialSuccess?.rejectedSpans ?? 0);
  if (rejected !== 0 && rejected !== "0") throw new Error(`${url} answered ${response.status} to spans: ${answer}`);
}

async function searchable(server: OpenSearch, spans: number): Promise<void> {
  const until = performance.now() + searchableMs;
  for (;;) {
    const count = await server.count("jaeger-span-*");
    if (count === spans) return;
    if (performance.now() > until) throw new Error(`OpenSearch has ${count} of ${spans} acknowledged spans`);
    await sleep(50);
  }
}

/** Asks each side once, the first with each question another one. */
async function inTurns(sides: readonly Side[], round: number, ask: (side: Side) => Promise<void>): Promise<number[]> {
  const ms: number[] = [];
  for (let turn = 0; turn < sides.length; turn++) {
    const index = (round + turn) % sides.length;
    const begin = performance.now();
    await ask(sides[index] as Side);
    ms[index] = performance.now() - begin;
  }
  return ms;
}

/** Milliseconds of each question, by side. */
async function repeat(
  sides: readonly Side[],
  count: number,
  question: () => (side: Side) => Promise<void>,
): Promise<number[][]> {
  const all: number[][] = sides.map(() => []);
  for (let round = -counts.warmUp; round < count; round++) {
    const ms = await inTurns(sides, round + counts.warmUp, question());
    if (round >= 0) for (const [index, one] of ms.entries()) all[index]?.push(one);
  }
  return all;
}

async function readInTurns(sides: readonly Side[], stock: Stock, random: Random, progress: Progress) {
  const step = progress.step(`reading ${counts.reads} traces by id`);
  const traces = [...stock.traces];
  const ms = await repeat(sides, counts.reads, () => {
    const [id, spans] = traces[random() % traces.length] as [string, number];
    return async ({ name, client }) => {
      const found = (await client.trace(id))?.length ?? 0;
      if (found !== spans) throw new Error(`${name} gave ${found} of the ${spans} spans of trace ${id}`);
    };
  });
  step.done();
  return ms;
}

async function searchInTurns(sides: readonly Side[], stock: Stock, random: Random, progress: Progress) {
  const step = progress.step(`searching ${counts.searches} times`);
  const ms = await repeat(sides, counts.searches, () => {
    const search = searchFor(stock, random);
    return async ({ name, client }) => {
      const found = await client.find(search.query);
      check(
        name,
        search,
        found.map(([span]) => span?.traceId ?? ""),
      );
    };
  });
  step.done();
  return ms;
}

function check(name: StorageName, { query, matching }: Search, found: readonly string[]): void {
  const wrong = found.find((id) => !matching.has(id));
  const expected = Math.min(query.limit, matching.size);
  if (wrong === undefined && found.length === expected) return;
  const what = `${name}, asked for ${query.operation} of ${query.service} from ${query.from.toISOString()}`;
  throw new Error(
    `${what}, gave ${found.length} traces of ${expected}${wrong ? `, among them ${wrong}, which does not match` : ""}`,
  );
}
