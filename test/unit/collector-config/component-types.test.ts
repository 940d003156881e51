import { test } from "vitest";
import { failover, routing, spanMetrics } from "../../../collector-config/components/connectors.ts";
import { debugExporter, fileExporter } from "../../../collector-config/components/exporters-local.ts";
import {
  loadBalancingExporter,
  otlpGrpcExporter,
  otlpHttpExporter,
} from "../../../collector-config/components/exporters-otlp.ts";
import { opensearchExporter } from "../../../collector-config/components/exporters-stores.ts";
import { basicAuth, fileStorage, oidc } from "../../../collector-config/components/extensions.ts";
import { k8sAttributes, memoryLimiter } from "../../../collector-config/components/processors.ts";
import { redaction, transform } from "../../../collector-config/components/processors-content.ts";
import { tailSampling } from "../../../collector-config/components/sampling.ts";
import type { SendingQueue } from "../../../collector-config/components/sending-queue.ts";

const disk = fileStorage({ directory: "/queue", create_directory: true, fsync: true });

// The type check fails when one of these is no longer refused. What surrounds a refused part is accepted elsewhere, mostly one line up.
test("what upstream would refuse is refused by the compiler", () => {
  const endpoint = "collector:4317";
  const queues: SendingQueue[] = [{ storage: disk }, { wait_for_result: true }, { enabled: false }];
  // @ts-expect-error a persistent queue answers before the backend does
  queues.push({ storage: disk, wait_for_result: true });
  // @ts-expect-error a queue that is off has no storage
  queues.push({ enabled: false, storage: disk });
  // @ts-expect-error batches are measured in items or bytes
  queues.push({ batch: { sizer: "requests" } });
  // @ts-expect-error the queue's default sizer is none for a batch
  queues.push({ batch: { min_size: 1 } });
  // @ts-expect-error an id is no component
  queues.push({ storage: "file_storage" });
  otlpGrpcExporter({ endpoint, timeout: "5s", tls: { insecure: true } });
  // @ts-expect-error a duration has a unit
  otlpGrpcExporter({ endpoint, timeout: "5" });
  // @ts-expect-error without TLS there is no CA
  otlpGrpcExporter({ endpoint, tls: { insecure: true, ca_file: "/ca.crt" } });
  // @ts-expect-error a certificate needs its key
  otlpGrpcExporter({ endpoint, tls: { cert_file: "/tls.crt" } });
  // @ts-expect-error an authenticator is an extension
  otlpGrpcExporter({ endpoint, auth: { authenticator: debugExporter() } });
  // @ts-expect-error no such key upstream
  otlpGrpcExporter({ endpoint, compresion: "zstd" });
  // @ts-expect-error an endpoint of any kind is needed
  otlpHttpExporter({ encoding: "json" });

  const protocol = { otlp: {} };
  const dns = { hostname: "gateway", port: "4317" } as const;
  const k8s = { service: "gateway.observability", return_hostnames: true };
  loadBalancingExporter({ protocol, resolver: { dns } });
  loadBalancingExporter({ protocol, resolver: { k8s } });
  // @ts-expect-error one resolver
  loadBalancingExporter({ protocol, resolver: { dns, k8s } });
  // @ts-expect-error one resolver
  loadBalancingExporter({ protocol, resolver: {} });
  // @ts-expect-error upstream reads the port as text
  loadBalancingExporter({ protocol, resolver: { dns: { hostname: "gateway", port: 4317 } } });
  loadBalancingExporter({ protocol, resolver: { k8s }, routing_key: "attributes", routing_attributes: ["tenant"] });
  // @ts-expect-error attributes are a routing key of their own
  loadBalancingExporter({ protocol, resolver: { k8s }, routing_key: "traceID", routing_attributes: ["tenant"] });

  tailSampling({ policies: [{ name: "all", type: "always_sample" }] });
  // @ts-expect-error at least one policy
  tailSampling({ policies: [] });
  // @ts-expect-error no such policy
  tailSampling({ policies: [{ name: "all", type: "sometimes_sample" }] });
  // @ts-expect-error the settings of another policy
  tailSampling({ policies: [{ name: "slow", type: "latency", status_code: { status_codes: ["ERROR"] } }] });
  const slow = { name: "slow", type: "latency", latency: { threshold_ms: 500 } } as const;
  const notSlow = { name: "fast", type: "not", not: { not_sub_policy: slow } } as const;
  tailSampling({ policies: [{ name: "both", type: "and", and: { and_sub_policy: [slow, notSlow] } }] });
  // @ts-expect-error upstream can't negate a negation
  tailSampling({ policies: [{ name: "slow again", type: "not", not: { not_sub_policy: notSlow } }] });

  const eu = { signal: "traces", name: "eu" } as const;
  const logs = { signal: "logs", name: "eu" } as const;
  routing({ table: [{ condition: "true", pipelines: [eu] }] });
  // @ts-expect-error a route leads somewhere
  routing({ table: [{ condition: "true", pipelines: [] }] });
  // @ts-expect-error at least one route
  routing({ table: [] });
  // @ts-expect-error the id of a pipeline is no pipeline
  routing({ table: [{ condition: "true", pipelines: ["traces/eu"] }] });
  // @ts-expect-error all of one signal
  routing({ table: [{ condition: "true", pipelines: [eu] }], default_pipelines: [logs] });
  // @ts-expect-error at least one level
  failover({ priority_levels: [] });

  memoryLimiter({ check_interval: "1s", limit_mib: 400 });
  // @ts-expect-error by share or by number
  memoryLimiter({ check_interval: "1s", limit_mib: 400, limit_percentage: 80 });
  // @ts-expect-error upstream's default is refused by upstream
  memoryLimiter({ limit_mib: 400 });
  redaction({ allow_all_keys: true, hash_function: "hmac-sha256", hmac_key: "${env:KEY}" });
  // @ts-expect-error it would remove every attribute
  redaction({ blocked_values: ["4[0-9]{15}"] });
  // @ts-expect-error the key is missing
  redaction({ allow_all_keys: true, hash_function: "hmac-sha256" });
  const statements = ['set(span.attributes["a"], 1)'] as const;
  transform({ error_mode: "ignore", trace_statements: [{ context: "span", statements }] });
  // @ts-expect-error statements alone or in groups
  transform({ error_mode: "ignore", trace_statements: [{ context: "span", statements }, statements[0]] });
  // @ts-expect-error metrics have no spans
  transform({ error_mode: "ignore", metric_statements: [{ context: "span", statements }] });
  k8sAttributes({ extract: { metadata: ["k8s.deployment.name"] } });
  // @ts-expect-error no such attribute
  k8sAttributes({ extract: { metadata: ["k8s.deployment.label"] } });
  // @ts-expect-error the name of the attribute is missing
  k8sAttributes({ pod_association: [{ sources: [{ from: "resource_attribute" }] }] });
  const [buckets, exponential] = [["1s", "2s"], { max_size: 160 }] as const;
  spanMetrics({ histogram: { explicit: { buckets } } });
  // @ts-expect-error one kind of histogram
  spanMetrics({ histogram: { explicit: { buckets }, exponential } });
  // @ts-expect-error a glob has no default
  spanMetrics({ dimensions: [{ glob: "http.*", default: "none" }] });
  fileExporter({ path: "/out", rotation: { max_backups: 1 } });
  // @ts-expect-error a file that rotates is appended to anyway
  fileExporter({ path: "/out", append: true, rotation: { max_backups: 1 } });
  const http = { endpoint: "https://opensearch:9200" };
  opensearchExporter({ http, mapping: { mode: "otel-v1", manage_index_template: true } });
  // @ts-expect-error upstream's mode does not use the dataset
  opensearchExporter({ http, mapping: { mode: "otel-v1" }, dataset: "traces" });
  // @ts-expect-error templates are managed in one mode only
  opensearchExporter({ http, mapping: { mode: "ss4o", manage_index_template: true } });
  basicAuth({ username: "me", password_file: "/secret/password" });
  // @ts-expect-error a user without a password
  basicAuth({ username: "me" });
  // @ts-expect-error for whom must the token be?
  oidc({ providers: [{ issuer_url: "https://issuer.example.com" }] });
});
