import fc from "fast-check";
import { expect, test } from "vitest";
import { assemble } from "../../../collector-config/assemble.ts";
import type { PipelineOf } from "../../../collector-config/component.ts";
import {
  failover,
  forward,
  type PipelineRef,
  routing,
  serviceGraph,
  spanMetrics,
} from "../../../collector-config/components/connectors.ts";
import { debugExporter, fileExporter, nopExporter } from "../../../collector-config/components/exporters-local.ts";
import {
  loadBalancingExporter,
  otlpGrpcExporter,
  otlpHttpExporter,
} from "../../../collector-config/components/exporters-otlp.ts";
import {
  elasticsearchExporter,
  kafkaExporter,
  opensearchExporter,
  prometheusExporter,
  prometheusRemoteWriteExporter,
  zipkinExporter,
} from "../../../collector-config/components/exporters-stores.ts";
import {
  basicAuth,
  bearerTokenAuth,
  fileStorage,
  healthCheck,
  oidc,
  pprof,
} from "../../../collector-config/components/extensions.ts";
import { k8sAttributes, memoryLimiter, resourceDetection } from "../../../collector-config/components/processors.ts";
import { filter, redaction, transform } from "../../../collector-config/components/processors-content.ts";
import {
  kafkaReceiver,
  otlpReceiver,
  prometheusReceiver,
  zipkinReceiver,
} from "../../../collector-config/components/receivers.ts";
import { probabilisticSampler, tailSampling } from "../../../collector-config/components/sampling.ts";
import type { SendingQueue } from "../../../collector-config/components/sending-queue.ts";
import type { CollectorConfig } from "../../../collector-config/types.ts";
import { fields } from "../../../common/objects.ts";

const disk = fileStorage({ directory: "/queue", create_directory: true, fsync: true });

function traces(parts: Partial<PipelineOf>): PipelineOf {
  return { signal: "traces", name: "", receivers: [], processors: [], exporters: [], ...parts };
}

const queue: fc.Arbitrary<SendingQueue> = fc
  .constantFrom(
    disk,
    fileStorage({ directory: "/other", compaction: { on_start: true, directory: "/other" } }, "other"),
    undefined,
  )
  .map((storage) => (storage ? { storage, queue_size: 10 } : { wait_for_result: true }));
const authenticator = fc.constantFrom(
  basicAuth({ username: "me", password: "${env:PASSWORD}" }),
  bearerTokenAuth({ filename: "/secret/token" }),
);
const waiting = fc.record({ sending_queue: queue });
const client = fc.record({ auth: fc.record({ authenticator }), sending_queue: queue });
const server = fc.record({
  auth: fc.record({
    authenticator: fc.constantFrom(oidc({ providers: [{ issuer_url: "i", ignore_audience: true }] })),
  }),
});

const receivers = fc.tuple(
  server.map((args) => otlpReceiver({ host: "127.0.0.1", ...args })),
  server.map((args) => zipkinReceiver({ endpoint: "127.0.0.1:9411", ...args })),
  fc.constant(kafkaReceiver({ brokers: ["kafka:9092"], traces: { topics: ["otlp_spans"] } })),
);
const processors = fc.constant([
  memoryLimiter({ check_interval: "1s", limit_mib: 100 }),
  k8sAttributes(),
  resourceDetection({ detectors: ["env"] }),
  transform({ error_mode: "ignore" }),
  filter({ error_mode: "ignore", trace_conditions: ['span.name == "x"'] }),
  redaction({ allow_all_keys: true }),
  tailSampling({ policies: [{ name: "all", type: "always_sample" }] }),
  probabilisticSampler({ sampling_percentage: 10 }),
]);
const exporters = fc.tuple(
  client.map((args) => otlpGrpcExporter({ endpoint: "a:4317", ...args })),
  client.map((args) => otlpHttpExporter({ endpoint: "https://a", ...args })),
  client.map((otlp) => loadBalancingExporter({ protocol: { otlp }, resolver: { static: { hostnames: ["a"] } } })),
  client.map((args) => zipkinExporter({ endpoint: "https://a/api/v2/spans", ...args })),
  client.map((args) => elasticsearchExporter({ endpoints: ["https://a:9200"], ...args })),
  client.map(({ auth, ...args }) => opensearchExporter({ http: { endpoint: "https://a:9200", auth }, ...args })),
  waiting.map((args) => kafkaExporter({ brokers: ["kafka:9092"], ...args })),
  waiting.map((args) => debugExporter(args)),
  fc.constant(fileExporter({ path: "/dev/null" })),
  fc.constant(nopExporter()),
);
const metricReceivers = [
  prometheusReceiver({
    config: { scrape_configs: [{ job_name: "a", static_configs: [{ targets: ["127.0.0.1:8888"] }] }] },
  }),
];
const metricExporters = fc.constant([
  prometheusExporter({ endpoint: "127.0.0.1:8889" }),
  prometheusRemoteWriteExporter({ endpoint: "https://a/api/v1/write" }),
]);
const some = <T>(all: fc.Arbitrary<readonly T[]>, minLength = 0) =>
  all.chain((items) => fc.shuffledSubarray([...items], { minLength }));

