import { randomBytes } from "node:crypto";
import type { Sent } from "../load.ts";

/** A trace of the caller's own, whose root is never sent, and the header that a request begins it with. */
export function startTrace(): Sent & { headers: Record<string, string> } {
  const [traceId, rootSpanId] = [randomBytes(16).toString("hex"), randomBytes(8).toString("hex")];
  return { traceId, rootSpanId, headers: { traceparent: `00-${traceId}-${rootSpanId}-01` } };
}
