import type { ReceiptSpan } from "./spans.ts";
import type { StoredTrace } from "./stored.ts";
import type { Receipt } from "./trace.ts";
import { type Row, treeRows } from "./tree.ts";

type Paint = (code: number, text: string) => string;

/**
 * The receipt as text for people: the span tree, what the call was answered with, the services, missing parents, the delay and the link.
 * @param colour Whether to write terminal colours; only for a terminal.
 */
export function renderReceipt(receipt: Receipt, colour = false): string {
  const paint = painter(colour);
  const { complete, status, queryableAfterMs } = receipt;
  const answered = status === null ? "no answer" : `answered ${status}`;
  const warning = `warning: the call was answered ${status}: the workload failed, whatever became of its trace`;
  return [
    `Trace ${state(complete, paint)}, ${answered}`,
    "",
    ...renderTree(receipt.spans, paint),
    ...renderRows(
      [
        ...rowsOf(receipt),
        ["queryable after", queryableAfterMs === null ? "not in time" : `${queryableAfterMs} ms`],
        ["Jaeger", receipt.link],
      ],
      paint,
    ),
    ...(status !== null && status >= 400 ? ["", paint(33, warning)] : []),
    ...(receipt.fault ? ["", paint(31, receipt.fault.sentence)] : []),
    "",
  ].join("\n");
}

/** The same for a trace that was there already. */
export function renderStored(trace: StoredTrace, link: string, colour = false): string {
  const paint = painter(colour);
  const { missingServices } = trace;
  const missing: [string, string][] =
    missingServices.length > 0 ? [["missing services", missingServices.join(", ")]] : [];
  return [
    `Trace ${state(trace.complete, paint)}`,
    "",
    ...renderTree(trace.spans, paint),
    ...renderRows([...rowsOf(trace), ...missing, ["Jaeger", link]], paint),
    "",
  ].join("\n");
}

const painter =
  (colour: boolean): Paint =>
  (code, text) =>
    colour && text !== "" ? `\x1b[${code}m${text}\x1b[0m` : text;
const state = (complete: boolean, paint: Paint) => (complete ? paint(32, "complete") : paint(31, "not complete"));

type Told = Pick<Receipt, "traceId" | "services" | "missingParents">;

const rowsOf = ({ traceId, services, missingParents }: Told): [string, string][] => [
  ["trace", traceId],
  ["services", `${services.length}${services.length > 0 ? ` (${services.join(", ")})` : ""}`],
  ["missing parents", missingParents.length === 0 ? "none" : missingParents.join(", ")],
];

function renderRows(rows: readonly (readonly [string, string])[], paint: Paint): string[] {
  const width = Math.max(...rows.map(([label]) => label.length));
  return rows.map(([label, value]) => `${paint(2, label.padEnd(width))}  ${value}`);
}

/** The span tree and an empty line; nothing without spans. */
function renderTree(spans: readonly ReceiptSpan[], paint: Paint): string[] {
  if (spans.length === 0) return [];
  const rows = treeRows(spans);
  const left = ({ tree, span }: Row<ReceiptSpan>) => `${tree}${span.service}`;
  const widthOf = (cell: (row: Row<ReceiptSpan>) => string) => Math.max(...rows.map((row) => cell(row).length));
  const [serviceWidth, nameWidth, kindWidth] = [
    left,
    ({ span }: Row<ReceiptSpan>) => span.name,
    ({ span }: Row<ReceiptSpan>) => span.kind,
  ].map(widthOf) as [number, number, number];
  const durations = rows.map(({ span }) => `${span.durationMs.toFixed(1)} ms`);
  const durationWidth = Math.max(...durations.map(({ length }) => length));
  const lines = rows.map((row, index) => {
    const { tree, span } = row;
    const service = paint(2, tree) + paint(36, span.service) + " ".repeat(serviceWidth - left(row).length);
    const duration = (durations[index] ?? "").padStart(durationWidth);
    return `${service}  ${span.name.padEnd(nameWidth)}  ${paint(2, span.kind.padEnd(kindWidth))}  ${duration}`;
  });
  return [...lines, ""];
}
