import type { ReceiptSpan } from "../spans.ts";
import { coloursOf } from "./colours.ts";
import { axisHeight, canvas, type Layout, layOut, type Placed } from "./layout.ts";
import { drawBar, drawError, drawGround, drawRow, drawSkew, messagesOf, px } from "./row.ts";
import { styleSheet } from "./style.ts";
import { cut, duration, ticks, widthOf, xml } from "./text.ts";

/** A trace to draw. */
export interface Drawn {
  readonly traceId: string;
  readonly spans: readonly ReceiptSpan[];
}

const lineHeight = 20;

/**
 * A trace as a waterfall in SVG 1.1 (https://www.w3.org/TR/SVG11/): a row for each span under its parent, a bar for its time, colours by service.
 * It needs no font, script or file besides, follows the reader's light or dark ground, and is the same for the same spans in any order.
 */
export function waterfall({ traceId, spans }: Drawn): string {
  const colours = coloursOf(spans.map(({ service }) => service));
  const services = [...colours.keys()];
  const classOf = (service: string) => `c${services.indexOf(service)}`;

  // Rows begin below the legend, which has the services in the order of the rows.
  const inOrder = new Set(layOut(spans, 0).rows.map(({ span }) => span.service));
  const legend = flow(
    [...inOrder].map((service) => legendItem(service, classOf(service))),
    80,
  );
  const layout = layOut(spans, legend.bottom);
  const { rows } = layout;
  const notes = flow(notesOf(rows, classOf), layout.bottom + 24);
  const height = px(notes.bottom + 8);
  const title = `Trace ${traceId}`;
  const lines = [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${canvas.width}" height="${height}" viewBox="0 0 ${canvas.width} ${height}" role="img" aria-labelledby="title">`,
    `<title id="title">${xml(title)}</title>`,
    `<style>${styleSheet([...colours.values()])}</style>`,
    `<rect class="ground" x=".5" y=".5" width="${canvas.width - 1}" height="${px(notes.bottom + 7)}" rx="8"/>`,
    ...heading(title, layout),
    legend.text,
    ...rows.map(drawGround),
    ...drawAxes(layout),
    ...rows.map((row) => drawRow(row, classOf(row.span.service))),
    ...messagesOf(rows).map(([from, to]) => drawMessage(from, to)),
    notes.text,
    "</svg>",
  ];
  return `${lines.filter((line) => line !== "").join("\n")}\n`;
}

function legendItem(service: string, colour: string): Item {
  const name = service || "(no service)";
  return {
    width: 14 + widthOf(name, 12),
    draw: (x, y) => {
      const text = xml(cut(name, canvas.right - x - 14, 12));
      return `<circle class="${colour}" cx="${px(x + 4)}" cy="${px(y - 4)}" r="4"/><text x="${px(x + 14)}" y="${px(y)}">${text}</text>`;
    },
  };
}

function heading(title: string, { rows, totalMs }: Layout): string[] {
  const first = rows[0]?.span;
  const services = new Set(rows.map(({ span }) => span.service)).size;
  const errors = rows.filter(({ span }) => span.error !== undefined).length;
  const counts = [
    count(rows.length, "span"),
    count(services, "service"),
    ...(errors > 0 ? [count(errors, "error")] : []),
  ].join(" · ");
  const name = first === undefined ? "No spans" : `${first.service} ${first.name}`;
  return [
    `<text class="title" x="20" y="34">${xml(cut(name.trim(), 820, 16))}</text>`,
    ...(first === undefined ? [] : [`<text class="title end" x="${canvas.right}" y="34">${duration(totalMs)}</text>`]),
    `<text class="quiet" x="20" y="56">${xml(cut(title, 600, 12))}</text>`,
    `<text class="quiet end" x="${canvas.right}" y="56">${counts}</text>`,
  ];
}

