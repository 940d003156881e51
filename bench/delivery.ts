/** What came of the spans that were sent, by comparing ids. */
export interface Delivery {
  /** Spans of requests that were answered with success. */
  readonly acknowledged: number;
  /** Acknowledged spans that the backend lacks. This is loss. */
  readonly missing: number;
  /** Sent spans that the backend has, acknowledged or not. */
  readonly found: number;
  /** Spans the backend was given more often than once. */
  readonly duplicates: number;
}

/** The spans of one trace that were sent, and how. */
export interface SentTrace {
  readonly spans: readonly string[];
  readonly acknowledged: boolean;
}

/**
 * @param sent by trace id
 * @param stored ids of the spans that the backend gives for a trace id
 * @param received how many spans the backend was given in all, each time counted
 */
export function delivery(
  sent: ReadonlyMap<string, SentTrace>,
  stored: ReadonlyMap<string, ReadonlySet<string>>,
  received: number,
): Delivery {
  const total = { acknowledged: 0, missing: 0, found: 0 };
  for (const [trace, { spans, acknowledged }] of sent) {
    const there = spans.filter((span) => stored.get(trace)?.has(span)).length;
    total.found += there;
    if (!acknowledged) continue;
    total.acknowledged += spans.length;
    total.missing += spans.length - there;
  }
  return { ...total, duplicates: Math.max(0, received - total.found) };
}
