import type { Span } from "../../receipt/otlp.ts";

/** What is wrong with the spans of a run, one phrase each; [] when nothing is. */
export type Check = (spans: readonly Span[]) => string[];

/** All checks together. */
export const all =
  (...checks: Check[]): Check =>
  (spans) =>
    checks.flatMap((check) => check(spans));

/** Every span hangs under one root. */
export const oneTrace: Check = (spans) => {
  const traces = new Set(spans.map(({ traceId }) => traceId)).size;
  const orphans = spans.filter((span) => span.parentSpanId !== "" && !parentOf(span, spans));
  return [
    ...(traces === 1 ? [] : [`${traces} traces`]),
    ...orphans.map(({ name }) => `the parent of ${name} is missing`),
  ];
};

/** There are spans of that name, as many as said. */
export const named =
  (name: string, count = 1): Check =>
  (spans) => {
    const found = spans.filter((span) => span.name === name).length;
    return found === count ? [] : [`${found} spans ${name}`];
  };

/** The services have spans, and spans of no others came. */
export const services =
  (...expected: string[]): Check =>
  (spans) => {
    const found = [...new Set(spans.map(({ service }) => service))].sort();
    return found.join() === expected.toSorted().join() ? [] : [`services: ${found.join(", ") || "none"}`];
  };

/** The span is marked as an error, or is not. */
export const failed =
  (name: string, expected = true): Check =>
  (spans) =>
    spans
      .filter((span) => span.name === name && (span.error !== undefined) !== expected)
      .map(() => (expected ? `${name} is no error` : `${name} is an error`));

/** No span ends after its parent. */
export const withinParents: Check = (spans) =>
  spans.flatMap((span) => {
    const parent = parentOf(span, spans);
    return parent && endNs(span) > endNs(parent) ? [`${parent.name} ended before ${span.name}`] : [];
  });

/** A span of the service has the attribute with that value. */
export const carries =
  (service: string, key: string, value: string): Check =>
  (spans) => {
    const found = spans.filter((span) => span.service === service).map(({ attributes }) => attributes[key]);
    return found.includes(value) ? [] : [`${key} of ${service} is ${JSON.stringify(found.join())}`];
  };

/** The batch's span is linked to each message's, and no message's child. */
export const linkedToEach: Check = (spans) => {
  const batch = spans.find(({ kind }) => kind === "consumer");
  const links = new Set(batch?.links?.map(({ spanId }) => spanId));
  const sent = spans.filter(({ kind }) => kind === "producer");
  const linked = sent.filter(({ spanId }) => links.has(spanId)).length;
  return [
    ...(linked === sent.length && sent.length > 1 ? [] : [`${linked} of ${sent.length} messages are linked`]),
    ...(batch?.parentSpanId === "" ? [] : ["the batch is the child of one message"]),
  ];
};

const parentOf = (span: Span, spans: readonly Span[]) =>
  spans.find(({ spanId, traceId }) => spanId === span.parentSpanId && traceId === span.traceId);
const endNs = ({ startNs, durationMs }: Span) => startNs + BigInt(Math.round(durationMs * 1e6));
