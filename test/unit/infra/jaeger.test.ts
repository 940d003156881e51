import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parseSettings } from "../../../infra/settings/settings.ts";
import { planTopology } from "../../../infra/topology.ts";

const settings = (storage: object, jaeger: object = {}, others: Record<string, string> = {}) =>
  parseSettings({ storage: JSON.stringify(storage), jaeger: JSON.stringify(jaeger), ...others });
const plan = (...given: Parameters<typeof settings>) => planTopology(settings(...given));
const extension = (name: string, ...given: Parameters<typeof settings>) =>
  plan(...given).jaeger[0]?.config.extensions?.[name] as Record<string, Record<string, unknown>>;
const backends = (...given: Parameters<typeof settings>) => extension("jaeger_storage", ...given)["backends"];
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

  test("Cassandra, which takes spans one by one, gets small requests, and time for each that the gateway's end allows too", () => {
    const gateway = (storage: object) => plan(storage, {}, { profile: "standard" }).gateway;
    const exporter = (storage: object) => gateway(storage).config.exporters["otlp_http/jaeger"];
    const cassandra = { kind: "cassandra", endpoint: "cassandra.data.svc" };
    expect(exporter(cassandra)).toMatchObject({ timeout: "30s", sending_queue: { batch: { max_size: 100_000 } } });
    expect(exporter(search)).toMatchObject({ timeout: "5s", sending_queue: { batch: { max_size: 2_000_000 } } });
    expect(gateway(cassandra).gracePeriodSeconds).toBe(gateway(search).gracePeriodSeconds + 25);
  });

  test("the job that works out Cassandra's dependencies gets a login, without which it does not start", () => {
    const job = (storage: object) => plan({ kind: "cassandra", endpoint: "a.data.svc:9042", ...storage }).jobs[0];
    expect(job({})?.env).toMatchObject({ CASSANDRA_USERNAME: "nobody", CASSANDRA_PASSWORD: "$(CASSANDRA_USERNAME)" });
    expect(job({ secret: "login" })?.env).not.toHaveProperty("CASSANDRA_USERNAME");
    expect(job({ secret: "login" })?.variables.map(({ name }) => name)).toEqual([
      "CASSANDRA_USERNAME",
      "CASSANDRA_PASSWORD",
    ]);
  });

  test.each([
    ["https://os.example.com", "https://os.example.com:443", 443],
    ["https://os.example.com/", "https://os.example.com:443", 443],
    ["http://os.search.svc", "http://os.search.svc:80", 80],
    ["https://os.search.svc:9200", "https://os.search.svc:9200", 9200],
    ["http://[fd00::1]:9200", "http://[fd00::1]:9200", 9200],
  ])("the job that works out dependencies at %s asks the port that it may connect to", (endpoint, nodes, port) => {
    const job = plan({ kind: "opensearch", endpoint }).jobs.find(({ name }) => name === "jaeger-dependencies");
    expect(job).toMatchObject({ env: { OS_NODES: nodes }, port });
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

  test("TLS without an authority of one's own trusts the image's", () => {
    const public_ = { tls: true, secret: "login" };
    const cassandra = { kind: "cassandra", endpoint: "a.example.com:9142", ...public_ };
    expect(backends(cassandra)?.["traces"]).toMatchObject({ cassandra: { connection: { tls: { insecure: false } } } });
    expect(plan(cassandra).jobs[0]?.env).toMatchObject({ CASSANDRA_USE_SSL: "true" });
    const clickhouse = { kind: "clickhouse", endpoint: "ch.example.com:9440", ...public_ };
    const newer = { jaegerImage: "jaegertracing/jaeger:2.20.0" };
    expect(backends(clickhouse, {}, newer)?.["traces"]).toMatchObject({ clickhouse: { tls: { insecure: false } } });
    const buffer = { brokers: "k.example.com:9092", ...public_ };
    const [, ingester, collector] = plan(search, { ...separate, buffer }).jaeger;
    expect(ingester?.config.receivers["kafka"]).toMatchObject({ tls: { insecure: false } });
    expect(collector?.config.exporters["kafka"]).toMatchObject({ tls: { insecure: false } });
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
