import { decodeSpans, type ResourceSpans, type Span } from "./otlp.ts";

/** Reads traces from Jaeger's `/api/v3` (https://www.jaegertracing.io/docs/latest/architecture/apis/). */
export interface Jaeger {
  /** All spans of a trace that are stored by now; undefined while there is none. */
  trace(traceId: string): Promise<Span[] | undefined>;
  /** Traces that match, each as its spans; an empty list when none does. */
  findTraces(query: TraceQuery): Promise<Span[][]>;
  /** Names of the services that have spans. */
  services(): Promise<string[]>;
}

export interface TraceQuery {
  service: string;
  /** Name of a span of that service. */
  operation?: string;
  startTimeMin: Date;
  startTimeMax: Date;
  /** At most so many traces. Default 20. */
  limit?: number;
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
  // Versions from 2.19 on know camelCase and answer it; older ones know snake_case only and say 400.
  let spelling: Spelling = camelCase;

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

    async findTraces(query) {
      let path = `/traces?${spelling(query)}`;
      let answer = await get(path);
      if (answer.status === 400 && spelling === camelCase) {
        path = `/traces?${snakeCase(query)}`;
        answer = await get(path);
        if (answer.status !== 400) spelling = snakeCase;
      }
      if (answer.status === 404) return [];
      if (answer.status !== 200) throw refused(path, answer);
      const spans = decodeSpans((answer.body as Found).result?.resourceSpans ?? []);
      return [...Map.groupBy(spans, ({ traceId }) => traceId).values()];
    },

    async services() {
      const answer = await get("/services");
      if (answer.status !== 200) throw refused("/services", answer);
      return (answer.body as { services?: string[] }).services ?? [];
    },
  };
}

type Spelling = (query: TraceQuery) => URLSearchParams;

function camelCase({ service, operation, startTimeMin, startTimeMax, limit = 20 }: TraceQuery): URLSearchParams {
  return new URLSearchParams({
    "query.serviceName": service,
    ...(operation === undefined ? {} : { "query.operationName": operation }),
    "query.startTimeMin": startTimeMin.toISOString(),
    "query.startTimeMax": startTimeMax.toISOString(),
    "query.searchDepth": `${limit}`,
  });
}

function snakeCase({ service, operation, startTimeMin, startTimeMax, limit = 20 }: TraceQuery): URLSearchParams {
  return new URLSearchParams({
    "query.service_name": service,
    ...(operation === undefined ? {} : { "query.operation_name": operation }),
    "query.start_time_min": startTimeMin.toISOString(),
    "query.start_time_max": startTimeMax.toISOString(),
    // The limit was called num_traces before search_depth.
    "query.num_traces": `${limit}`,
    "query.search_depth": `${limit}`,
  });
}
