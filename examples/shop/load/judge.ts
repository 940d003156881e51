import { completeness } from "../../../receipt/complete.ts";
import type { Span } from "../../../receipt/otlp.ts";

/** What a trace must have. */
export interface Expected {
  /** Services with a span. */
  readonly services: readonly string[];
  /** Pairs of services: a span of the second has a span of the first for its parent. */
  readonly edges: readonly (readonly [from: string, to: string])[];
  /** Whether the driver's own span was sent too; it is the root, stored or not. */
  readonly rootStored: boolean;
}

/** Why a trace is not complete, as phrases that are the same for all such traces; [] when it is. */
export function shortcomings(spans: readonly Span[], rootSpanId: string, expected: Expected): string[] {
  if (spans.length === 0) return ["no span in Jaeger"];
  const { missingParents, missingServices } = completeness(spans, rootSpanId, expected.services);
  const orphaned = missingParents.filter((parent) => expected.rootStored || parent !== rootSpanId);
  const roots = spans.filter(({ parentSpanId, spanId }) => parentSpanId === "" && spanId !== rootSpanId);
  const rootMissing = expected.rootStored && !spans.some(({ spanId }) => spanId === rootSpanId);
  const edges = edgesOf(spans);
  return [
    ...missingServices.map((service) => `no span of ${service}`),
    ...expected.edges.filter((edge) => !edges.has(nameOf(...edge))).map((edge) => `no edge ${nameOf(...edge)}`),
    ...(rootMissing ? ["the driver's own span is missing"] : []),
    ...(roots.length > 0 ? ["a second root"] : []),
    ...(orphaned.length > 0 ? ["a span without its parent"] : []),
    ...(spans.length === 1 && expected.rootStored ? ["no span but the driver's own"] : []),
  ];
}

/** Which services call which, as `a>b`: a span of b has a span of a for its parent, and a is not b. */
export function edgesOf(spans: readonly Span[]): Set<string> {
  const services = new Map(spans.map(({ spanId, service }) => [spanId, service]));
  const edges = spans.flatMap(({ parentSpanId, service }) => {
    const caller = services.get(parentSpanId);
    return caller === undefined || caller === service ? [] : [nameOf(caller, service)];
  });
  return new Set(edges);
}

const nameOf = (from: string, to: string) => `${from}>${to}`;
