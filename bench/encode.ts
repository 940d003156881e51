import type { Random } from "./random.ts";

/** One request of the load: the bytes to send and the ids that they hold. */
export interface TraceRequest {
  readonly body: Buffer;
  /** Ids of its spans by the id of their trace, all in hexadecimal. */
  readonly traces: ReadonlyMap<string, readonly string[]>;
}

/** A request whose ids and times are filled in anew for each sending. */
export interface Template {
  readonly body: Buffer;
  readonly spans: readonly SpanPlace[];
}

/** Where the changing parts of a span stand in the body, as offsets in bytes. */
interface SpanPlace {
  readonly trace: number;
  readonly id: number;
  /** Undefined for a root span. */
  readonly parent: number | undefined;
  readonly start: number;
  readonly end: number;
}

const spanLengthNs = 1_000_000n;

/**
 * A request of `spans` server spans in traces of `perTrace` spans each, about 520 bytes a span: what the
 * instrumentation of an HTTP server writes, with values that differ as they do there.
 * @see https://github.com/open-telemetry/opentelemetry-proto/blob/main/opentelemetry/proto/trace/v1/trace.proto
 */
export function makeTemplate(spans: number, perTrace: number, random: Random): Template {
  const marks = Array.from({ length: spans }, (_, index) => marksOf(index, index % perTrace !== 0));
  const encoded = marks.map((mark, index) => field(2, span(mark, index, index % perTrace, random)));
  const resource = field(1, Buffer.concat([attribute(1, "service.name", "load"), attribute(1, "host.name", "bench")]));
  const body = field(1, Buffer.concat([resource, field(2, Buffer.concat(encoded))]));
  let from = 0;
  const places = marks.map((mark) => {
    const find = (part: Buffer) => {
      from = body.indexOf(part, from) + part.length;
      return from - part.length;
    };
    // In the order of the fields' numbers, as they are written.
    const [trace, id, parent] = [find(mark.trace), find(mark.id), mark.parent && find(mark.parent)];
    return { trace, id, parent, start: find(mark.start), end: find(mark.end) };
  });
  return { body, spans: places };
}

/** Fills in new ids; the spans end at `endNs`, nanoseconds since 1970. */
export function fill(template: Template, perTrace: number, random: Random, endNs: bigint): TraceRequest {
  const body = Buffer.from(template.body);
  const traces = new Map<string, string[]>();
  let trace: Buffer = Buffer.alloc(0);
  let parent: Buffer = Buffer.alloc(0);
  for (const [index, place] of template.spans.entries()) {
    if (index % perTrace === 0) trace = randomBytes(16, random);
    const id = randomBytes(8, random);
    trace.copy(body, place.trace);
    id.copy(body, place.id);
    if (place.parent === undefined) parent = id;
    else parent.copy(body, place.parent);
    body.writeBigUInt64LE(endNs - spanLengthNs, place.start);
    body.writeBigUInt64LE(endNs, place.end);
    const key = trace.toString("hex");
    traces.set(key, [...(traces.get(key) ?? []), id.toString("hex")]);
  }
  return { body, traces };
}

function randomBytes(length: number, random: Random): Buffer {
  const bytes = Buffer.alloc(length);
  for (let at = 0; at < length; at += 4) bytes.writeUInt32BE(random(), at);
  // An id of zeros is invalid.
  bytes[length - 1] = (bytes[length - 1] ?? 0) | 1;
  return bytes;
}

interface Marks {
  readonly trace: Buffer;
  readonly id: Buffer;
  readonly parent: Buffer | undefined;
  readonly start: Buffer;
  readonly end: Buffer;
}

/** Bytes that occur nowhere else in the request, by which the places are found. */
function marksOf(index: number, hasParent: boolean): Marks {
  const mark = (length: number, what: number) => {
    const bytes = Buffer.alloc(length, 0xf0 + what);
    bytes.writeUInt32BE(0xfe000000 + index, length - 4);
    return bytes;
  };
  return {
    trace: mark(16, 1),
    id: mark(8, 2),
    parent: hasParent ? mark(8, 3) : undefined,
    start: mark(8, 4),
    end: mark(8, 5),
  };
}

function span(mark: Marks, index: number, position: number, random: Random): Buffer {
  const order = random() % 1_000_000;
  return Buffer.concat([
    field(1, mark.trace),
    field(2, mark.id),
    ...(mark.parent ? [field(4, mark.parent)] : []),
    field(5, Buffer.from(`GET /orders/{id}/${position}`)),
    Buffer.concat([varint((6 << 3) | 0), varint(2)]),
    Buffer.concat([varint((7 << 3) | 1), mark.start]),
    Buffer.concat([varint((8 << 3) | 1), mark.end]),
    attribute(9, "http.request.method", "GET"),
    attribute(9, "http.route", `/orders/{id}/${position}`),
    attribute(9, "http.response.status_code", index % 50 === 49 ? "503" : "200"),
    attribute(9, "url.scheme", "https"),
    attribute(9, "url.path", `/orders/${order}/${position}`),
    attribute(9, "url.query", `page=${random() % 50}&session=${randomBytes(12, random).toString("hex")}`),
    attribute(9, "server.address", "shop.example.com"),
    attribute(9, "client.address", [10, 0, 0, 0].map((net) => net || random() % 256).join(".")),
    attribute(9, "user_agent.original", userAgents[random() % userAgents.length] ?? ""),
    attribute(9, "network.protocol.version", "1.1"),
  ]);
}

const userAgents = ["Firefox/148.0", "Chrome/143.0.0.0", "curl/8.17.0"].map(
  (name) => `Mozilla/5.0 (X11; Linux x86_64) ${name}`,
);

function attribute(number: number, key: string, value: string): Buffer {
  return field(number, Buffer.concat([field(1, Buffer.from(key)), field(2, field(1, Buffer.from(value)))]));
}

/** A field of bytes: its number, the length, the content. */
function field(number: number, content: Buffer): Buffer {
  return Buffer.concat([varint((number << 3) | 2), varint(content.length), content]);
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  for (let rest = value; ; rest >>>= 7) {
    if (rest < 0x80) return Buffer.from([...bytes, rest]);
    bytes.push((rest & 0x7f) | 0x80);
  }
}
