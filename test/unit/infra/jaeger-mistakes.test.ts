import { describe, expect, test } from "vitest";
import { contradictions } from "../../../infra/settings/contradictions.ts";
import { parseSettings } from "../../../infra/settings/settings.ts";
import { problemsOf } from "./settings-problems.ts";

type Given = [storage: object, jaeger?: object, others?: Record<string, string>];

const raw = (...[storage, jaeger = {}, others]: Given) => ({
  storage: JSON.stringify(storage),
  jaeger: JSON.stringify(jaeger),
  ...others,
});
const search = { kind: "opensearch", endpoint: "http://os.search.svc:9200" };
const separate = { roles: "separate" };

describe("wrong combinations", () => {
  test.each<[string, Given, string]>([
    ["an unknown storage", [{ kind: "mysql" }], 'storage.kind is "mysql"; allowed: memory, badger, opensearch'],
    ["no endpoint", [{ kind: "cassandra" }], "storage.endpoint is not set, but throughline:storage.kind is cassandra"],
    ["a URL for Cassandra", [{ kind: "cassandra", endpoint: "http://a:9042" }], "reached by host:port"],
    ["no URL for OpenSearch", [{ kind: "opensearch", endpoint: "a:9200" }], "reached by an http or https URL"],
    [
      "a bare name for Cassandra",
      [{ kind: "cassandra", endpoint: "a:9042,b.data.svc" }],
      `has "a:9042", but Jaeger takes only names with a dot for cassandra. Write: pulumi config set --path 'throughline:storage.endpoint' a.data.svc:9042,b.data.svc`,
    ],
    [
      "two ports of Cassandra",
      [{ kind: "cassandra", endpoint: "c1.d.svc:9142,c2.d.svc:9042" }],
      "one port for all servers of cassandra; allowed: the same at each, where none is written 9042. Write: pulumi config set --path 'throughline:storage.endpoint' c1.d.svc:9142,c2.d.svc:9142",
    ],
    [
      "a port of one Cassandra only",
      [{ kind: "cassandra", endpoint: "c1.d.svc,c2.d.svc:9142" }],
      "'throughline:storage.endpoint' c1.d.svc:9042,c2.d.svc:9042",
    ],
    [
      "how to log in at the buffer, and no login",
      [search, { ...separate, buffer: { brokers: "k:9092", mechanism: "PLAIN" } }],
      "throughline:jaeger.buffer.mechanism is PLAIN, but throughline:jaeger.buffer.secret is not set",
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
    [
      "a login in plain text at one of Cassandra's servers",
      [{ kind: "cassandra", endpoint: "a.data.svc,b.example.com", secret: "s" }],
      "leads out of the cluster without TLS, where anyone can read the login. Write: pulumi config set --path 'throughline:storage.tls' true",
    ],
    [
      "a login in plain text at ClickHouse, and a Jaeger that has no TLS for it",
      [{ kind: "clickhouse", endpoint: "ch.example.com", secret: "s" }],
      "'throughline:storage.tls' true && pulumi config set throughline:jaegerImage docker.io/jaegertracing/jaeger:2.19.0",
    ],
    [
      "a login in plain text at the brokers of the buffer",
      [search, { ...separate, buffer: { brokers: "k.example.com:9092", secret: "s" } }],
      "throughline:jaeger.buffer.brokers leads out of the cluster without TLS",
    ],
    [
      "TLS to a ClickHouse that Jaeger can't reach by it",
      [{ kind: "clickhouse", endpoint: "ch", tls: true }],
      "storage.tls is true, which Jaeger knows for clickhouse from 2.19 on",
    ],
    ["TLS beside a URL", [{ ...search, tls: true }], "it goes with cassandra, clickhouse"],
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
    [
      "tenants behind a login that knows none",
      [
        search,
        { tenancy: { header: "x-team", tenants: ["a"] } },
        { ingress: '{"host":"a.b","login":"oauth2-proxy","issuer":"https://i","secret":"s","tlsSecret":"t"}' },
      ],
      "throughline:ingress.login is oauth2-proxy, which sends no x-team",
    ],
    [
      "a tenancy of nobody",
      [search, { tenancy: { tenants: [] } }],
      'jaeger.tenancy.tenants is "[]"; allowed: a list of names, at least one',
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
    [
      "a keyspace whose archive's name is too long",
      [{ kind: "cassandra", endpoint: "a.data.svc", keyspace: "k".repeat(41) }, { archive: true }],
      `allowed: 40 letters, since Cassandra takes 48. Write: pulumi config set --path 'throughline:storage.keyspace' ${"k".repeat(40)}`,
    ],
    ["metrics of badger", [{ kind: "badger" }, { metrics: "storage" }], "badger computes no metrics"],
    ["metrics that nobody makes", [{}, { metrics: "http://p:9090" }], "the gateway makes no metrics for it"],
  ])("%s is one error at preview", (_, given, expected) => {
    const problems = problemsOf(raw(...given));
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(expected);
    expect(problems[0]).toMatch(/^throughline:.*Write: pulumi config (set|rm) \S.*$/);
  });

  test("the line to write mends it", () => {
    const broken = parseSettings(raw({ kind: "badger" }));
    expect(contradictions({ ...broken, maxTraces: undefined })).toEqual([]);
  });
});
