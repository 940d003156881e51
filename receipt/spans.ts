import { byStart } from "./complete.ts";
import type { Link, Span, SpanKind } from "./otlp.ts";

/** A span as a receipt tells it. */
export interface ReceiptSpan {
  service: string;
  name: string;
  kind: SpanKind;
  spanId: string;
  /** Empty for the root. */
  parentSpanId: string;
  /** After the earliest start of the trace. */
  startMs: number;
  durationMs: number;
  /** There only when the span ended in error: what its status says, perhaps nothing. */
  error?: string;
  /** There only when the span has some: spans it was caused by besides its parent, of this trace or another. */
  links?: readonly Link[];
}

/** Spans of one trace as a receipt tells them, by their start. */
export function receiptSpans(spans: readonly Span[]): ReceiptSpan[] {
  const sorted = [...spans].sort(byStart);
  const first = sorted[0]?.startNs ?? 0n;
  return sorted.map(({ service, name, kind, spanId, parentSpanId, startNs, durationMs, error, links }) => ({
    service,
    name,
    kind,
    spanId,
    parentSpanId,
    startMs: Number(startNs - first) / 1e6,
    durationMs,
    ...(error === undefined ? {} : { error }),
    ...(links === undefined ? {} : { links }),
  }));
}
