import { parseArgs } from "node:util";
import { UserError } from "../common/errors.ts";
import { type StorageName, storageNames } from "./storage.ts";

const commands = ["loss", "fan-out", "latency", "throughput", "inject", "storage"] as const;

/** What a run is asked to measure. Times are in seconds. */
export interface BenchOptions {
  readonly command: (typeof commands)[number];
  readonly seed: number;
  readonly spansPerSecond: number;
  readonly seconds: number;
  readonly rounds: number;
  readonly sizes: readonly number[];
  readonly spans: number;
  readonly outage: number;
  readonly kills: number;
  readonly workloads: number;
  readonly storages: readonly StorageName[];
  readonly away: "stopped" | "frozen";
  /** Path of a Collector with the `batch` processor. Default: - the embedded cluster's own. */
  readonly collector: string | undefined;
  readonly output: "text" | "json";
}

export const help = `Usage: npm run bench -- <command> [options]

  loss        Jaeger is taken away and the gateway killed meanwhile: which acknowledged spans are missing afterwards
  fan-out     three backends, one of them dead: what the other two notice of it
  latency     from the end of a span until Jaeger gives it, median and 99th percentile
  throughput  spans per second of CPU of agent and gateway together, and their memory
  inject      workloads per second and memory of throughline inject beside kubectl kustomize with a patch of the same variables
  storage     one trace by its id, and a search, in Jaegers with different storages that hold the same spans, median and 99th percentile

All but inject and storage run the configuration of the profile standard beside the defaults of the OpenTelemetry Collector chart, as processes on loopback
in network and process namespaces of their own, and need root; storage runs Jaegers alone there. All need Go for the first build, storage
with opensearch apt-get and mvn too.

  --seed N          decides all ids; default 1
  --rate N          spans per second; default 200 for loss, 100 for latency, 2000 for fan-out, 10000 for throughput
  --outage N        loss: seconds without Jaeger; default 180
  --kills N         loss: how often the gateway is killed meanwhile; default 2
  --away HOW        loss: stopped (Jaeger ends and starts again on its files) or frozen (it answers nothing); default stopped
  --spans N         latency: how many spans are looked for; default 1000. storage: how many are stored; default 100000
  --sizes A,B       throughput: spans per request; default 10,100,1000
  --workloads N     inject: how many Deployments; default 1000
  --storages A,B    storage: some of badger, opensearch, memory; default badger,opensearch
  --rounds N        fan-out, throughput, inject: how often each side is measured; default 3
  --seconds N       fan-out, throughput: load of each measurement; default 10
  --collector PATH  another Collector than the embedded cluster's
  --output json     for programs; default text`;

const rates = { loss: 200, "fan-out": 2_000, latency: 100, throughput: 10_000, inject: 1, storage: 1 } as const;

/** The options of a command line. Undefined when help is asked for. @throws UserError with every problem */
export function parseBench(argv: readonly string[]): BenchOptions | undefined {
  const { values, positionals } = parsed(argv);
  if (values.help) return undefined;
  const problems: string[] = [];
  const command = commands.find((known) => known === positionals[0]);
  if (command === undefined || positionals.length !== 1) {
    const got =
      positionals.length === 0 ? "no command is given" : `there is no command ${JSON.stringify(positionals.join(" "))}`;
    problems.push(`${got}; write one of: ${commands.map((known) => `npm run bench -- ${known}`).join(", ")}`);
  }
  const whole = (name: string, text: string | undefined, fallback: number, least: number, most: number): number => {
    const value = text === undefined ? fallback : Number(text);
    if (text !== undefined && (!/^\d+$/.test(text) || value < least || value > most)) {
      problems.push(
        `--${name} is ${JSON.stringify(text)}; allowed is a whole number from ${least} to ${most}: --${name} ${fallback}`,
      );
    }
    return value;
  };
  const word = <T extends string>(name: string, text: string | undefined, allowed: readonly [T, ...T[]]): T => {
    const found = allowed.find((known) => known === (text ?? allowed[0]));
    if (found === undefined)
      problems.push(
        `--${name} is ${JSON.stringify(text)}; allowed is ${allowed.join(" or ")}: --${name} ${allowed[0]}`,
      );
    return found ?? allowed[0];
  };
  const options: BenchOptions = {
    command: command ?? "loss",
    seed: whole("seed", values.seed, 1, 0, 2 ** 31),
    spansPerSecond: whole("rate", values.rate, rates[command ?? "loss"], 1, 1_000_000),
    seconds: whole("seconds", values.seconds, 10, 1, 600),
    rounds: whole("rounds", values.rounds, 3, 1, 100),
    sizes: (values.sizes ?? "10,100,1000").split(",").map((size) => whole("sizes", size, 100, 1, 10_000)),
    spans:
      command === "storage"
        ? whole("spans", values.spans, 100_000, 1, 1_000_000)
        : whole("spans", values.spans, 1_000, 1, 100_000),
    outage: whole("outage", values.outage, 180, 5, 3_600),
    kills: whole("kills", values.kills, 2, 0, 10),
    workloads: whole("workloads", values.workloads, 1_000, 1, 100_000),
    storages: storagesOf(values.storages ?? "badger,opensearch", problems),
    away: word("away", values.away, ["stopped", "frozen"]),
    collector: values.collector,
    output: word("output", values.output, ["text", "json"]),
  };
  if (problems.length > 0) throw new UserError(problems);
  return options;
}

function storagesOf(text: string, problems: string[]): StorageName[] {
  const named = text.split(",");
  const known = storageNames.filter((name) => named.includes(name));
  if (known.length !== named.length) {
    const allowed = `some of ${storageNames.join(", ")}, each once`;
    problems.push(`--storages is ${JSON.stringify(text)}; allowed is ${allowed}: --storages badger,opensearch`);
  }
  return named as StorageName[];
}

function parsed(argv: readonly string[]) {
  const text = { type: "string" } as const;
  try {
    return parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: {
        help: { type: "boolean", short: "h" },
        seed: text,
        rate: text,
        seconds: text,
        rounds: text,
        sizes: text,
        spans: text,
        outage: text,
        kills: text,
        workloads: text,
        storages: text,
        away: text,
        collector: text,
        output: text,
      },
    });
  } catch (error) {
    if (!(error as { code?: string }).code?.startsWith("ERR_PARSE_ARGS")) throw error;
    throw new UserError([`${(error as Error).message.split(". ")[0]}. npm run bench -- --help lists the options`]);
  }
}
