import { randomBytes } from "node:crypto";

/** What of a span a test chooses; the rest is random or now. */
export interface SpanChoice {
  /** 32 hex digits. */
  traceId?: string;
  service?: string;
  name?: string;
  /** String attributes. */
  attributes?: Record<string, string>;
}

/**
 * Sends server spans of 5 ms in one OTLP request to `url` (`http://HOST:PORT`, OTLP over HTTP) and returns their trace ids in
 * that order. Throws unless the receiver took the request.
 */
export async function sendSpans(url: string, choices: readonly SpanChoice[]): Promise<string[]> {
  const sent = choices.map((choice) => ({ ...choice, traceId: choice.traceId ?? randomBytes(16).toString("hex") }));
  const end = BigInt(Date.now()) * 1_000_000n;
  const strings = (values: Record<string, string>) =>
    Object.entries(values).map(([key, stringValue]) => ({ key, value: { stringValue } }));
  const resourceSpans = sent.map(({ traceId, service = "tests", name = "test", attributes = {} }) => ({
    resource: { attributes: strings({ "service.name": service }) },
    scopeSpans: [
      {
        spans: [
          {
            traceId,
            spanId: randomBytes(8).toString("hex"),
            name,
            kind: 2,
            startTimeUnixNano: `${end - 5_000_000n}`,
            endTimeUnixNano: `${end}`,
            attributes: strings(attributes),
          },
        ],
      },
    ],
  }));
  const answer = await fetch(`${url}/v1/traces`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ resourceSpans }),
  });
  if (!answer.ok) throw new Error(`${url} answered ${answer.status}: ${await answer.text()}`);
  return sent.map(({ traceId }) => traceId);
}
