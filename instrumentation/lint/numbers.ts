import { asks, type LintRule, ofEach, type Subject, said, type Traced, textOf } from "./rule.ts";

const variable = (name: string, value: string) => ({ container: { env: [{ name, value }] } });

const numbers =
  /^OTEL_(BSP_(SCHEDULE_DELAY|EXPORT_TIMEOUT|MAX_QUEUE_SIZE|MAX_EXPORT_BATCH_SIZE)|EXPORTER_OTLP_(TRACES_)?TIMEOUT|(SPAN_|EVENT_|LINK_)?ATTRIBUTE_(COUNT|VALUE_LENGTH)_LIMIT|SPAN_(EVENT|LINK)_COUNT_LIMIT)$/;
const number: LintRule = {
  id: "number-malformed",
  title: "Times are milliseconds and sizes are counts, both without a unit.",
  why: "An SDK takes its default instead, or refuses to start.",
  severity: "error",
  catches: ["a time written with its unit, such as 10s"],
  example: { wrong: variable("OTEL_BSP_SCHEDULE_DELAY", "5s"), right: variable("OTEL_BSP_SCHEDULE_DELAY", "5000") },
  check: ofEach((traced) =>
    [...traced.env.keys()].flatMap((name) => {
      const value = numbers.test(name) ? textOf(traced, name) : undefined;
      return value === undefined || /^\d*$/.test(value.trim())
        ? []
        : [
            said(
              traced,
              name,
              `is ${JSON.stringify(value)}; allowed is a whole number, times in milliseconds`,
              `${name}: "5000"`,
            ),
          ];
    }),
  ),
};

const timeout: LintRule = {
  id: "timeout-in-seconds",
  title: "The exporter has time to send.",
  why: "The value is in milliseconds: a request that may take 10 ms fails while the Collector is well.",
  severity: "warning",
  catches: ["a timeout written in seconds"],
  example: {
    wrong: variable("OTEL_EXPORTER_OTLP_TIMEOUT", "10"),
    right: variable("OTEL_EXPORTER_OTLP_TIMEOUT", "10000"),
  },
  check: ofEach((traced, subject) =>
    ["OTEL_BSP_EXPORT_TIMEOUT", ...(isPython(traced, subject) ? [] : exporterTimeouts)].flatMap((name) => {
      const value = textOf(traced, name)?.trim() ?? "";
      return /^[1-9]\d?$/.test(value) ? [said(traced, name, `is ${value} ms`, `${name}: "${value}000"`)] : [];
    }),
  ),
};

const exporterTimeouts = ["OTEL_EXPORTER_OTLP_TIMEOUT", "OTEL_EXPORTER_OTLP_TRACES_TIMEOUT"];

const isPython = ({ env }: Traced, { injected }: Subject) => injected.has("python") && env.has("PYTHONPATH");

/** @see https://github.com/open-telemetry/opentelemetry-python/issues/4044 */
const pythonTimeout: LintRule = {
  id: "python-timeout-in-milliseconds",
  title: "A timeout of Python's exporter is in seconds.",
  why: "Python's SDK reads seconds where others read milliseconds: a request that hangs holds up all spans for hours.",
  severity: "warning",
  catches: ["a timeout for Python written in milliseconds"],
  example: {
    wrong: { annotations: asks("python"), ...variable("OTEL_EXPORTER_OTLP_TIMEOUT", "10000") },
    right: { annotations: asks("python"), ...variable("OTEL_EXPORTER_OTLP_TIMEOUT", "10") },
  },
  check: ofEach((traced, subject) =>
    (isPython(traced, subject) ? exporterTimeouts : []).flatMap((name) => {
      const value = Number(textOf(traced, name)?.trim() || 0);
      return value >= 1000
        ? [said(traced, name, `is ${value} s for Python`, `${name}: "${Math.round(value / 1000)}"`)]
        : [];
    }),
  ),
};

const batch: LintRule = {
  id: "batch-larger-than-queue",
  title: "A batch fits into the queue.",
  why: "The specification forbids it: an SDK refuses to start or waits for a batch that never fills.",
  severity: "error",
  catches: ["a batch size raised above the queue's size"],
  example: {
    wrong: variable("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "4096"),
    right: variable("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "1024"),
  },
  check: ofEach((traced) => {
    const size = Number(textOf(traced, "OTEL_BSP_MAX_EXPORT_BATCH_SIZE") || "512");
    const queue = Number(textOf(traced, "OTEL_BSP_MAX_QUEUE_SIZE") || "2048");
    const what = `is ${size}, more than OTEL_BSP_MAX_QUEUE_SIZE (${queue})`;
    return size > queue
      ? [said(traced, "OTEL_BSP_MAX_EXPORT_BATCH_SIZE", what, `OTEL_BSP_MAX_QUEUE_SIZE: "${size * 4}"`)]
      : [];
  }),
};

export const numberRules: readonly LintRule[] = [number, timeout, pythonTimeout, batch];