/** The times, and thin lines down from each of them. */
function drawAxes({ axes, rows, totalMs, bottom }: Layout): string[] {
  if (rows.length === 0) return [];
  const times = ticks(totalMs).map((ms) => ({
    x: canvas.timeStart + (ms / totalMs) * (canvas.timeEnd - canvas.timeStart),
    // All in one unit, that of the first step.
    text: duration(ms, ticks(totalMs)[1] ?? totalMs),
  }));
  const top = axes[0]! + axisHeight - 6;
  const lines = times.map(({ x }) => `M${px(x)} ${px(top)}V${px(bottom - (axes.length > 1 ? axisHeight : 0))}`);
  const texts = axes.flatMap((y) =>
    times.map(({ x, text }) => `<text class="quiet small middle" x="${px(x)}" y="${px(y + 14)}">${text}</text>`),
  );
  return [`<path class="grid" d="${lines.join("")}"/>`, ...texts];
}

/** From the end of the one bar, up or down first so as to leave its duration free, to the start of the other. */
function drawMessage(from: Placed, to: Placed): string {
  const down = to.middle > from.middle ? 1 : -1;
  const [x1, y1] = [from.barStart + from.barWidth - 1, from.middle + (down * from.barHeight) / 2];
  const [x2, y2] = [to.barStart, to.middle];
  const way = `M${px(x1)} ${px(y1)}C${px(x1)} ${px(y2)} ${px(Math.min(x1, x2 - 24))} ${px(y2)} ${px(x2 - 5)} ${px(y2)}`;
  return `<path class="message" d="${way}"/><path class="arrow" d="M${px(x2)} ${px(y2)}l-6 -3.5v7z"/>`;
}

interface Item {
  readonly width: number;
  draw(x: number, baseline: number): string;
}

/** Items one beside the other, in as many lines as they need; `top` is the first baseline. */
function flow(items: readonly Item[], top: number): { text: string; bottom: number } {
  let [x, y] = [20, top];
  const drawn = items.map((item) => {
    if (x > 20 && x + item.width > canvas.right) [x, y] = [20, y + lineHeight];
    const text = item.draw(x, y);
    x += item.width + 18;
    return text;
  });
  return { text: drawn.join("\n"), bottom: items.length === 0 ? top : y + 12 };
}

/** What the shapes mean, as far as there are any. */
function notesOf(rows: readonly Placed[], classOf: (service: string) => string): Item[] {
  const note = (text: string, room: number, draw: (x: number, y: number) => string): Item => ({
    width: room + 8 + widthOf(text, 11),
    draw: (x, y) => `${draw(x, y - 4)}<text class="quiet small" x="${px(x + room + 8)}" y="${px(y)}">${text}</text>`,
  });
  const bar = (text: string, kinds: readonly string[]): Item[] => {
    const found = rows.find(({ span }) => kinds.includes(span.kind));
    if (!found) return [];
    const { error, ...span } = found.span;
    const sample = { ...found, span, barWidth: 24, barHeight: 10 };
    return [
      note(text, 24, (x, y) =>
        drawBar({ ...sample, barStart: x, middle: y }, classOf(span.service)).replace("bar ", ""),
      ),
    ];
  };
  return [
    ...bar("does the work: server, consumer", ["server", "consumer"]),
    ...bar("waits for another: client, producer", ["client", "producer"]),
    ...bar("a step inside", ["internal", "unspecified"]),
    ...(messagesOf(rows).length > 0
      ? [
          note(
            "message or link",
            24,
            (x, y) =>
              `<path class="message" d="M${px(x)} ${px(y)}h20"/><path class="arrow" d="M${px(x + 24)} ${px(y)}l-6 -3.5v7z"/>`,
          ),
        ]
      : []),
    ...(rows.some(({ span }) => span.error !== undefined) ? [note("error", 10, (x, y) => drawError(x + 5, y))] : []),
    ...(rows.some(({ earlyMs }) => earlyMs > 0)
      ? [note("starts before its parent: clocks differ", 8, (x, y) => drawSkew(x + 8, y))]
      : []),
    ...(rows.some(({ orphan }) => orphan)
      ? [note("its parent is missing", 14, (x, y) => `<path class="tree lost" d="M${px(x)} ${px(y)}h14"/>`)]
      : []),
  ];
}

const count = (number: number, what: string) => `${number} ${what}${number === 1 ? "" : "s"}`;
