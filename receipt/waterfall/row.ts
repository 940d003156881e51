import type { ReceiptSpan } from "../spans.ts";
import { canvas, type Placed } from "./layout.ts";
import { cut, duration, widthOf, xml } from "./text.ts";

/** A number with at most two digits behind the point. */
export const px = (value: number): string => `${Math.round(value * 100) / 100}`;

/** What lies under the row of a span; every other one has nothing. */
export function drawGround({ span, top, height }: Placed, index: number): string {
  const ground = span.error !== undefined ? "wrong" : index % 2 === 1 ? "band" : undefined;
  return ground ? `<rect class="${ground}" x="1" y="${px(top)}" width="${canvas.width - 2}" height="${height}"/>` : "";
}

/**
 * One span: the lines to its parent, its service and name, its bar and how long it took. What is cut off is told on hovering.
 * @param colour Class of its service's colour.
 */
export function drawRow(row: Placed, colour: string): string {
  const { span, height, middle, barStart, barWidth } = row;
  const end = barStart + barWidth + 6;
  const small = height < 20 ? " small" : "";
  return [
    `<g class="span" data-span="${xml(span.spanId)}"><title>${xml(told(row))}</title>`,
    treeLines(row),
    drawLabel(row, colour, small),
    drawBar(row, colour),
    row.earlyMs > 0 ? drawSkew(barStart, middle) : "",
    span.error === undefined ? "" : drawError(end + 5, middle),
    `<text class="quiet small" x="${px(end + (span.error === undefined ? 0 : 15))}" y="${px(middle + 4)}">${duration(span.durationMs)}</text>`,
    "</g>",
  ].join("");
}

/** The bar of a span: full for work done, hollow for waiting on another, thin for a step inside. */
export function drawBar({ span, middle, barStart, barWidth, barHeight }: Placed, colour: string): string {
  const height = span.kind === "internal" || span.kind === "unspecified" ? barHeight / 2 : barHeight;
  const waits = span.kind === "client" || span.kind === "producer";
  const shape = `x="${px(barStart)}" y="${px(middle - height / 2)}" width="${px(barWidth)}" height="${px(height)}" rx="${barWidth > 6 ? 2 : 0}"`;
  const bar = `<rect class="bar ${colour} ${waits ? "hollow" : "solid"}" ${shape}/>`;
  return span.error === undefined ? bar : `${bar}<rect class="ring" ${shape}/>`;
}

export function drawError(x: number, y: number): string {
  const mark = `<path class="mark" d="M${px(x)} ${px(y - 2.6)}v2.8m0 2.4v.01"/>`;
  return `<circle class="error" cx="${px(x)}" cy="${px(y)}" r="5"/>${mark}`;
}

/** A small triangle at the left of a bar. */
export function drawSkew(x: number, y: number): string {
  return `<path class="skew" d="M${px(x - 2)} ${px(y - 4)}v8l-6-4z"/>`;
}

function drawLabel({ span, tree, step, middle, enters }: Placed, colour: string, small: string): string {
  const dot = canvas.left + (tree.length / 3) * step;
  const x = dot + 10;
  const size = small ? 11 : 12;
  const service = span.service || "(no service)";
  const links = span.links?.length ? ` · ${span.links.length} ${span.links.length === 1 ? "link" : "links"}` : "";
  const room = canvas.labelsEnd - x - widthOf(links, size) - 6;
  const widthOfName = widthOf(span.name, size);
  const shownService = cut(service, Math.max(room * 0.55, room - widthOfName) / 1.08, size);
  const shownName = cut(span.name, room - widthOf(shownService, size) * 1.08, size);
  return [
    `<circle class="${colour}" cx="${px(dot)}" cy="${px(middle)}" r="3.5"/>`,
    `<text class="label${small}" x="${px(x)}" y="${px(middle + 4)}"><tspan${enters ? ' class="called"' : ""}>${xml(shownService)}</tspan> `,
    `<tspan class="quiet" dx="2">${xml(shownName + links)}</tspan></text>`,
  ].join("");
}

/** Lines from above to the span's dot, one column for each of its ancestors; a broken one where the parent is missing. */
function treeLines({ tree, step, top, height, middle, orphan }: Placed): string {
  if (orphan) return `<path class="tree lost" d="M${canvas.left - 16} ${px(middle)}h12"/>`;
  const lines: string[] = [];
  for (let cell = 0; cell < tree.length / 3; cell++) {
    const x = px(canvas.left + cell * step);
    const sign = tree[cell * 3];
    if (sign === "│" || sign === "├") lines.push(`M${x} ${px(top)}v${height}`);
    if (sign === "└") lines.push(`M${x} ${px(top)}v${px(height / 2)}`);
    if (sign === "├" || sign === "└") lines.push(`M${x} ${px(middle)}h${px(Math.max(0, step - 5))}`);
  }
  return lines.length === 0 ? "" : `<path class="tree" d="${lines.join("")}"/>`;
}

/** All of a span in words. */
function told({ span, orphan, earlyMs }: Placed): string {
  const { service, name, kind, spanId, parentSpanId, startMs, durationMs, error, links = [] } = span;
  return [
    `${service || "(no service)"}: ${name}`,
    `${kind}, ${duration(durationMs)} from ${duration(startMs)} on, span ${spanId}`,
    ...(error === undefined ? [] : [`error${error && `: ${error}`}`]),
    ...(orphan ? [`its parent ${parentSpanId} is not among the spans`] : []),
    ...(earlyMs > 0 ? [`starts ${duration(earlyMs)} before its parent: the clocks of their machines differ`] : []),
    ...links.map((link) => `linked to span ${link.spanId} of trace ${link.traceId}`),
  ].join("\n");
}

/** Pairs of spans that a message joins: its producer and its consumer, or a span and one of this trace that it is linked to. */
export function messagesOf(rows: readonly Placed[]): [from: Placed, to: Placed][] {
  const byId = new Map(rows.map((row) => [row.span.spanId, row]));
  return rows.flatMap((to) => {
    const causes = new Set((to.span.links ?? []).map(({ spanId }) => byId.get(spanId)));
    const parent = byId.get(to.span.parentSpanId);
    if (isMessage(parent?.span, to.span)) causes.add(parent);
    return [...causes].flatMap((from): [Placed, Placed][] => (from && from !== to ? [[from, to]] : []));
  });
}

const isMessage = (from: ReceiptSpan | undefined, to: ReceiptSpan) =>
  from?.kind === "producer" && to.kind === "consumer";
