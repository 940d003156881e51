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
  const below = (parent: string, indent: string, isRoot: boolean): Row<T>[] => {
    const list = children.get(parent) ?? [];
    return list.flatMap((span, index) => {
      // Broken instrumentation can make a span its own ancestor.
      if (seen.has(span.spanId)) return [];
      seen.add(span.spanId);
      const last = index === list.length - 1;
      const tree = isRoot ? "" : `${indent}${last ? "└─ " : "├─ "}`;
      return [{ tree, span }, ...below(span.spanId, isRoot ? "" : `${indent}${last ? "   " : "│  "}`, false)];
    });
  };
  const rows = below("", "", true);
  const circular = spans.filter(({ spanId }) => !seen.has(spanId)).map((span) => ({ tree: "", span }));
  return [...rows, ...circular];
}
