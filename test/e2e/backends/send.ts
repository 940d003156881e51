import { randomBytes } from "node:crypto";

/** What of a span a test chooses; the rest is random or now. */
export interface SpanChoice {
  /** 32 hex digits. */
  traceId?: string;
  service?: string;
  name?: string;
  /** Default: 5. */
  durationMs?: number;
  /** Whether its status is an error. Default: false. */
  failed?: boolean;
  /** String attributes. */
  attributes?: Record<string, string>;
}

/**
 * Sends server spans that end now in one OTLP request to `url` (`http://HOST:PORT`, OTLP over HTTP) and returns their trace ids in
 * that order. Spans of one service share its resource. Throws unless the receiver took the request.
 *
 * @param resource string attributes of every resource, besides the service's name
 */
export async function sendSpans(
  url: string,
  choices: readonly SpanChoice[],
  resource: Record<string, string> = {},
): Promise<string[]> {
  const sent = choices.map((choice) => ({ ...choice, traceId: choice.traceId ?? randomBytes(16).toString("hex") }));
  const end = BigInt(Date.now()) * 1_000_000n;
  const strings = (values: Record<string, string>) =>
    Object.entries(values).map(([key, stringValue]) => ({ key, value: { stringValue } }));
  const byService = Object.entries(Object.groupBy(sent, ({ service = "tests" }) => service));
  const resourceSpans = byService.map(([service, spans = []]) => ({
    resource: { attributes: strings({ "service.name": service, ...resource }) },
    scopeSpans: [
      {
        spans: spans.map(({ traceId, name = "test", durationMs = 5, failed, attributes = {} }) => ({
          traceId,
          spanId: randomBytes(8).toString("hex"),
          name,
          kind: 2,
          startTimeUnixNano: `${end - BigInt(durationMs) * 1_000_000n}`,
          endTimeUnixNano: `${end}`,
          attributes: strings(attributes),
          ...(failed && { status: { code: 2 } }),
        })),
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
