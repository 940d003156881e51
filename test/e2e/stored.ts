import { jaegerClient } from "../../receipt/jaeger.ts";
import { type Attribute, decodeSpans, type ResourceSpans, type Span } from "../../receipt/otlp.ts";
import { status } from "../../sandbox/node/cluster.ts";

/** A trace as Jaeger has it. */
export interface Stored {
  readonly spans: readonly Span[];
  /** Resource attributes of each service's spans, by service. */
  readonly resources: Readonly<Record<string, Readonly<Record<string, Attribute>>>>;
}

/** Every trace stored since `since` (ms since 1970) that has a span of the service; [] when there is none. */
export async function tracesOf(service: string, since: number): Promise<Stored[]> {
  const range = { from: new Date(since), to: new Date(Date.now() + 60_000), limit: 100 };
  const found = await jaegerClient(await jaegerUrl()).find({ service, ...range });
  const ids = found.flatMap(([span]) => (span ? [span.traceId] : []));
  return Promise.all(ids.map((id) => storedTrace(id)));
}

/** A trace by its id; without spans where Jaeger has none. */
export async function storedTrace(traceId: string): Promise<Stored> {
  const found = await ask(`/traces/${traceId}`);
  const resources = found.map(({ resource }) => Object.fromEntries((resource?.attributes ?? []).map(plain)));
  return {
    spans: decodeSpans(found),
    resources: Object.fromEntries(resources.map((attributes) => [String(attributes["service.name"]), attributes])),
  };
}

type Given = NonNullable<NonNullable<ResourceSpans["resource"]>["attributes"]>[number];

/** Resource attributes are texts, but for a process's own number and arguments, which no test looks at. */
const plain = ({ key, value }: Given): [string, Attribute] => [key, value?.stringValue];

/** Address of the stack's Jaeger on the host. */
export async function jaegerUrl(): Promise<string> {
  const base = (await status())?.forwards["jaeger"];
  if (base === undefined) throw new Error("the embedded cluster does not run");
  return base;
}

async function ask(path: string): Promise<ResourceSpans[]> {
  const answer = await fetch(`${await jaegerUrl()}/api/v3${path}`, { signal: AbortSignal.timeout(30_000) });
  if (answer.status === 404) return [];
  if (!answer.ok) throw new Error(`Jaeger answered ${answer.status} to ${path}: ${await answer.text()}`);
  const body = (await answer.json()) as { result?: { resourceSpans?: ResourceSpans[] } };
  return body.result?.resourceSpans ?? [];
}
