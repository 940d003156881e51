/** What makes a span part of a tree. */
export interface Node {
  readonly spanId: string;
  readonly parentSpanId: string;
}

export interface Row<T extends Node> {
  /** Lines that join the span to its parent, such as `│  └─ `; empty at the left edge. */
  readonly tree: string;
  readonly span: T;
}

/**
 * Spans as a tree, depth first, siblings in the order given; a span whose parent is not among the spans stands at the left edge like a root.
 * Callers stand before those they call, however far apart the clocks of their machines are.
 */
export function treeRows<T extends Node>(spans: readonly T[]): Row<T>[] {
  const ids = new Set(spans.map(({ spanId }) => spanId));
  const children = Map.groupBy(spans, ({ parentSpanId }) => (ids.has(parentSpanId) ? parentSpanId : ""));
  const seen = new Set<string>();
  const rows: Row<T>[] = [];
  // A stack of our own, the next row on top: a runaway recursion makes traces deeper than the language's.
  const waiting = (children.get("") ?? []).map((span) => ({ span, tree: "", below: "" })).reverse();
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    const { span, tree, below } = next;
    // Broken instrumentation can make a span its own ancestor.
    if (seen.has(span.spanId)) continue;
    seen.add(span.spanId);
    rows.push({ tree, span });
    const list = children.get(span.spanId) ?? [];
    for (const [index, child] of [...list.entries()].reverse()) {
      const last = index === list.length - 1;
      waiting.push({ span: child, tree: `${below}${last ? "└─ " : "├─ "}`, below: `${below}${last ? "   " : "│  "}` });
    }
  }
  const circular = spans.filter(({ spanId }) => !seen.has(spanId)).map((span) => ({ tree: "", span }));
  return [...rows, ...circular];
}
