import { isBrokers, isUrl } from "./addresses.ts";
import { flag, type Kind, type Kinds, listOf, oneOf, record, text } from "./values.ts";

/** What every backend of the fan-out takes. Secrets stand in the namespace of the Collectors; only their names stand here. */
interface BackendSetting {
  /** Name of a Secret whose key `authorization` is sent as that HTTP header. Default: - no login. */
  readonly secret: string | undefined;
  /** Name of a Secret whose key `ca.crt` holds the authority that signed the backend's certificate. Default: - the image's own. */
  readonly ca: string | undefined;
}

/** A backend at a URL. `https` means TLS. */
export interface UrlBackendSetting extends BackendSetting {
  readonly endpoint: string;
}

/** Elasticsearch or OpenSearch. */
export interface SearchBackendSetting extends UrlBackendSetting {
  /** Index for spans, a plain one. Default: - the exporter's own; for Elasticsearch a data stream. */
  readonly index: string | undefined;
}

export interface KafkaSetting {
  /** `host:port`, several with commas between. */
  readonly brokers: string;
  /** Default: otlp_spans. */
  readonly topic: string;
  /** Name of a Secret with the keys `username` and `password`, for SASL. Default: - no login. */
  readonly secret: string | undefined;
  /** How to log in. Default: SCRAM-SHA-512. */
  readonly mechanism: "PLAIN" | "SCRAM-SHA-256" | "SCRAM-SHA-512" | undefined;
  /** Whether the connection is TLS. Default: - where `ca` is set. */
  readonly tls: boolean | undefined;
  /** Name of a Secret whose key `ca.crt` holds the authority that signed the brokers' certificates. Default: - the image's own. */
  readonly ca: string | undefined;
}

/** Where the request, error and duration metrics of all spans go. */
export interface PrometheusSetting extends BackendSetting {
  /** Whether the gateway offers them for scraping on port 8889. Default: false. */
  readonly scrape: boolean;
  /** URL that takes Prometheus remote write. Default: - none. */
  readonly remoteWrite: string | undefined;
  /** Span attributes that become labels, besides service, span name, kind and status. Default: none. */
  readonly dimensions: readonly string[];
}

/** One setting for each kind of backend; Jaeger is always there. */
export interface BackendSettings {
  readonly otlp: UrlBackendSetting | undefined;
  readonly zipkin: UrlBackendSetting | undefined;
  readonly elasticsearch: SearchBackendSetting | undefined;
  readonly opensearch: SearchBackendSetting | undefined;
  readonly kafka: KafkaSetting | undefined;
  readonly prometheus: PrometheusSetting | undefined;
}

const dnsName = /^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/;

/** The name of a Secret. Who takes it for the secret itself must not read that again in an error. */
export const secretName = (example: string): Kind<string | undefined> => ({
  ...text(dnsName, undefined, "the name of a Secret", example),
  hidden: true,
});
const shared = (of: string): Kinds<BackendSetting> => ({
  secret: secretName(`${of}-login`),
  ca: secretName(`${of}-ca`),
});
const endpoint = (example: string): Kind<string> =>
  text(isUrl, "", "an http or https URL without login and query", example);

export const kafkaKind: Kind<KafkaSetting | undefined> = record<KafkaSetting>(
  {
    brokers: text(isBrokers, "", "host:port, several with commas between", "kafka.data.svc:9092"),
    topic: text(/^[\w.-]{1,249}$/, "otlp_spans", "the name of a topic", "otlp_spans"),
    secret: secretName("kafka-login"),
    mechanism: oneOf(["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"], undefined, "SCRAM-SHA-512"),
    tls: flag(undefined, "true"),
    ca: secretName("kafka-ca"),
  },
  ["brokers"],
);

export const backendKinds: Kinds<BackendSettings> = {
  otlp: record<UrlBackendSetting>({ endpoint: endpoint("http://tempo.tracing.svc:4317"), ...shared("otlp") }, [
    "endpoint",
  ]),
  zipkin: record<UrlBackendSetting>({ endpoint: endpoint("http://zipkin.tracing.svc:9411"), ...shared("zipkin") }, [
    "endpoint",
  ]),
  elasticsearch: search("elasticsearch"),
  opensearch: search("opensearch"),
  kafka: kafkaKind,
  prometheus: record<PrometheusSetting>({
    scrape: flag(false),
    remoteWrite: text(isUrl, undefined, "an http or https URL", "http://prometheus.monitoring.svc:9090/api/v1/write"),
    dimensions: listOf((item) => /^[\w.-]+$/.test(item), [], "a list of span attributes", "http.route"),
    ...shared("prometheus"),
  }),
};

function search(kind: "elasticsearch" | "opensearch") {
  return record<SearchBackendSetting>(
    {
      endpoint: endpoint(`http://${kind}.search.svc:9200`),
      index: text(/^[a-z0-9][a-z0-9._-]{0,200}$/, undefined, "the name of an index (lower case)", "traces"),
      ...shared(kind),
    },
    ["endpoint"],
  );
}
