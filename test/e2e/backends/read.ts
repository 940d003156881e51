import { java } from "../../../sandbox/images/backends.ts";
import { kubectl } from "../kubectl.ts";
import { namespace } from "./manifest.ts";
import { kafkaLocal } from "./servers.ts";

/** A span as Zipkin's API version 2 gives it, see https://zipkin.io/zipkin-api/. */
export interface ZipkinSpan {
  traceId: string;
  id: string;
  parentId?: string;
  name?: string;
  kind?: string;
  localEndpoint?: { serviceName?: string };
  tags?: Record<string, string>;
}

/** The spans of a trace in Zipkin at `url`; [] when it has none. */
export async function zipkinTrace(url: string, traceId: string): Promise<ZipkinSpan[]> {
  const answer = await fetch(`${url}/api/v2/trace/${traceId}`);
  return answer.status === 404 ? [] : read<ZipkinSpan[]>(answer);
}

/** One series of an instant query: its labels, `__name__` among them, and its value now. */
export interface Series {
  labels: Record<string, string>;
  value: number;
}

/** Asks Prometheus at `url` for the value of an expression now; [] when nothing matches. */
export async function prometheusQuery(url: string, expression: string): Promise<Series[]> {
  const answer = await fetch(`${url}/api/v1/query?${new URLSearchParams({ query: expression })}`);
  type Body = { data: { result: { metric: Record<string, string>; value: [number, string] }[] } };
  const { data } = await read<Body>(answer);
  return data.result.map(({ metric, value }) => ({ labels: metric, value: Number(value[1]) }));
}

/** One document of OpenSearch or Elasticsearch. */
export interface Document {
  _index: string;
  _id: string;
  _source: Record<string, unknown>;
}

/**
 * Up to 100 documents at `url` that match a query string, those included that were written just now; [] when there are none.
 *
 * @param index names and wildcards, e.g. "traces-*"
 * @param query as in https://docs.opensearch.org/latest/query-dsl/full-text/query-string/
 */
export async function searchDocuments(url: string, index: string, query: string): Promise<Document[]> {
  const some = "ignore_unavailable=true&allow_no_indices=true";
  await read(await fetch(`${url}/${index}/_refresh?${some}`, { method: "POST" }));
  const search = new URLSearchParams({ q: query, size: "100" });
  const answer = await fetch(`${url}/${index}/_search?${some}&${search}`);
  return (await read<{ hits: { hits: Document[] } }>(answer)).hits.hits;
}

/**
 * The values of the first `count` records of a Kafka topic; fewer when no further one came for ten seconds.
 * Read inside the broker's pod, so that no client is needed here.
 */
export async function kafkaRecords(topic: string, count: number): Promise<Buffer[]> {
  const options = {
    "bootstrap-server": kafkaLocal,
    topic,
    "max-messages": `${count}`,
    "timeout-ms": "10000",
    // Its toString() shows the bytes as text, one record a line.
    property: "value.deserializer=org.apache.kafka.common.serialization.BytesDeserializer",
  };
  const output = await kubectl(
    ...["exec", "-n", namespace, "deployment/kafka", "-c", "kafka", "--"],
    ...[java, "-Xmx64m", "-cp", "/opt/kafka/libs/*", "org.apache.kafka.tools.consumer.ConsoleConsumer"],
    "--from-beginning",
    ...Object.entries(options).flatMap(([name, value]) => [`--${name}`, value]),
  );
  return output.split("\n").filter(Boolean).map(printedBytes);
}

/** Bytes out of the text that Kafka's `Bytes.toString()` makes of them: printable ASCII as it is, all else as `\xHH`. */
export const printedBytes = (text: string): Buffer =>
  Buffer.from(
    text.replaceAll(/\\x([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
    "latin1",
  );

async function read<T>(answer: Response): Promise<T> {
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${answer.url} answered ${answer.status}: ${text.slice(0, 500)}`);
  return JSON.parse(text) as T;
}
