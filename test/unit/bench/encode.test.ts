import { expect, test } from "vitest";
import { fill, makeTemplate } from "../../../bench/encode.ts";
import { seeded } from "../../../bench/random.ts";

const endNs = 1_795_000_000_000_000_000n;

interface Field {
  readonly number: number;
  readonly bytes: Buffer;
}

/** A reader of the protobuf wire format, apart from the writer that it judges. */
function fieldsOf(message: Buffer): Field[] {
  const found: Field[] = [];
  let at = 0;
  const varint = () => {
    for (let value = 0, shift = 0; ; shift += 7) {
      const byte = message.readUInt8(at++);
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
  };
  while (at < message.length) {
    const key = varint();
    const start = at;
    const length = (key & 7) === 2 ? varint() : (key & 7) === 1 ? 8 : undefined;
    if (length === undefined) varint();
    else at += length;
    const end = at;
    found.push({ number: key >> 3, bytes: message.subarray((key & 7) === 2 ? end - (length ?? 0) : start, end) });
  }
  expect(at).toBe(message.length);
  return found;
}

const inside = (message: Buffer, ...path: number[]): Buffer[] =>
  path.reduce<Buffer[]>(
    (messages, number) =>
      messages.flatMap((each) => fieldsOf(each).flatMap((field) => (field.number === number ? [field.bytes] : []))),
    [message],
  );

const spansOf = (body: Buffer) => inside(body, 1, 2, 2);

test.each([1, 10, 100, 1000])("a request of %i spans holds exactly the ids that it tells, in whole traces", (count) => {
  const perTrace = Math.min(5, count);
  const { body, traces } = fill(makeTemplate(count, perTrace, seeded(1)), perTrace, seeded(2), endNs);
  const spans = spansOf(body).map((span) => {
    const [trace, id, parent, end] = [1, 2, 4, 8].map((number) => inside(span, number)[0]);
    return { trace: trace?.toString("hex") ?? "", id: id?.toString("hex"), parent: parent?.toString("hex"), end };
  });
  expect(spans).toHaveLength(count);
  for (const [trace, ids] of traces) {
    const own = spans.filter((span) => span.trace === trace);
    expect(own.map(({ id }) => id)).toEqual(ids);
    expect(own.map(({ parent }) => parent)).toEqual([undefined, ...ids.slice(1).map(() => ids[0])]);
    expect(own.every(({ end }) => end?.readBigUInt64LE() === endNs)).toBe(true);
  }
  expect([...traces.values()].flat()).toHaveLength(count);
  expect(new Set([...traces.values()].flat()).size).toBe(count);
});

test("each filling has ids of its own, and the template stays as it is", () => {
  const random = seeded(3);
  const template = makeTemplate(10, 5, random);
  const before = Buffer.from(template.body);
  const [first, second] = [fill(template, 5, random, endNs), fill(template, 5, random, endNs)];
  expect([...first.traces.keys()].some((id) => second.traces.has(id))).toBe(false);
  expect(template.body.equals(before)).toBe(true);
});

test("the same seed gives the same bytes", () => {
  const bytes = () => fill(makeTemplate(20, 5, seeded(4)), 5, seeded(5), endNs).body;
  expect(bytes().equals(bytes())).toBe(true);
});
