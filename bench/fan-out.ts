import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { gatewayConfig } from "../collector-config/gateway.ts";
import { jaegerConfig } from "../collector-config/jaeger.ts";
import { ports } from "../collector-config/ports.ts";
import { goRuntime, profiles } from "../infra/profiles.ts";
import { adapt } from "./adapt.ts";
import { visibleAfter } from "./latency.ts";
import { sendLoad } from "./load.ts";
import { type Program, program } from "./program.ts";
import { quantile, ratios, type Summary, summary } from "./statistics.ts";
import type { Binaries } from "./topology.ts";

export interface FanOutOptions {
  readonly seed: number;
  readonly spansPerSecond: number;
  /** How often each state is measured. */
  readonly rounds: number;
  /** Seconds of load for each measurement. */
  readonly seconds: number;
}

/** What one of the two living backends saw, with the third alive or dead. */
export interface FanOutResult {
  readonly backend: string;
  readonly third: "alive" | "dead";
  /** Milliseconds from the end of a span until this backend gives it. */
  readonly median: Summary;
  readonly p99: Summary;
  /** Of the medians, over the same backend's with all alive, round by round. */
  readonly ratio: Summary;
  /** Spans per second that arrived, over those that were acknowledged. */
  readonly delivered: number;
}

const spansPerRequest = 10;
/** One request in so many is looked for. */
const oneIn = 20;
const names = ["jaeger", "other"] as const;

/** One gateway of the profile standard with three backends, and a Jaeger for each of them. */
async function start(binaries: Binaries, folder: string) {
  const address = (part: number) => `127.0.1.${part}`;
  const jaegers = [3, 4, 5].map((part) =>
    program({
      name: `backend-${part - 2}`,
      path: binaries.jaeger,
      address: address(part),
      config: adapt(jaegerConfig({ storage: { kind: "memory", maxTraces: 1_000_000 } })),
      env: {},
      healthPath: "/status",
      folder,
    }),
  );
  const url = (part: number, port: number) => `http://${address(part)}:${port}`;
  const config = gatewayConfig({
    backends: [
      { kind: "jaeger", endpoint: `${address(3)}:${ports.otlpHttp}`, tls: { insecure: true } },
      { kind: "otlp", endpoint: url(4, ports.otlpGrpc) },
    ],
    queue: { kind: "disk", bytes: 1024 ** 3, directory: join(folder, "queue") },
    batchDelayMs: profiles.standard.gateway.batchDelayMs,
    redact: [],
  });
  mkdirSync(folder, { recursive: true });
  const gateway = program({
    name: "gateway",
    path: binaries.collector,
    address: address(2),
    config: adapt(withThird(config, `${address(5)}:${ports.otlpGrpc}`)),
    env: goRuntime(profiles.standard.gateway.resources),
    healthPath: "/",
    folder,
  });
  await Promise.all([...jaegers, gateway].map((each) => each.start()));
  return { gateway, jaegers };
}

type Config = ReturnType<typeof gatewayConfig>;

/** The settings have one backend of each kind; the third is a copy of the second at another address. */
function withThird(config: Config, endpoint: string): Config {
  const exporters = Object.entries(config.exporters);
  const [, other] = exporters.find(([id]) => id === "otlp_grpc/other") ?? [];
  const { traces } = config.service.pipelines;
  if (other === undefined || traces === undefined) throw new Error("the gateway has no exporter otlp_grpc/other");
  return {
    ...config,
    exporters: { ...config.exporters, "otlp_grpc/third": { ...other, endpoint } },
    service: {
      ...config.service,
      pipelines: { traces: { ...traces, exporters: [...traces.exporters, "otlp_grpc/third"] } },
    },
  };
}

/** Sends the same load with all three backends alive and with the third dead, in turns, and asks the other two for the traces. */
export async function measureFanOut(
  options: FanOutOptions,
  binaries: Binaries,
  folder: string,
  tell: (what: string) => void,
): Promise<FanOutResult[]> {
  const { gateway, jaegers } = await start(binaries, folder);
  const [first, second, third] = jaegers as [Program, Program, Program];
  const measured = { alive: [] as Measured[], dead: [] as Measured[] };
  // A trace that is looked for must not be there from before, so each load has a seed of its own.
  let seed = options.seed;
  const load = (seconds: number) => measure(gateway, [first, second], { ...options, seconds, seed: seed++ });
  await load(3);
  for (let round = 0; round < options.rounds; round++) {
    for (const state of ["alive", "dead"] as const) {
      if (state === "dead") await third.end("SIGKILL");
      const done = await load(options.seconds);
      measured[state].push(done);
      tell(
        `round ${round + 1}, third ${state}: ${done.times.map((ms) => quantile(ms, 0.5).toFixed(0)).join(" and ")} ms`,
      );
      if (state === "dead") {
        await third.start();
        // What waited for it must not burden the next round.
        await until(async () => (await received(third)) >= done.acknowledged);
      }
    }
  }
  return names.flatMap((backend, index) =>
    (["alive", "dead"] as const).map((state) => result(backend, index, state, measured[state], measured.alive)),
  );
}

interface Measured {
  readonly acknowledged: number;
  /** Milliseconds of each probe, by backend. */
  readonly times: readonly (readonly number[])[];
  /** Share of the acknowledged spans that arrived, by backend. */
  readonly delivered: readonly number[];
}

async function measure(gateway: Program, backends: readonly Program[], options: FanOutOptions): Promise<Measured> {
  const before = await Promise.all(backends.map(received));
  const probes: Promise<(number | undefined)[]>[] = [];
  let sent = 0;
  const load = await sendLoad({
    ...options,
    url: `http://${gateway.address}:${ports.otlpHttp}/v1/traces`,
    spansPerRequest,
    onSend: ({ traces }, endedMs) => {
      const [id] = traces.keys();
      if (sent++ % oneIn !== 0 || id === undefined) return;
      const look = ({ address }: Program) => visibleAfter(`http://${address}:${ports.query}`, id, endedMs);
      probes.push(Promise.all(backends.map(look)));
    },
  });
  const found = await Promise.all(probes);
  const arrived = async () => {
    const after = await Promise.all(backends.map(received));
    return after.map((count, index) => (count - (before[index] ?? 0)) / load.acknowledged);
  };
  await until(async () => (await arrived()).every((share) => share >= 1));
  return {
    acknowledged: load.acknowledged,
    // What was never found counts as infinitely late.
    times: backends.map((_, index) => found.map((each) => each[index] ?? Number.POSITIVE_INFINITY)),
    delivered: await arrived(),
  };
}

const received = (backend: Program) => backend.metric("otelcol_receiver_accepted_spans");

/** Waits until it is so, 30 seconds at most. */
async function until(done: () => Promise<boolean>): Promise<void> {
  for (const limit = performance.now() + 30_000; performance.now() < limit && !(await done()); ) await sleep(100);
}

function result(
  backend: string,
  index: number,
  third: "alive" | "dead",
  measured: readonly Measured[],
  alive: readonly Measured[],
): FanOutResult {
  const at = (from: readonly Measured[], q: number) => from.map(({ times }) => quantile(times[index] ?? [], q));
  return {
    backend,
    third,
    median: summary(at(measured, 0.5)),
    p99: summary(at(measured, 0.99)),
    ratio: ratios(at(measured, 0.5), at(alive, 0.5)),
    delivered: summary(measured.map(({ delivered }) => delivered[index] ?? 0)).least,
  };
}
