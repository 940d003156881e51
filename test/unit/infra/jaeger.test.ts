import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { contradictions } from "../../../infra/contradictions.ts";
import { parseSettings } from "../../../infra/settings.ts";
import { planTopology } from "../../../infra/topology.ts";

const settings = (storage: object, jaeger: object = {}, others: Record<string, string> = {}) =>
  parseSettings({ storage: JSON.stringify(storage), jaeger: JSON.stringify(jaeger), ...others });
const plan = (...given: Parameters<typeof settings>) => planTopology(settings(...given));
const extension = (name: string, ...given: Parameters<typeof settings>) =>
  plan(...given).jaeger[0]?.config.extensions?.[name] as Record<string, Record<string, unknown>>;
const backends = (...given: Parameters<typeof settings>) => extension("jaeger_storage", ...given)["backends"];
const problemsOf = (...given: Parameters<typeof settings>) => {
  try {
    settings(...given);
    return [];
  } catch (error) {
    return (error as { problems: string[] }).problems;
  }
};

const search = { kind: "opensearch", endpoint: "http://os.search.svc:9200" };
const separate = { roles: "separate" };

describe("each storage", () => {
  test("badger is on a volume of one pod, and may take its time to start", () => {
    const [jaeger, ...others] = plan({ kind: "badger", retentionHours: 24 }).jaeger;
    expect(others).toEqual([]);
    expect(jaeger).toMatchObject({ replicas: 1, volumeGiB: 5, volume: "/var/lib/jaeger", startSeconds: 600 });
    expect(backends({ kind: "badger", retentionHours: 24 })).toEqual({
      traces: {
        badger: {
          directories: { keys: "/var/lib/jaeger/traces/keys", values: "/var/lib/jaeger/traces/values" },
          ephemeral: false,
          ttl: { spans: "24h" },
        },
      },
    });
    expect(plan({ kind: "badger", volumeGiB: 7 }).storage).toBe("badger (on a volume of 7 GiB, for 3 days)");
  });

  test("Cassandra, which takes spans one by one, gets small requests", () => {
    const exporter = (storage: object) => plan(storage).gateway.config.exporters["otlp_http/jaeger"];
    expect(exporter({ kind: "cassandra", endpoint: "cassandra.data.svc" })).toMatchObject({
      sending_queue: { batch: { max_size: 100_000 } },
    });
    expect(exporter(search)).toMatchObject({ sending_queue: { batch: { max_size: 2_000_000 } } });
  });

  test("a login and an authority come from Secrets, and stand in the configuration by reference", () => {
    const secured = { ...search, endpoint: "https://os.search.svc:9200", secret: "login", ca: "authority" };
    const [jaeger] = plan(secured).jaeger;
    expect(jaeger?.variables).toEqual([
      { name: "STORAGE_USERNAME", secret: "login", key: "username" },
      { name: "STORAGE_PASSWORD", secret: "login", key: "password" },
    ]);
    expect(jaeger?.files).toMatchObject([{ secret: "authority", directory: "/etc/throughline-ca/storage" }]);
    expect(backends(secured)?.["traces"]).toMatchObject({
      opensearch: {
        auth: {
          basic: {
            username: "${env:STORAGE_USERNAME}${env:AS_TEXT:-}",
            password: "${env:STORAGE_PASSWORD}${env:AS_TEXT:-}",
          },
        },
        tls: { ca_file: "/etc/throughline-ca/storage/ca.crt" },
      },
    });
  });

  test.each([
    ["2.13.0", { date_layout: "2006-01-02", rollover_frequency: "day" }, undefined],
    ["2.19.0", { date_layout: "2006-01-02", rollover_frequency: "day" }, undefined],
    ["2.20.0", { rotation: { periodic: { date_layout: "2006-01-02", rollover_frequency: "day" } } }, undefined],
    ["2.21.0", { rotation: { periodic: { date_layout: "2006-01-02", rollover_frequency: "day" } } }, "sync"],
  ])("indices are written in the keys of %s", (version, spans, write_mode) => {
    const found = backends(search, {}, { jaegerImage: `jaegertracing/jaeger:${version}` })?.["traces"];
    const { opensearch } = found as { opensearch: Record<string, unknown> };
    expect(opensearch["indices"]).toMatchObject({ spans, services: spans, dependencies: spans, sampling: spans });
    expect(opensearch["write_mode"]).toBe(write_mode);
  });

  test.each([
    ["2.13.0", [], undefined],
    ["2.18.0", ["storage.clickhouse"], "72h"],
    ["2.21.0", [], "72h"],
  ])("clickhouse of %s opens the gates %j", (version, gates, ttl) => {
    const given = [
      { kind: "clickhouse", endpoint: "ch" },
      {},
      { jaegerImage: `jaegertracing/jaeger:${version}` },
    ] as const;
    expect(plan(...given).jaeger[0]?.featureGates).toEqual(gates);
    const found = backends(...given)?.["traces"] as { clickhouse: { ttl?: string } };
    expect(found.clickhouse).toMatchObject({ addresses: ["ch:9000"] });
    expect(found.clickhouse.ttl).toBe(ttl);
  });

  test.each([
    [{ kind: "cassandra", endpoint: "a.data.svc:9142,b.data.svc:9142" }, [9142]],
    [{ kind: "clickhouse", endpoint: "ch.data.svc:9000" }, [9000]],
    [search, [9200]],
    [{ kind: "badger" }, []],
  ])("%j is where its pods may connect to, and nowhere else", (storage, ports) => {
    expect(plan(storage).jaeger[0]?.ways?.map(({ port }) => port)).toEqual(ports);
  });
});

