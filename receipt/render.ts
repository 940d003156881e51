import type { Receipt, ReceiptSpan } from "./trace.ts";
import { type Row, treeRows } from "./tree.ts";

type Paint = (code: number, text: string) => string;

/**
 * The receipt as text for people: the span tree, what the call was answered with, the services, missing parents, the delay and the link.
 * @param colour Whether to write terminal colours; only for a terminal.
 */
export function renderReceipt(receipt: Receipt, colour = false): string {
  const paint: Paint = (code, text) => (colour && text !== "" ? `\x1b[${code}m${text}\x1b[0m` : text);
  const rows: [string, string][] = [
    ["trace", receipt.traceId],
    ["services", `${receipt.services.length}${receipt.services.length > 0 ? ` (${receipt.services.join(", ")})` : ""}`],
    ["missing parents", receipt.missingParents.length === 0 ? "none" : receipt.missingParents.join(", ")],
    ["queryable after", receipt.queryableAfterMs === null ? "not in time" : `${receipt.queryableAfterMs} ms`],
    ["Jaeger", receipt.link],
  ];
  const { complete, status } = receipt;
  const state = complete ? paint(32, "complete") : paint(31, "not complete");
  const answered = status === null ? "no answer" : `answered ${status}`;
  const warning = `warning: the call was answered ${status}: the workload failed, whatever became of its trace`;
  return [
    `Trace ${state}, ${answered}`,
    "",
    ...(receipt.spans.length > 0 ? [...renderTree(receipt.spans, paint), ""] : []),
    ...rows.map(([label, value]) => `${paint(2, label.padEnd(15))}  ${value}`),
    ...(status !== null && status >= 400 ? ["", paint(33, warning)] : []),
    ...(receipt.fault ? ["", paint(31, receipt.fault.sentence)] : []),
    "",
  ].join("\n");
}

function renderTree(spans: readonly ReceiptSpan[], paint: Paint): string[] {
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
  return rows.map((row, index) => {
    const { tree, span } = row;
    const service = paint(2, tree) + paint(36, span.service) + " ".repeat(serviceWidth - left(row).length);
    const duration = (durations[index] ?? "").padStart(durationWidth);
    return `${service}  ${span.name.padEnd(nameWidth)}  ${paint(2, span.kind.padEnd(kindWidth))}  ${duration}`;
  });
}
