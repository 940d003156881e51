import type { Span } from "./otlp.ts";
import { treeRows } from "./tree.ts";

/** How far a trace is, judged by the spans read so far. */
export interface Completeness {
  /** Services with a span, callers before those they call. */
  services: string[];
  /** Ids of parents that spans name and that are not among the spans. */
  missingParents: string[];
  /** Services that were expected and have no span. */
  missingServices: string[];
  /** True when the root is there, no parent is missing, another service answered it, and every expected service has a span. */
  whole: boolean;
  /** How long a whole trace must stay as it is before it counts as complete. */
  settleMs: number;
}

/** SDKs send their batches every 5 s (OTEL_BSP_SCHEDULE_DELAY), each service at its own time. */
const batchDelayMs = 5_000;

/**
 * @param spans Spans of one trace.
 * @param rootSpanId The span that everything hangs on.
 * @param expectServices Names of services that must have a span. Default: any one besides the root's.
 */
export function completeness(
  spans: readonly Span[],
  rootSpanId: string,
  expectServices: readonly string[] = [],
): Completeness {
  const ids = new Set(spans.map(({ spanId }) => spanId));
  const parents = new Set(spans.map(({ parentSpanId }) => parentSpanId));
  const services = [...new Set(treeRows([...spans].sort(byStart)).map(({ span }) => span.service))];
  const missingParents = [...parents].filter((parent) => parent !== "" && !ids.has(parent));
  const missingServices = expectServices.filter((service) => !services.includes(service));
  // A call without an answering span may be to something untraced, or its server has not sent its batch yet.
  const unanswered = spans.some(
    ({ kind, spanId }) => (kind === "client" || kind === "producer") && !parents.has(spanId),
  );
  const expectedAll = expectServices.length > 0 && missingServices.length === 0;
  return {
    services,
    missingParents,
    missingServices,
    whole:
      ids.has(rootSpanId) &&
      parents.has(rootSpanId) &&
      services.length > 1 &&
      missingParents.length === 0 &&
      missingServices.length === 0,
    settleMs: unanswered && !expectedAll ? batchDelayMs + 1_000 : 500,
  };
}

export const byStart = (a: Span, b: Span): number => (a.startNs < b.startNs ? -1 : a.startNs > b.startNs ? 1 : 0);
