/** The value below which the share `q` (0 to 1) of the numbers lies, by the nearest rank. NaN without numbers. */
export function quantile(numbers: readonly number[], q: number): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(q * sorted.length) - 1))] ?? Number.NaN;
}

/** The middle of the numbers; of an even count the mean of the middle two. NaN without numbers. */
export function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

export interface Summary {
  readonly median: number;
  readonly least: number;
  readonly most: number;
}

/** Median and spread of some measurements. */
export function summary(numbers: readonly number[]): Summary {
  return { median: median(numbers), least: quantile(numbers, 0), most: quantile(numbers, 1) };
}

/**
 * How many times as much as the baseline, round by round: each measurement is divided by the baseline's of its own round,
 * so that what else the machine did at that moment counts on both sides.
 */
export function ratios(measured: readonly number[], baseline: readonly number[]): Summary {
  return summary(measured.map((value, round) => value / (baseline[round] ?? Number.NaN)));
}