/** A Collector whose first pipeline also feeds metrics and branches, in one of the ways there are. */
const collectors = fc
  .record({
    receivers: some(receivers, 1),
    processors: some(processors),
    exporters: some(exporters, 1),
    branches: fc.array(some(exporters, 1), { maxLength: 3 }),
    way: fc.constantFrom("routing", "failover", "forward"),
    metricConnectors: some(fc.constant([spanMetrics(), serviceGraph({ store: { max_items: 10 } })])),
    metricExporters: some(metricExporters, 1),
    extensions: some(fc.constant([healthCheck({ endpoint: "127.0.0.1:13133" }), pprof()])),
  })
  .map((parts) => {
    const [first, ...others] = parts.branches.map(
      (_, i): PipelineRef<"traces"> => ({ signal: "traces", name: `b${i}` }),
    );
    const branching =
      first &&
      {
        routing: routing({ table: [{ condition: "true", pipelines: [first, ...others] }], default_pipelines: [first] }),
        failover: failover({ priority_levels: [[first], ...others.map((ref) => [ref] as const)] }),
        forward: forward(),
      }[parts.way];
    const given = branching ? [branching] : [];
    return {
      extensions: parts.extensions,
      pipelines: [
        traces({ ...parts, exporters: [...parts.metricConnectors, ...given] }),
        // One pipeline's exporter may be the other's too, but with one set of settings.
        ...(given.length === 0 ? [traces({ ...parts, name: "plain" })] : []),
        ...parts.branches.map((all, i) =>
          traces({ name: `b${i}`, receivers: given, exporters: all.map((one) => ({ ...one, name: `b${i}` })) }),
        ),
        {
          signal: "metrics" as const,
          name: "",
          receivers: [...metricReceivers, ...parts.metricConnectors],
          processors: [],
          exporters: parts.metricExporters,
        },
      ],
    };
  });

/** Every id that stands in a reference, by what it must be the id of. */
function references(config: CollectorConfig): Record<"components" | "extensions" | "pipelines", string[]> {
  const extensions = [...(config.service.extensions ?? [])];
  const pipelines: string[] = [];
  const visit = (value: unknown, key = ""): void => {
    if (typeof value === "object" && value !== null) {
      const inherits = Array.isArray(value);
      for (const [inner, item] of Object.entries(value)) visit(item, inherits ? key : inner);
    } else if (["storage", "authenticator"].includes(key)) extensions.push(String(value));
    else if (["pipelines", "default_pipelines", "priority_levels"].includes(key)) pipelines.push(String(value));
  };
  visit({ ...config, service: {} });
  const components = Object.values(config.service.pipelines).flatMap((pipeline) => [
    ...pipeline.receivers.map((id) => `from ${id}`),
    ...(pipeline.processors ?? []).map((id) => `through ${id}`),
    ...pipeline.exporters.map((id) => `to ${id}`),
  ]);
  return { components, extensions, pipelines };
}

function definitions(config: CollectorConfig): Record<"components" | "extensions" | "pipelines", string[]> {
  const connectors = Object.keys({ ...config.connectors });
  return {
    components: [
      ...[...Object.keys(config.receivers), ...connectors].map((id) => `from ${id}`),
      ...Object.keys({ ...config.processors }).map((id) => `through ${id}`),
      ...[...Object.keys(config.exporters), ...connectors].map((id) => `to ${id}`),
    ],
    extensions: Object.keys({ ...config.extensions }),
    pipelines: Object.keys(config.service.pipelines),
  };
}

const sorted = (ids: string[]) => [...new Set(ids)].sort();

test("whatever is assembled names what it defines and defines what it names", () => {
  fc.assert(
    fc.property(collectors, (collector) => {
      const config = assemble(collector);
      const [named, defined] = [references(config), definitions(config)];
      expect(sorted(named.components)).toEqual(sorted(defined.components));
      expect(sorted(named.extensions)).toEqual(sorted(defined.extensions));
      const branches = defined.pipelines.filter((id) =>
        config.service.pipelines[id]?.receivers.some((from) => from === "routing" || from === "failover"),
      );
      expect(sorted(named.pipelines)).toEqual(sorted(branches));
      expect(JSON.stringify(config)).not.toContain('"kind":');
      expect(fields(config.exporters)).not.toEqual({});
    }),
  );
});
