import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { UserError } from "../common/errors.ts";
import { terminalProgress } from "../common/progress.ts";
import { run } from "../common/run.ts";
import { buildTools, programPath } from "../sandbox/tools/build.ts";
import { families } from "../sandbox/tools/families.ts";
import { measureFanOut } from "./fan-out.ts";
import { measureInject } from "./inject.ts";
import { measureLatency } from "./latency.ts";
import { measureLoss } from "./loss.ts";
import { ownFolder, runInNamespace, settleIn } from "./namespace.ts";
import { type BenchOptions, help, parseBench } from "./options.ts";
import { measureStorage, prepareStorages } from "./storage.ts";
import { fanOutTable, injectTable, latencyTable, lossTable, storageTable, throughputTable } from "./table.ts";
import { measureThroughput } from "./throughput.ts";
import { type Binaries, baseline, ours, type Place } from "./topology.ts";

/** What a measurement found, and whether it is what we promise. */
interface Outcome {
  readonly results: readonly object[];
  readonly text: string;
  readonly kept: boolean;
}

/** Builds what is missing, then runs itself again where ports and processes are its own. */
async function outside(options: BenchOptions, argv: readonly string[]): Promise<number> {
  if (options.command === "storage") await prepareStorage(options);
  else await prepareCollectors(options);
  return runInNamespace(fileURLToPath(import.meta.url), argv);
}

async function prepareStorage({ storages }: BenchOptions): Promise<void> {
  const progress = terminalProgress();
  await Promise.all([buildTools(["jaeger"], progress).jaeger, prepareStorages(storages, progress)]);
}

async function prepareCollectors(options: BenchOptions): Promise<void> {
  const built = buildTools(options.collector === undefined ? ["collector", "jaeger"] : ["jaeger"], terminalProgress());
  await Promise.all(Object.values(built));
  const { collector } = binaries(options);
  if (!/name: batch$/m.test(await run(collector, ["components"]))) {
    throw new UserError([
      `${collector} has no batch processor, which the baseline needs. Name a Collector that has it: --collector /usr/bin/otelcol-contrib`,
    ]);
  }
}

async function inside(options: BenchOptions, folder: string): Promise<number> {
  await settleIn(folder);
  return report(options, folder);
}

async function report(options: BenchOptions, folder: string): Promise<number> {
  const { results, text, kept } = await measure(options, folder);
  const load = `Load average of the machine in the end: ${loadAverage()}`;
  console.log(options.output === "json" ? JSON.stringify({ options, results, kept }, null, 2) : `${text}\n${load}`);
  return kept ? 0 : 1;
}

async function measure(options: BenchOptions, folder: string): Promise<Outcome> {
  const tell = (what: string) => console.error(what);
  switch (options.command) {
    case "loss": {
      const results = await measureLoss(options, binaries(options), folder);
      const own = results.filter(({ name }) => name !== "baseline");
      const kept = own.every(({ missing, acknowledged }) => missing === 0 && acknowledged > 0);
      return { results, text: lossTable(results), kept };
    }
    case "latency": {
      const results = await measureLatency(options, binaries(options), folder);
      return { results, text: latencyTable(results), kept: results.every(({ missing }) => missing === 0) };
    }
    case "throughput": {
      const designs = [baseline, (at: Place) => ours(at, "disk"), (at: Place) => ours(at, "memory")];
      const results = await measureThroughput(options, designs, binaries(options), folder, tell);
      return { results, text: throughputTable(results), kept: results.every(({ undelivered }) => undelivered === 0) };
    }
    case "fan-out": {
      const results = await measureFanOut(options, binaries(options), folder, tell);
      return { results, text: fanOutTable(results), kept: results.every(({ delivered }) => delivered >= 1) };
    }
    case "inject": {
      const kubernetes = await buildTools(["kubernetes"], terminalProgress()).kubernetes;
      const results = await measureInject(options, kubernetes, tell);
      const kept = results.every(({ done, workloads }) => done === workloads);
      return { results, text: injectTable(results), kept };
    }
    case "storage": {
      const results = await measureStorage(options, binaries(options).jaeger, folder, terminalProgress());
      // A wrong answer has thrown.
      return { results, text: storageTable(results), kept: true };
    }
  }
}

function binaries({ collector }: BenchOptions): Binaries {
  return { collector: collector ?? programPath(families.collector), jaeger: programPath(families.jaeger) };
}

const loadAverage = () => readFileSync("/proc/loadavg", "utf8").split(" ").slice(0, 3).join(" ");

try {
  const argv = process.argv.slice(2);
  const options = parseBench(argv);
  const folder = ownFolder();
  if (options === undefined) console.log(help);
  // It needs neither ports nor backends, so no namespace either.
  else if (options.command === "inject") process.exitCode = await report(options, "");
  else process.exitCode = await (folder === undefined ? outside(options, argv) : inside(options, folder));
} catch (error) {
  console.error(error instanceof UserError ? error.message : error);
  process.exitCode = 1;
}
// Inside, what still runs goes with the namespace.
if (ownFolder() !== undefined) process.exit();
