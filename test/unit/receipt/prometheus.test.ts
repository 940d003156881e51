import fc from "fast-check";
import { expect, test } from "vitest";
import { parseMetrics, sumOf } from "../../../receipt/prometheus.ts";

const collector = `# HELP otelcol_receiver_accepted_spans_total Number of spans successfully pushed into the pipeline.
# TYPE otelcol_receiver_accepted_spans_total counter
otelcol_receiver_accepted_spans_total{receiver="otlp",service_name="otelcol-contrib",transport="grpc"} 4
otelcol_receiver_accepted_spans_total{receiver="otlp",transport="http"} 1.5e+01
otelcol_exporter_queue_size{data_type="traces",exporter="otlp_grpc"} 0 1795000000000
target_info{path="C:\\\\tmp",quoted="say \\"a,b={}\\"",} 1
process_runtime_total_sys_memory_bytes NaN
`;

test("reads what a Collector prints", () => {
  const samples = parseMetrics(collector);
  expect(samples).toHaveLength(5);
  expect(sumOf(samples, "otelcol_receiver_accepted_spans")).toBe(19);
  expect(sumOf(samples, "otelcol_exporter_queue_size")).toBe(0);
  expect(sumOf(samples, "otelcol_receiver_accepted")).toBe(0);
  expect(samples[3]?.labels).toEqual({ path: "C:\\tmp", quoted: 'say "a,b={}"' });
});

test.each([
  "",
  "# a comment",
  "name",
  "name{",
  'name{a="b} 1',
  "name{a=b} 1",
  "name one",
  "1name 1",
  'name{a="b"c="d"} 1',
])("leaves out the line %j", (text) => {
  expect(parseMetrics(`before 1\n${text}\nafter 2`).map(({ name }) => name)).toEqual(["before", "after"]);
});

test("reads back whatever labels and values are printed by the rules of the format", () => {
  const name = fc.stringMatching(/^[a-z_][a-z0-9_]{0,8}$/);
  const sample = fc.record({
    name,
    labels: fc.dictionary(
      name.filter((key) => key !== "__proto__"),
      fc.string({ unit: "grapheme" }).filter((text) => !text.includes("\r")),
      { maxKeys: 4 },
    ),
    value: fc.oneof(fc.double(), fc.constantFrom(0, Infinity, -Infinity, NaN)),
  });
  const escaped = (text: string) => text.replaceAll("\\", "\\\\").replaceAll("\n", "\\n").replaceAll('"', '\\"');
  const number = (value: number) =>
    Object.is(value, -0) ? "-0" : Number.isFinite(value) ? `${value}` : `${value}`.replace("Infinity", "Inf");

  fc.assert(
    fc.property(fc.array(sample), (samples) => {
      const text = samples.map(({ name, labels, value }) => {
        const pairs = Object.entries(labels).map(([key, label]) => `${key}="${escaped(label)}"`);
        return `${name}${pairs.length > 0 ? `{${pairs.join(",")}}` : ""} ${number(value)}\n`;
      });
      const parsed = parseMetrics(`# TYPE x counter\n${text.join("")}`);
      expect(parsed).toEqual(samples.map(({ labels, ...rest }) => ({ ...rest, labels: { ...labels } })));
    }),
  );
});
