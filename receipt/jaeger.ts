import { decodeSpans, type ResourceSpans, type Span } from "./otlp.ts";

/** Which traces to look for. All conditions must hold, for one span of the trace. */
export interface TraceQuery {
  /** Default: - every service; storages other than memory want one. */
  readonly service?: string;
  /** Name of a span. */
  readonly operation?: string;
  /** Start of the span, not before and not after. */
  readonly from: Date;
  readonly to: Date;
  readonly minDurationMs?: number;
  readonly maxDurationMs?: number;
  /** Traces at most. Default: Jaeger's own, 100. */
  readonly limit?: number;
}

/** Reads traces from Jaeger's `/api/v3` (https://www.jaegertracing.io/docs/latest/architecture/apis/). */
export interface Jaeger {
  /** All spans of a trace that are stored by now; undefined while there is none. */
  trace(traceId: string): Promise<Span[] | undefined>;
  /** Traces that match, each with all its spans; [] when there is none. */
  find(query: TraceQuery): Promise<Span[][]>;
  /** Names of the services that have spans. */
  services(): Promise<string[]>;
  /** Names of the spans of a service. */
  operations(service: string): Promise<string[]>;
}

export interface JaegerClientOptions {
  /** For each request, in milliseconds. Default: 5000. */
  readonly timeoutMs?: number;
  /** Sent with each request. Default: none. */
  readonly headers?: Readonly<Record<string, string>>;
}

interface Found {
  result?: { resourceSpans?: ResourceSpans[] };
}

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

type Spelling = (camelCase: string) => string;
/** From 2.19 on. */
const camelCase: Spelling = (name) => name;
/** Before 2.19, which knows only these. */
const snakeCase: Spelling = (name) =>
  name === "query.searchDepth" ? "query.num_traces" : name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/**
 * A client of the Jaeger at `baseUrl`, e.g. `http://127.0.0.1:16686`, with its base path where it has one. It finds out by itself how
 * the version spells the names in a query. All calls throw an Error that names the address and what it answered.
 */
export function jaegerClient(baseUrl: string, options: JaegerClientOptions = {}): Jaeger {
  const { timeoutMs = 5_000, headers = {} } = options;
  const base = `${baseUrl.replace(/\/+$/, "")}/api/v3`;
  let spelling: Spelling | undefined;

  const get = async (path: string): Promise<Answer> => {
    try {
      const response = await fetch(`${base}${path}`, { headers, signal: AbortSignal.timeout(timeoutMs) });
      const text = await response.text();
      return { status: response.status, body: response.ok ? parsed(text) : text.trim() };
    } catch (error) {
      const cause = (error as { cause?: { message?: string } }).cause?.message;
      throw new Error(`Jaeger at ${baseUrl}: ${cause ?? (error as Error).message}`);
    }
  };
  const good = (path: string, { status, body }: Answer): unknown => {
    if (status === 200) return body;
    throw new Error(`Jaeger at ${baseUrl} answered ${status} to GET /api/v3${path}: ${body}`);
  };
  const search = async (query: TraceQuery): Promise<{ path: string; answer: Answer }> => {
    const path = pathOf(query, spelling ?? camelCase);
    const answer = await get(path);
    // An old Jaeger misses the times that it does not find under their new names.
    if (spelling === undefined && answer.status === 400) {
      spelling = snakeCase;
      return search(query);
    }
    spelling ??= camelCase;
    return { path, answer };
  };

  return {
    async trace(traceId) {
      const path = `/traces/${traceId}`;
      const answer = await get(path);
      if (answer.status === 404) return undefined;
      const spans = spansIn(good(path, answer));
      return spans.length > 0 ? spans : undefined;
    },
    async find(query) {
      const { path, answer } = await search(query);
      if (answer.status === 404) return [];
      const byTrace = Map.groupBy(spansIn(good(path, answer)), ({ traceId }) => traceId);
      return [...byTrace.values()];
    },
    async services() {
      const path = "/services";
      return (good(path, await get(path)) as { services?: string[] }).services ?? [];
    },
    async operations(service) {
      const path = `/operations?${new URLSearchParams({ service })}`;
      const { operations = [] } = good(path, await get(path)) as { operations?: { name: string }[] };
      return [...new Set(operations.map(({ name }) => name))];
    },
  };
}

function pathOf(query: TraceQuery, spelling: Spelling): string {
  const { service, operation, from, to, minDurationMs, maxDurationMs, limit } = query;
  const values: Record<string, string | undefined> = {
    serviceName: service,
    operationName: operation,
    startTimeMin: from.toISOString(),
    startTimeMax: to.toISOString(),
    durationMin: minDurationMs === undefined ? undefined : `${minDurationMs}ms`,
    durationMax: maxDurationMs === undefined ? undefined : `${maxDurationMs}ms`,
    searchDepth: limit === undefined ? undefined : `${limit}`,
  };
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(values)) {
    if (value !== undefined) search.set(spelling(`query.${name}`), value);
  }
  return `/traces?${search}`;
}

function spansIn(body: unknown): Span[] {
  return decodeSpans((body as Found).result?.resourceSpans ?? []);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Under a wrong base path the UI's page comes instead.
    throw new Error(`it answered with no JSON: ${text.slice(0, 80).replace(/\s+/g, " ")}`);
  }
}