describe("roles", () => {
  const jaeger = { ...separate, collector: { replicas: 3, maxReplicas: 6 }, buffer: { brokers: "k.data.svc:9092" } };

  test("are changed in the order query, ingester, collector", () => {
    const { jaeger: parts, gateway } = plan(search, jaeger);
    expect(parts.map(({ name, replicas, maxReplicas }) => [name, replicas, maxReplicas])).toEqual([
      ["jaeger-query", 2, undefined],
      ["jaeger-ingester", 2, undefined],
      ["jaeger-collector", 3, 6],
    ]);
    expect(gateway.config.exporters["otlp_http/jaeger"]).toMatchObject({
      endpoint: "http://jaeger-collector.observability.svc:4318",
    });
    expect(parts.map(({ services }) => services)).toEqual([["jaeger"], [], ["jaeger-collector"]]);
  });

  test("the collector answers when Kafka has it, and the ingester marks what is stored", () => {
    const [query, ingester, collector] = plan(search, jaeger).jaeger;
    expect(collector?.config.exporters).toEqual({
      kafka: {
        brokers: ["k.data.svc:9092"],
        traces: { topic: "otlp_spans" },
        producer: { required_acks: "all", compression: "zstd" },
        sending_queue: { enabled: false },
        retry_on_failure: { enabled: false },
      },
    });
    expect(Object.keys(collector?.config.extensions ?? {})).toEqual(["healthcheckv2"]);
    expect(ingester?.config.receivers["kafka"]).toMatchObject({ message_marking: { after: true, on_error: false } });
    expect(ingester?.ways?.map(({ port }) => port).sort()).toEqual([9092, 9200]);
    expect(Object.keys(query?.config.receivers ?? {})).toEqual(["nop"]);
    expect(collector?.ways).toEqual([{ port: 9092 }]);
  });

  test("nothing collects spans before the storage or Kafka", () => {
    for (const part of [...plan(search, jaeger).jaeger, ...plan({ kind: "badger" }).jaeger]) {
      expect(Object.keys(part.config.processors ?? {}).filter((id) => id !== "memory_limiter")).toEqual([]);
      expect(part.config.exporters["kafka"] ?? { sending_queue: { enabled: false } }).toMatchObject({
        sending_queue: { enabled: false },
      });
    }
  });
});

