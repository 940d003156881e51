/** A span as it stands in an OTLP/protobuf request; ids in hex. */
export interface SentSpan {
  service: string;
  name: string;
  kind: number;
  traceId: string;
  spanId: string;
  parentSpanId: string;
}

type Fields = Map<number, (Buffer | bigint)[]>;

/** Splits a protobuf message into its fields (https://protobuf.dev/programming-guides/encoding/). */
function fieldsOf(message: Buffer): Fields {
  const fields: Fields = new Map();
  let at = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = message.readUInt8(at++);
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  };
  const take = (length: number): Buffer => {
    at += length;
    return message.subarray(at - length, at);
  };
  while (at < message.length) {
    const tag = Number(varint());
    const type = tag & 7;
    const value = type === 0 ? varint() : type === 2 ? take(Number(varint())) : take(type === 1 ? 8 : 4);
    fields.set(tag >> 3, [...(fields.get(tag >> 3) ?? []), value]);
  }
  return fields;
}

const messages = (fields: Fields, number: number): Fields[] =>
  (fields.get(number) ?? []).map((value) => fieldsOf(value as Buffer));
const bytes = (fields: Fields, number: number): Buffer =>
  (fields.get(number)?.[0] as Buffer | undefined) ?? Buffer.alloc(0);

/** Spans of the body of a POST to /v1/traces. */
export function spansOf(body: Buffer): SentSpan[] {
  return messages(fieldsOf(body), 1).flatMap((resourceSpans) => {
    const attributes = messages(resourceSpans, 1).flatMap((resource) => messages(resource, 1));
    const name = attributes.find((attribute) => bytes(attribute, 1).toString() === "service.name");
    const service = name ? bytes(messages(name, 2)[0] ?? new Map(), 1).toString() : "";
    return messages(resourceSpans, 2)
      .flatMap((scopeSpans) => messages(scopeSpans, 2))
      .map((span) => ({
        service,
        name: bytes(span, 5).toString(),
        kind: Number(span.get(6)?.[0] ?? 0n),
        traceId: bytes(span, 1).toString("hex"),
        spanId: bytes(span, 2).toString("hex"),
        parentSpanId: bytes(span, 4).toString("hex"),
      }));
  });
}
