import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Span } from "../../../receipt/otlp.ts";
import { checkoutRoot } from "../../../sandbox/paths.ts";

/** A span of one service and its child in another. */
export interface Edge {
  from: string;
  /** Kind and name of the parent span. */
  parent: string;
  to: string;
  child: string;
}

/** The edges that the README of the shop draws, in the order of its table. */
export function drawnEdges(): Edge[] {
  const text = readFileSync(join(checkoutRoot, "examples/shop/README.md"), "utf8");
  const rows = [...text.matchAll(/^\| (\w+) \| (\w+) `(.+?)` \| (\w+) \| (\w+) `(.+?)` \|/gm)];
  return rows.map((cells) => {
    const [, from = "", fromKind, fromName, to = "", toKind, toName] = cells;
    return { from, parent: `${fromKind} ${fromName}`, to, child: `${toKind} ${toName}` };
  });
}

/** The edges between services of a trace, those from a span that is not among the spans left out. */
export function edgesOf(spans: readonly Span[]): Edge[] {
  const byId = new Map(spans.map((span) => [span.spanId, span]));
  return spans.flatMap((span) => {
    const parent = byId.get(span.parentSpanId);
    if (parent === undefined || parent.service === span.service) return [];
    return [
      {
        from: parent.service,
        parent: `${parent.kind} ${parent.name}`,
        to: span.service,
        child: `${span.kind} ${span.name}`,
      },
    ];
  });
}

/** An edge as one line, to compare and to show. */
export const line = ({ from, parent, to, child }: Edge): string => `${from} ${parent} -> ${to} ${child}`;

/**
 * What a trace lacks: edges of `expected`, and parents that its spans name; [] for a whole one. More than is expected is no lack:
 * what was tried again is there twice.
 * @param rootSpanId the caller's own span, which may be missing
 */
export function lacks(spans: readonly Span[], expected: readonly Edge[], rootSpanId: string): string[] {
  const ids = new Set([rootSpanId, "", ...spans.map(({ spanId }) => spanId)]);
  const found = new Set(edgesOf(spans).map(line));
  const orphans = spans.filter(({ parentSpanId }) => !ids.has(parentSpanId));
  return [
    ...expected.map(line).filter((edge) => !found.has(edge)),
    ...orphans.map(
      ({ service, kind, name, parentSpanId }) => `${service} ${kind} ${name} has no parent ${parentSpanId}`,
    ),
  ];
}
