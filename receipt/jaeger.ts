import { decodeSpans, type ResourceSpans, type Span } from "./otlp.ts";

/** Reads traces from Jaeger's `/api/v3` (https://www.jaegertracing.io/docs/latest/architecture/apis/). */
export interface Jaeger {
  /** All spans of a trace that are stored by now; undefined while there is none. */
  trace(traceId: string): Promise<Span[] | undefined>;
}

interface Found {
  result?: { resourceSpans?: ResourceSpans[] };
}

/**
 * A client of the Jaeger at `baseUrl`, e.g. `http://127.0.0.1:16686`. Each request takes at most `timeoutMs` (default 5000).
 * All calls throw an Error that names the address and what it answered.
 */
export function jaegerClient(baseUrl: string, timeoutMs = 5_000): Jaeger {
  const base = `${baseUrl.replace(/\/+$/, "")}/api/v3`;

  const get = async (path: string): Promise<{ status: number; body: unknown }> => {
    try {
      const response = await fetch(`${base}${path}`, { signal: AbortSignal.timeout(timeoutMs) });
      const text = await response.text();
      return { status: response.status, body: response.ok ? JSON.parse(text) : text.trim() };
    } catch (error) {
      const cause = (error as { cause?: { message?: string } }).cause?.message;
      throw new Error(`Jaeger at ${baseUrl}: ${cause ?? (error as Error).message}`);
    }
  };
  const refused = (path: string, { status, body }: { status: number; body: unknown }) =>
    new Error(`Jaeger at ${baseUrl} answered ${status} to GET /api/v3${path}: ${body}`);

  return {
    async trace(traceId) {
      const path = `/traces/${traceId}`;
      const answer = await get(path);
      if (answer.status === 404) return undefined;
      if (answer.status !== 200) throw refused(path, answer);
      const spans = decodeSpans((answer.body as Found).result?.resourceSpans ?? []);
      return spans.length > 0 ? spans : undefined;
    },
  };
}
