import type { ReceiptSpan } from "../spans.ts";
import { treeRows } from "../tree.ts";

/** Of the picture and its columns, in pixels. */
export const canvas = { width: 1000, left: 32, labelsEnd: 404, timeStart: 420, timeEnd: 884, right: 980 } as const;

/** A span with its place in the picture, in pixels. */
export interface Placed {
  readonly span: ReceiptSpan;
  /** Lines that join it to its parent, as of `treeRows`. */
  readonly tree: string;
  /** How far it stands to the right per generation. */
  readonly step: number;
  readonly top: number;
  readonly height: number;
  readonly middle: number;
  readonly barStart: number;
  readonly barWidth: number;
  readonly barHeight: number;
  /** Whether its service is another one than its parent's. */
  readonly enters: boolean;
  /** Whether it names a parent that is not among the spans. */
  readonly orphan: boolean;
  /** By how much it starts before its parent, which tells of two clocks; 0 when it does not. */
  readonly earlyMs: number;
}

export interface Layout {
  readonly rows: readonly Placed[];
  /** Where a time axis stands: above the first row, now and then between rows, and below a long picture. */
  readonly axes: readonly number[];
  readonly totalMs: number;
  readonly bottom: number;
}

/** Height of the line with the times. */
export const axisHeight = 24;
const rowsPerAxis = 50;
const indentRoom = 168;

/** Places spans as a tree, in the order of their starts, from `top` on. Numbers that are none count as 0. */
export function layOut(spans: readonly ReceiptSpan[], top: number): Layout {
  const finite = spans.map((span) => ({ ...span, startMs: number(span.startMs), durationMs: number(span.durationMs) }));
  const sorted = finite.sort((a, b) => a.startMs - b.startMs || (a.spanId < b.spanId ? -1 : 1));
  const byId = new Map(sorted.map((span) => [span.spanId, span]));
  const first = sorted[0]?.startMs ?? 0;
  let last = first;
  for (const { startMs, durationMs } of sorted) last = Math.max(last, startMs + durationMs);
  // A picture needs some extent, if it is only of one moment.
  const totalMs = Math.max(last - first, 1e-3);

  const found = treeRows(sorted);
  const depth = Math.max(1, ...found.map(({ tree }) => tree.length / 3));
  const [height, barHeight] = found.length <= 40 ? [24, 12] : found.length <= 150 ? [20, 10] : [16, 8];
  const step = Math.min(14, indentRoom / depth);
  const scale = (canvas.timeEnd - canvas.timeStart) / totalMs;
  const axes = [top];
  let y = top + axisHeight;
  const rows = found.map(({ tree, span }, index): Placed => {
    if (index > 0 && index % rowsPerAxis === 0) {
      axes.push(y);
      y += axisHeight;
    }
    const parent = byId.get(span.parentSpanId);
    const barWidth = Math.max(2, Math.min(span.durationMs * scale, canvas.timeEnd - canvas.timeStart));
    const start = canvas.timeStart + (span.startMs - first) * scale;
    const place = {
      span,
      tree,
      step,
      top: y,
      height,
      middle: y + height / 2,
      barStart: Math.max(canvas.timeStart, Math.min(start, canvas.timeEnd - barWidth)),
      barWidth,
      barHeight,
      enters: parent?.service !== span.service,
      orphan: span.parentSpanId !== "" && parent === undefined,
      earlyMs: Math.max(0, (parent?.startMs ?? span.startMs) - span.startMs),
    };
    y += height;
    return place;
  });
  if (rows.length > 25) {
    axes.push(y);
    y += axisHeight;
  }
  return { rows, axes, totalMs, bottom: y };
}

const number = (value: number) => (Number.isFinite(value) ? value : 0);
