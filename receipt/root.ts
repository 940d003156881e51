import { ROOT_CONTEXT, SpanKind, SpanStatusCode, trace } from "@opentelemetry/api";
import { ExportResultCode, W3CTraceContextPropagator } from "@opentelemetry/core";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-proto";
import { resourceFromAttributes } from "@opentelemetry/resources";
import {
  AlwaysOnSampler,
  BasicTracerProvider,
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
} from "@opentelemetry/sdk-trace-base";
import { cliService } from "../common/names.ts";

export interface RootCall {
  traceId: string;
  spanId: string;
  /** `performance.now()` at the end of the root span. */
  endedAt: number;
  /** HTTP status of the answer; undefined when there was none. */
  status?: number;
  /** Why there was no answer, as a phrase. */
  problem?: string;
  /** The root span, for `sendSpans`. */
  spans: ReadableSpan[];
  /** Sends the root span as OTLP/HTTP to an address such as `http://127.0.0.1:4318`; resolves to the reason when it was not taken. */
  send(otlpUrl: string, timeoutMs: number): Promise<string | undefined>;
}

/**
 * Calls `url` by GET inside a root span of the CLI's own, which passes on W3C trace context (https://www.w3.org/TR/trace-context/).
 * Never throws: a workload that does not answer within `timeoutMs` is a finding.
 */
export async function callUnderRoot(url: string, timeoutMs: number): Promise<RootCall> {
  const finished = new InMemorySpanExporter();
  const provider = new BasicTracerProvider({
    resource: resourceFromAttributes({ "service.name": cliService }),
    // Given here so that OTEL_TRACES_SAMPLER of the user's shell cannot lose the root.
    sampler: new AlwaysOnSampler(),
    spanProcessors: [new SimpleSpanProcessor(finished)],
  });
  const { protocol, hostname, port, pathname } = new URL(url);
  const root = provider.getTracer("throughline").startSpan(
    "GET",
    {
      kind: SpanKind.CLIENT,
      // Neither credentials nor the query go into the span: either may be secret.
      attributes: {
        "http.request.method": "GET",
        "url.full": `${protocol}//${hostname}${port && `:${port}`}${pathname}`,
        "server.address": hostname,
        "server.port": Number(port || (protocol === "https:" ? 443 : 80)),
      },
    },
    ROOT_CONTEXT,
  );

  const headers: Record<string, string> = { "user-agent": "throughline" };
  new W3CTraceContextPropagator().inject(trace.setSpan(ROOT_CONTEXT, root), headers, {
    set: (carrier, key, value) => {
      carrier[key] = value;
    },
  });

  const answer: { status?: number; problem?: string } = {};
  try {
    const response = await fetch(url, { headers, signal: AbortSignal.timeout(timeoutMs) });
    await response.arrayBuffer();
    answer.status = response.status;
    root.setAttribute("http.response.status_code", response.status);
    if (response.status >= 400) root.setStatus({ code: SpanStatusCode.ERROR });
  } catch (error) {
    answer.problem = reasonOf(error, timeoutMs);
    root.setStatus({ code: SpanStatusCode.ERROR, message: answer.problem });
  }
  root.end();
  const endedAt = performance.now();
  await provider.forceFlush();
  const { traceId, spanId } = root.spanContext();

  const spans = finished.getFinishedSpans();
  const send = (otlpUrl: string, sendTimeoutMs: number) => sendSpans(otlpUrl, spans, sendTimeoutMs);
  return { traceId, spanId, endedAt, ...answer, spans, send };
}

/** Sends spans in one request as OTLP/HTTP to an address such as `http://127.0.0.1:4318`; resolves to the reason when they were not taken. */
export async function sendSpans(
  otlpUrl: string,
  spans: ReadableSpan[],
  timeoutMs: number,
): Promise<string | undefined> {
  const exporter = new OTLPTraceExporter({ url: `${otlpUrl}/v1/traces`, timeoutMillis: timeoutMs });
  const sent = new Promise<string | undefined>((resolve) => {
    exporter.export(spans, ({ code, error }) =>
      resolve(code === ExportResultCode.SUCCESS ? undefined : (error?.message ?? "it was refused")),
    );
  });
  const late = new Promise<string>((resolve) => {
    setTimeout(() => resolve(`no answer within ${timeoutMs / 1000} s`), timeoutMs + 500).unref();
  });
  const problem = await Promise.race([sent, late]);
  // Not awaited: it waits for a request that may still hang.
  exporter.shutdown().catch(() => {});
  return problem;
}

function reasonOf(error: unknown, timeoutMs: number): string {
  if ((error as Error).name === "TimeoutError") return `no answer within ${timeoutMs / 1000} s`;
  const cause = (error as { cause?: { message?: string; code?: string } }).cause;
  return cause?.message || cause?.code || (error as Error).message;
}
