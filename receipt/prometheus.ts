/** One line of the text format: a name, its labels, and a value that may be NaN or infinite. */
export interface Sample {
  name: string;
  labels: Record<string, string>;
  value: number;
}

const line = /^\s*([A-Za-z_:][\w:]*)\s*(\{.*\})?\s+(\S+)(?:\s+-?\d+)?\s*$/s;
const label = /\s*([A-Za-z_]\w*)\s*=\s*"((?:[^"\\]|\\.)*)"\s*(?:,|(?=\}))/sy;

/**
 * Parses Prometheus' text format (https://prometheus.io/docs/instrumenting/exposition_formats/), version 0.0.4, without types and help.
 * A line that is not understood is left out: a receipt must not fail because a component added something new.
 */
export function parseMetrics(text: string): Sample[] {
  return text.split(/\r?\n/).flatMap((text) => {
    const [, name, braces, number] = line.exec(text) ?? [];
    if (name === undefined || number === undefined) return [];
    const labels = labelsOf(braces ?? "{}");
    const value = numberOf(number);
    return labels === undefined || value === undefined ? [] : [{ name, labels, value }];
  });
}

function labelsOf(braces: string): Record<string, string> | undefined {
  const labels: Record<string, string> = {};
  label.lastIndex = 1;
  while (!/^\s*\}$/.test(braces.slice(label.lastIndex))) {
    const [, name, value] = label.exec(braces) ?? [];
    if (name === undefined || value === undefined) return undefined;
    labels[name] = value.replace(/\\([\\n"])/g, (_all, escaped: string) => (escaped === "n" ? "\n" : escaped));
  }
  return labels;
}

function numberOf(text: string): number | undefined {
  if (text === "NaN") return Number.NaN;
  const infinite = /^([+-]?)Inf$/.exec(text);
  if (infinite) return infinite[1] === "-" ? -Infinity : Infinity;
  const value = Number(text);
  return Number.isNaN(value) ? undefined : value;
}

/** Sum of all samples of a metric, over its labels; 0 when there is none. Counters may carry the suffix `_total`. */
export function sumOf(samples: readonly Sample[], name: string): number {
  return samples
    .filter((sample) => sample.name === name || sample.name === `${name}_total`)
    .reduce((sum, { value }) => sum + value, 0);
}
