/** OTLP-JSON, as far as it is read here: https://github.com/open-telemetry/opentelemetry-proto/blob/main/opentelemetry/proto/trace/v1/trace.proto */
export interface ResourceSpans {
  resource?: { attributes?: KeyValue[] };
  scopeSpans?: { spans?: OtlpSpan[] }[];
}
interface OtlpSpan {
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  name?: string;
  kind?: number | string;
  startTimeUnixNano?: string | number;
  endTimeUnixNano?: string | number;
  attributes?: KeyValue[];
  links?: { traceId?: string; spanId?: string }[];
  status?: { code?: number | string; message?: string };
}
interface KeyValue {
  key: string;
  value?: AnyValue;
}
interface AnyValue {
  stringValue?: string;
  boolValue?: boolean;
  intValue?: string | number;
  doubleValue?: number;
  arrayValue?: { values?: AnyValue[] };
  kvlistValue?: { values?: KeyValue[] };
  bytesValue?: string;
}

export type SpanKind = "unspecified" | "internal" | "server" | "client" | "producer" | "consumer";
export type Attribute = string | number | boolean | undefined | Attribute[] | { [key: string]: Attribute };

/** A span that another one names as a cause besides its parent, as a consumer of many messages does. */
export interface Link {
  traceId: string;
  spanId: string;
}

export interface Span {
  traceId: string;
  /** `service.name` of the resource; empty when it has none. */
  service: string;
  name: string;
  kind: SpanKind;
  spanId: string;
  /** Empty for a root span. */
  parentSpanId: string;
  /** Nanoseconds since 1970. */
  startNs: bigint;
  durationMs: number;
  attributes: Record<string, Attribute>;
  /** There only when the status is an error: its message, perhaps empty. */
  error?: string;
  /** There only when the span has some. */
  links?: Link[];
}

const kinds: readonly SpanKind[] = ["unspecified", "internal", "server", "client", "producer", "consumer"];

/** Flattens OTLP-JSON into spans, in the order given. A span that comes twice (sent again after a lost answer) is kept once. */
export function decodeSpans(resourceSpans: readonly ResourceSpans[]): Span[] {
  const spans = new Map<string, Span>();
  for (const { resource, scopeSpans } of resourceSpans) {
    const service = attributesOf(resource?.attributes)["service.name"];
    for (const span of (scopeSpans ?? []).flatMap((scope) => scope.spans ?? [])) {
      const startNs = BigInt(span.startTimeUnixNano ?? 0);
      const endNs = BigInt(span.endTimeUnixNano ?? 0);
      spans.set(`${span.traceId}/${span.spanId}`, {
        traceId: span.traceId,
        service: typeof service === "string" ? service : "",
        name: span.name ?? "",
        kind: kindOf(span.kind),
        spanId: span.spanId,
        parentSpanId: /^0*$/.test(span.parentSpanId ?? "") ? "" : (span.parentSpanId ?? ""),
        startNs,
        durationMs: Number(endNs - startNs) / 1e6,
        attributes: attributesOf(span.attributes),
        ...(failed(span.status?.code) ? { error: span.status?.message ?? "" } : {}),
        ...(span.links?.length ? { links: span.links.map(linkOf) } : {}),
      });
    }
  }
  return [...spans.values()];
}

// JSON may name an enum by its number or by its name.
function kindOf(kind: number | string | undefined): SpanKind {
  if (typeof kind === "number") return kinds[kind] ?? "unspecified";
  const name = kind?.replace("SPAN_KIND_", "").toLowerCase();
  return kinds.find((known) => known === name) ?? "unspecified";
}

const failed = (code: number | string | undefined) => code === 2 || code === "STATUS_CODE_ERROR";
const linkOf = ({ traceId = "", spanId = "" }: { traceId?: string; spanId?: string }): Link => ({ traceId, spanId });

const attributesOf = (list: readonly KeyValue[] = []): Record<string, Attribute> =>
  Object.fromEntries(list.map(({ key, value }) => [key, readValue(value)]));

function readValue(value: AnyValue | undefined): Attribute {
  if (value?.intValue !== undefined) return Number(value.intValue);
  if (value?.arrayValue) return (value.arrayValue.values ?? []).map(readValue);
  if (value?.kvlistValue) return attributesOf(value.kvlistValue.values);
  return value?.stringValue ?? value?.boolValue ?? value?.doubleValue ?? value?.bytesValue;
}
