import { readFileSync } from "node:fs";
import fc from "fast-check";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { parseSettings, settingNames } from "../../../infra/settings/settings.ts";
import { images } from "../../../infra/versions.ts";
import { found, problemsOf } from "./settings-problems.ts";

test("nothing set means the defaults", () => {
  expect(parseSettings({})).toEqual({
    target: "kubernetes",
    profile: "laptop",
    context: "",
    kubeconfig: undefined,
    namespace: "observability",
    createNamespace: true,
    workloads: [],
    sampler: "parentbased_always_on",
    samplerArgument: undefined,
    propagators: ["tracecontext", "baggage"],
    maxTraces: undefined,
    storageClass: undefined,
    collectorImage: images.collector,
    probe: true,
    jaegerImage: images.jaeger,
    storage: undefined,
    jaeger: undefined,
    ingress: undefined,
    gatewayReplicas: undefined,
    gatewayMaxReplicas: undefined,
    spansPerSecond: undefined,
    tailSampling: undefined,
    redact: [],
    debug: false,
    tls: undefined,
    tlsGeneration: undefined,
    operator: undefined,
    agentExtra: undefined,
    gatewayExtra: undefined,
    otlp: undefined,
    zipkin: undefined,
    elasticsearch: undefined,
    opensearch: undefined,
    kafka: undefined,
    prometheus: undefined,
  });
});

test("everything set is read", () => {
  const raw = {
    target: "kubernetes",
    profile: "standard",
    context: "kind",
    kubeconfig: "~/.kube/other",
    namespace: "tracing",
    createNamespace: "false",
    workloads: '["a.yaml","b"]',
    sampler: "parentbased_traceidratio",
    samplerArgument: "0.25",
    propagators: '["b3"]',
    storageClass: "fast",
    collectorImage: "registry.example:5000/otelcol:0.150.0",
    jaegerImage: "registry.example:5000/jaegertracing/jaeger:2.20.0",
    storage: '{"kind":"cassandra","endpoint":"a.svc:9042,b.svc:9042","secret":"login","replicationFactor":3}',
    jaeger: '{"roles":"separate","collector":{"replicas":3,"maxReplicas":6},"archive":true,"basePath":"/traces"}',
    ingress: '{"host":"traces.example.com","login":"none","tlsSecret":"traces-tls"}',
    gatewayReplicas: "2",
    spansPerSecond: "5000",
    tailSampling: '{"keepShare":0.25,"decisionWaitSeconds":5}',
    redact: '["(?i)password"]',
    debug: "true",
    tls: "mutual",
    probe: "false",
    tlsGeneration: "2",
    agentExtra: '{"processors":{"attributes/a":{"actions":[]}}}',
    otlp: '{"endpoint":"https://tempo.example:4317","secret":"tempo","ca":"tempo-ca"}',
    zipkin: '{"endpoint":"http://zipkin:9411"}',
    elasticsearch: '{"endpoint":"http://es:9200","index":"spans"}',
    opensearch: '{"endpoint":"http://os:9200"}',
    kafka: '{"brokers":"a:9092,b:9092"}',
    prometheus: '{"scrape":true,"dimensions":["http.route"]}',
  };
  const unset = { secret: undefined, ca: undefined };
  expect(parseSettings(raw, found("kind"))).toEqual({
    ...raw,
    gatewayReplicas: 2,
    gatewayMaxReplicas: undefined,
    spansPerSecond: 5000,
    tailSampling: { keepShare: "0.25", keepErrors: true, keepSlowerThanMs: undefined, decisionWaitSeconds: 5 },
    redact: ["(?i)password"],
    debug: true,
    probe: false,
    tlsGeneration: 2,
    agentExtra: { processors: { "attributes/a": { actions: [] } } },
    gatewayExtra: undefined,
    otlp: { endpoint: "https://tempo.example:4317", secret: "tempo", ca: "tempo-ca" },
    zipkin: { endpoint: "http://zipkin:9411", ...unset },
    elasticsearch: { endpoint: "http://es:9200", index: "spans", ...unset },
    opensearch: { endpoint: "http://os:9200", index: undefined, ...unset },
    kafka: { brokers: "a:9092,b:9092", topic: "otlp_spans", mechanism: undefined, tls: undefined, ...unset },
    prometheus: { scrape: true, remoteWrite: undefined, dimensions: ["http.route"], ...unset },
    createNamespace: false,
    workloads: ["a.yaml", "b"],
    propagators: ["b3"],
    maxTraces: undefined,
    storage: {
      kind: "cassandra",
      volumeGiB: undefined,
      retentionHours: undefined,
      endpoint: "a.svc:9042,b.svc:9042",
      secret: "login",
      tls: undefined,
      ca: undefined,
      indexPrefix: undefined,
      rotation: undefined,
      cleanup: undefined,
      dependencies: undefined,
      dependenciesImage: undefined,
      keyspace: undefined,
      datacenter: undefined,
      replicationFactor: 3,
      database: undefined,
    },
    jaeger: {
      roles: "separate",
      collector: { replicas: 3, maxReplicas: 6 },
      ingester: undefined,
      query: undefined,
      buffer: undefined,
      metrics: undefined,
      archive: true,
      samplingFile: undefined,
      basePath: "/traces",
      tenancy: undefined,
    },
    ingress: {
      host: "traces.example.com",
      kind: "ingress",
      login: "none",
      className: undefined,
      gateway: undefined,
      tlsSecret: "traces-tls",
      annotations: undefined,
      authUrl: undefined,
      signInUrl: undefined,
      issuer: undefined,
      secret: undefined,
      emailDomains: [],
    },
  });
});

test("Pulumi.yaml describes each setting, and its defaults are ours", () => {
  const project = parse(readFileSync(new URL("../../../Pulumi.yaml", import.meta.url), "utf8"));
  expect(Object.keys(project.config).sort()).toEqual([...settingNames].sort());
  const entries = Object.entries<{ default: unknown; description: string }>(project.config);
  expect(entries.filter(([, { description }]) => !description)).toEqual([]);
  const raw = entries.map(([key, { default: value }]) => [
    key,
    typeof value === "object" ? JSON.stringify(value) : String(value),
  ]);
  expect(parseSettings(Object.fromEntries(raw))).toEqual(parseSettings({}));
});

test("any configuration at all gives settings or a UserError with whole sentences", () => {
  const key = fc.oneof(fc.constantFrom<string>(...settingNames), fc.string());
  const value = fc.oneof(
    fc.string(),
    fc.json(),
    fc.constantFrom("standard", "0.5", "traceidratio", "[]", '["b3"]', "true"),
  );
  fc.assert(
    fc.property(fc.dictionary(key, value), fc.array(fc.string()), (raw, contexts) => {
      const problems = problemsOf(raw, found(...contexts));
      expect(
        problems.every((problem) => problem.startsWith("throughline:") && problem.includes("Write: pulumi config")),
      ).toBe(true);
      if (problems.length === 0) expect(parseSettings(raw).workloads.every((path) => path !== "")).toBe(true);
    }),
    { numRuns: 500 },
  );
});
