import type { FanOutResult } from "./fan-out.ts";
import type { InjectResult } from "./inject.ts";
import type { LatencyResult } from "./latency.ts";
import type { LossResult } from "./loss.ts";
import type { Summary } from "./statistics.ts";
import type { StorageResult } from "./storage.ts";
import type { ThroughputResult } from "./throughput.ts";

type Row = readonly string[];

const whole = (value: number) => Math.round(value).toLocaleString("en-US");
const times = ({ median, least, most }: Summary) => `${median.toFixed(2)} (${least.toFixed(2)} to ${most.toFixed(2)})`;

/** Rows as columns of even width; numbers stand to the right. The first row is the heading. */
export function table(rows: readonly Row[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const line = (row: Row) =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join("  ");
  return rows.map(line).join("\n");
}

export function lossTable(results: readonly LossResult[]): string {
  return table([
    ["side", "acknowledged", "missing", "duplicates", "refused", "requests sent again", "recovered after"],
    ...results.map((side) => [
      side.name,
      whole(side.acknowledged),
      whole(side.missing),
      whole(side.duplicates),
      whole(side.refused),
      whole(side.retries),
      side.recoverySeconds === undefined ? "never" : `${side.recoverySeconds.toFixed(1)} s`,
    ]),
  ]);
}

export function latencyTable(results: readonly LatencyResult[]): string {
  const [base] = results;
  return table([
    ["side", "spans found", "missing", "median", "p99", "median/baseline", "p99/baseline"],
    ...results.map((side) => [
      side.name,
      whole(side.found),
      whole(side.missing),
      `${whole(side.median)} ms`,
      `${whole(side.p99)} ms`,
      (side.median / (base?.median ?? Number.NaN)).toFixed(2),
      (side.p99 / (base?.p99 ?? Number.NaN)).toFixed(2),
    ]),
  ]);
}

export function throughputTable(results: readonly ThroughputResult[]): string {
  return table([
    ["side", "spans/request", "spans/CPU-s", "ratio (spread)", "peak MiB", "ratio", "answer", "not delivered"],
    ...results.map((side) => [
      side.name,
      whole(side.spansPerRequest),
      whole(side.perCpuSecond.median),
      times(side.ratio),
      whole(side.peakMiB),
      side.peakRatio.toFixed(2),
      `${side.answerMs.toFixed(1)} ms`,
      whole(side.undelivered),
    ]),
  ]);
}

export function fanOutTable(results: readonly FanOutResult[]): string {
  return table([
    ["backend", "third backend", "median", "p99", "ratio (spread)", "delivered"],
    ...results.map((side) => [
      side.backend,
      side.third,
      `${whole(side.median.median)} ms`,
      `${whole(side.p99.median)} ms`,
      times(side.ratio),
      `${(side.delivered * 100).toFixed(1)}%`,
    ]),
  ]);
}

export function injectTable(results: readonly InjectResult[]): string {
  return table([
    ["side", "workloads", "workloads/s", "ratio (spread)", "peak MiB", "with the variables"],
    ...results.map((side) => [
      side.name,
      whole(side.workloads),
      whole(side.perSecond.median),
      times(side.ratio),
      Number.isNaN(side.peakMiB) ? "" : whole(side.peakMiB),
      whole(side.done),
    ]),
  ]);
}

/** Below the storages the first one's figures over those of each other. */
export function storageTable(results: readonly StorageResult[]): string {
  const ms = (value: number) => `${value.toFixed(1)} ms`;
  const [first, ...others] = results;
  const ratio = (other: StorageResult, of: (side: StorageResult) => number) =>
    first === undefined ? "" : (of(first) / of(other)).toFixed(2);
  const memory = ({ jaegerMiB, serverMiB = 0 }: StorageResult) => jaegerMiB + serverMiB;
  return table([
    [
      "storage",
      "spans/s",
      "by id p50",
      "by id p99",
      "search p50",
      "search p99",
      "Jaeger MiB",
      "server MiB",
      "both MiB",
    ],
    ...results.map((side) => [
      side.name,
      whole(side.written),
      ms(side.trace.median),
      ms(side.trace.p99),
      ms(side.search.median),
      ms(side.search.p99),
      whole(side.jaegerMiB),
      side.serverMiB === undefined ? "" : whole(side.serverMiB),
      whole(memory(side)),
    ]),
    ...others.map((other) => [
      `${first?.name}:${other.name}`,
      ratio(other, ({ written }) => written),
      ratio(other, ({ trace }) => trace.median),
      ratio(other, ({ trace }) => trace.p99),
      ratio(other, ({ search }) => search.median),
      ratio(other, ({ search }) => search.p99),
      ratio(other, ({ jaegerMiB }) => jaegerMiB),
      "",
      ratio(other, memory),
    ]),
  ]);
}