describe("what the UI shows", () => {
  test("the Monitor tab asks Prometheus for the names that the gateway gives", () => {
    const jaeger = { metrics: "http://prometheus:9090" };
    const given = [{ kind: "memory" }, jaeger, { prometheus: '{"scrape":true}' }] as const;
    expect(extension("jaeger_storage", ...given)["metric_backends"]).toEqual({
      metrics: {
        prometheus: {
          endpoint: "http://prometheus:9090",
          metric_namespace: "traces_span_metrics",
          latency_unit: "ms",
          normalize_calls: true,
          normalize_duration: true,
        },
      },
    });
    expect(extension("jaeger_query", ...given)["storage"]).toEqual({ traces: "traces", metrics: "metrics" });
    expect(JSON.parse(plan(...given).jaeger[0]?.texts?.["ui.json"] ?? "")).toEqual({
      archiveEnabled: false,
      monitor: { menuEnabled: true },
    });
  });

  test("requests need the header of a tenant, which the Service tells", () => {
    const jaeger = { tenancy: { header: "x-team", tenants: ["acme", "umbra"] } };
    expect(extension("jaeger_query", { kind: "badger" }, jaeger)["multi_tenancy"]).toEqual({
      Enabled: true,
      Header: "x-team",
      Tenants: ["acme", "umbra"],
    });
    const [part] = plan({ kind: "badger" }, jaeger).jaeger;
    expect(part?.serviceAnnotations).toEqual({ "throughline.dev/query-header": "x-team: acme" });
  });

  test("archived traces stay apart from the others", () => {
    expect(backends({ kind: "badger" }, { archive: true })?.["archive"]).toMatchObject({
      badger: { directories: { keys: "/var/lib/jaeger/archive/keys" }, ttl: { spans: "87600h" } },
    });
    expect(backends({ ...search, indexPrefix: "a" }, { archive: true })?.["archive"]).toMatchObject({
      opensearch: { indices: { index_prefix: "a-archive", spans: { date_layout: "2006" } } },
    });
    expect(extension("jaeger_query", { kind: "badger" }, { archive: true })["storage"]).toEqual({
      traces: "traces",
      traces_archive: "archive",
    });
  });

  test("a file with sampling strategies is served, and one that is none is refused", () => {
    const folder = mkdtempSync(join(tmpdir(), "throughline-sampling-"));
    try {
      const samplingFile = join(folder, "sampling.json");
      const jaeger = { samplingFile };
      expect(() => plan({ kind: "memory" }, jaeger)).toThrow(/samplingFile is .*can't be read \(ENOENT\).*Write: /);
      writeFileSync(samplingFile, "{");
      expect(() => plan({ kind: "memory" }, jaeger)).toThrow(/which is no JSON; .*Write: /);
      writeFileSync(samplingFile, '{"strategy":1}');
      expect(() => plan({ kind: "memory" }, jaeger)).toThrow(/neither default_strategy nor service_strategies/);
      const text = '{"default_strategy":{"type":"probabilistic","param":0.5}}';
      writeFileSync(samplingFile, text);
      const [part] = plan({ kind: "memory" }, jaeger).jaeger;
      expect(part?.texts?.["sampling.json"]).toBe(text);
      expect(part?.offers.map(({ name, port }) => `${name} ${port}`)).toContain("sampling 5778");
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe("wrong combinations", () => {
  test.each<[string, Parameters<typeof settings>, string]>([
    ["an unknown storage", [{ kind: "mysql" }], 'storage.kind is "mysql"; allowed: memory, badger, opensearch'],
    ["no endpoint", [{ kind: "cassandra" }], "storage.endpoint is not set, but throughline:storage.kind is cassandra"],
    ["a URL for Cassandra", [{ kind: "cassandra", endpoint: "http://a:9042" }], "reached by host:port"],
    ["no URL for OpenSearch", [{ kind: "opensearch", endpoint: "a:9200" }], "reached by an http or https URL"],
    [
      "a bare name for Cassandra",
      [{ kind: "cassandra", endpoint: "a:9042,b.data.svc" }],
      'has "a:9042", but Jaeger takes',
    ],
    ["a volume for memory", [{ volumeGiB: 3 }], "storage.volumeGiB is 3, but throughline:storage.kind is memory"],
    ["maxTraces for badger", [{ kind: "badger" }, {}, { maxTraces: "7" }], "it goes with memory"],
    ["two pods with memory", [{}, separate], "the storage memory is in the memory of one pod and can't be shared"],
    ["two pods with badger", [{ kind: "badger" }, separate], "the storage badger belongs to one pod"],
    ["pods without roles", [search, { collector: { replicas: 2 } }], "jaeger.collector is set, but it is a program"],
    ["an ingester without Kafka", [search, { ...separate, ingester: { replicas: 2 } }], "it has nothing to read from"],
    [
      "fewer at most",
      [search, { ...separate, query: { replicas: 3, maxReplicas: 3 } }],
      "maxReplicas is 3, but it has 3",
    ],
    [
      "a login in plain text",
      [{ ...search, endpoint: "http://os.example.com:9200", secret: "s" }],
      "leads out of the cluster",
    ],
    ["a CA without TLS", [{ ...search, ca: "c" }], "throughline:storage.endpoint is not https"],
    ["an old Jaeger", [{}, {}, { jaegerImage: "jaegertracing/all-in-one:1.60" }], "older than 2.13"],
    [
      "ClickHouse that can't forget yet",
      [{ kind: "clickhouse", endpoint: "ch:9000", retentionHours: 24 }],
      "which Jaeger knows for clickhouse from 2.18 on",
    ],
    ["an archive in ClickHouse", [{ kind: "clickhouse", endpoint: "ch" }, { archive: true }], "a second database"],
    [
      "tenants in memory",
      [{}, { tenancy: { tenants: ["a"] } }],
      "under its name, and nothing that writes them has one",
    ],
    ["dependencies by the hour", [{ ...search, rotation: "hour", dependencies: "job" }], "it reads indices by day"],
    [
      "dependencies behind a path",
      [{ ...search, endpoint: "https://a.example.com/es", dependencies: "job" }],
      "it takes no path in a URL",
    ],
    [
      "dependencies of badger",
      [{ kind: "badger", dependencies: "job" }],
      "it goes with opensearch, elasticsearch, cassandra",
    ],
    ["metrics of badger", [{ kind: "badger" }, { metrics: "storage" }], "badger computes no metrics"],
    ["metrics that nobody makes", [{}, { metrics: "http://p:9090" }], "the gateway makes no metrics for it"],
  ])("%s is one error at preview", (_, given, expected) => {
    const problems = problemsOf(...given);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(expected);
    expect(problems[0]).toMatch(/^throughline:.*Write: pulumi config (set|rm) \S.*$/);
  });

  test("the line to write mends it", () => {
    const broken = settings({ kind: "badger" });
    expect(contradictions({ ...broken, maxTraces: undefined })).toEqual([]);
  });
});
