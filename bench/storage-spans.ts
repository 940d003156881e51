import type { TraceQuery } from "../receipt/jaeger.ts";
import { type Random, seeded } from "./random.ts";

/** One span of the stored traces, as far as it is looked for. */
export interface StoredSpan {
  readonly traceId: string;
  readonly service: string;
  readonly operation: string;
  readonly startMs: number;
}

/** Spans in traces of five, over the hour before `endMs`, in an order and with content that the seed decides. */
export interface Stock {
  readonly spans: readonly StoredSpan[];
  /** How many spans each trace has. */
  readonly traces: ReadonlyMap<string, number>;
  /** Bodies of OTLP/JSON requests, each with so many traces. */
  requests(tracesPerRequest: number): Generator<string>;
}

/** A search, and the traces that match it. */
export interface Search {
  readonly query: TraceQuery & { readonly limit: number };
  readonly matching: ReadonlySet<string>;
}

const perTrace = 5;
const hourMs = 3_600_000;
const windowMs = 600_000;
const limit = 20;
const services = ["frontend", "cart", "checkout", "payment", "catalog", "shipping", "quotes", "ratings"];
const verbs = ["list", "read", "create", "update", "remove"];

export function makeStock(spans: number, seed: number, endMs: number): Stock {
  const random = seeded(seed);
  const pick = <T>(from: readonly T[]) => from[random() % from.length] as T;
  const stored: StoredSpan[] = [];
  const traces = new Map<string, number>();
  for (let first = 0; first < spans; first += perTrace) {
    const traceId = hex(4, random);
    const count = Math.min(perTrace, spans - first);
    const startMs = endMs - hourMs + Math.floor((first / spans) * hourMs);
    traces.set(traceId, count);
    for (let index = 0; index < count; index++) {
      const service = pick(services);
      stored.push({ traceId, service, operation: `${pick(verbs)} ${service}`, startMs: startMs + index });
    }
  }
  return {
    spans: stored,
    traces,
    *requests(tracesPerRequest) {
      // Of its own, so that each storage gets the same bytes.
      const content = seeded(seed + 1);
      const size = tracesPerRequest * perTrace;
      for (let from = 0; from < stored.length; from += size) {
        yield JSON.stringify(request(stored.slice(from, from + size), content));
      }
    },
  };
}

/** A search for what is like a random span: its service and operation, ten minutes around it. */
export function searchFor({ spans }: Stock, random: Random): Search {
  const { service, operation, startMs } = spans[random() % spans.length] as StoredSpan;
  const [from, to] = [startMs - windowMs / 2, startMs + windowMs / 2];
  const matches = spans.filter(
    (span) =>
      span.operation === operation && span.service === service && span.startMs >= from && span.startMs + 0.5 <= to,
  );
  return {
    query: { service, operation, from: new Date(from), to: new Date(to), limit },
    matching: new Set(matches.map(({ traceId }) => traceId)),
  };
}

/** One request; the first span of a trace is the parent of the others. */
function request(spans: readonly StoredSpan[], random: Random): object {
  const ids = spans.map(() => hex(2, random));
  const roots = new Map<string, string>();
  for (const [index, { traceId }] of spans.entries()) if (!roots.has(traceId)) roots.set(traceId, ids[index] ?? "");
  const encoded = spans.map((span, index) => encode(span, ids[index] ?? "", roots.get(span.traceId) ?? "", random));
  const byService = Map.groupBy(spans.keys(), (index) => spans[index]?.service ?? "");
  return {
    resourceSpans: [...byService].map(([service, members]) => ({
      resource: { attributes: [text("service.name", service), text("host.name", "bench")] },
      scopeSpans: [{ spans: members.map((index) => encoded[index]) }],
    })),
  };
}

/** About what the instrumentation of an HTTP server writes. */
function encode({ traceId, operation, startMs }: StoredSpan, spanId: string, root: string, random: Random): object {
  const path = `/orders/${random() % 1_000_000}`;
  return {
    traceId,
    spanId,
    ...(spanId !== root && { parentSpanId: root }),
    name: operation,
    kind: 2,
    // Half a millisecond later: never on the edge of a search, which is in whole ones.
    startTimeUnixNano: `${startMs}500000`,
    endTimeUnixNano: `${startMs + 1 + (random() % 200)}500000`,
    attributes: [
      text("http.request.method", "GET"),
      text("http.route", "/orders/{id}"),
      text("http.response.status_code", random() % 50 === 0 ? "503" : "200"),
      text("url.scheme", "https"),
      text("url.path", path),
      text("url.query", `page=${random() % 50}&session=${hex(3, random)}`),
      text("server.address", "shop.example.com"),
      text("client.address", `10.${random() % 256}.${random() % 256}.${random() % 256}`),
      text("user_agent.original", "Mozilla/5.0 (X11; Linux x86_64) Firefox/148.0"),
      text("network.protocol.version", "1.1"),
    ],
  };
}

const text = (key: string, stringValue: string) => ({ key, value: { stringValue } });

/** So many random numbers of 32 bits in hexadecimal. Never all zeros, which would be no id. */
function hex(words: number, random: Random): string {
  const digits = Array.from({ length: words }, () => random().toString(16).padStart(8, "0")).join("");
  return /^0*$/.test(digits) ? hex(words, random) : digits;
}
