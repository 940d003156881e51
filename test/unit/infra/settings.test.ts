import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { UserError } from "../../../common/errors.ts";
import { parseSettings, settingNames } from "../../../infra/settings.ts";
import { images } from "../../../infra/versions.ts";

const found =
  (...names: string[]) =>
  () => ({ where: "~/.kube/config", names, problem: "no kubeconfig with contexts at ~/.kube/config" });

function problemsOf(raw: Record<string, string>, contexts?: ReturnType<typeof found>): readonly string[] {
  try {
    parseSettings(raw, contexts);
    return [];
  } catch (error) {
    if (error instanceof UserError) return error.problems;
    throw error;
  }
}

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
    kafka: { brokers: "a:9092,b:9092", topic: "otlp_spans", mechanism: "SCRAM-SHA-512", ...unset },
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

describe("each mistake names the setting, the value, what is allowed and the line to write", () => {
  test.each([
    [
      { profile: "lapto" },
      'throughline:profile is "lapto"; allowed: laptop, standard, production. Did you mean laptop? Write: pulumi config set throughline:profile laptop',
    ],
    [
      { target: "dokcer" },
      'throughline:target is "dokcer"; allowed: kubernetes, docker. Did you mean docker? Write: pulumi config set throughline:target docker',
    ],
    [
      { namespace: "Obs!" },
      'throughline:namespace is "Obs!"; allowed: a namespace name (a-z, 0-9, -; 63 at most). Write: pulumi config set throughline:namespace observability',
    ],
    [
      { createNamespace: "yes" },
      'throughline:createNamespace is "yes"; allowed: true, false. Write: pulumi config set throughline:createNamespace true',
    ],
    [
      { workloads: "examples" },
      "throughline:workloads is \"examples\"; allowed: a list of paths of YAML files or folders. Write: pulumi config set --path 'throughline:workloads[0]' examples",
    ],
    [
      { propagators: '["b4"]' },
      'throughline:propagators is "[\\"b4\\"]"; allowed: a list of tracecontext, baggage, b3, b3multi, jaeger, ottrace, xray. Write: pulumi config set --path \'throughline:propagators[0]\' tracecontext',
    ],
    [
      { maxTraces: "-1" },
      'throughline:maxTraces is "-1"; allowed: a whole number from 1 to 10000000, or 0 for the profile\'s own. Write: pulumi config set throughline:maxTraces 5000',
    ],
    [
      { sampler: "traceidratio", samplerArgument: "10" },
      'throughline:samplerArgument is "10"; allowed: a share of traces from 0 to 1. Write: pulumi config set throughline:samplerArgument 0.1',
    ],
    [
      { samplerArgument: "0.1" },
      'throughline:samplerArgument is "0.1", but the sampler parentbased_always_on takes none; it goes with traceidratio and parentbased_traceidratio. Write: pulumi config rm throughline:samplerArgument',
    ],
    [
      { sampler: "traceidratio" },
      "throughline:sampler is traceidratio, which needs a share of traces from 0 to 1. Write: pulumi config set throughline:samplerArgument 0.1",
    ],
    [
      { storageClass: "fast" },
      'throughline:storageClass is "fast", but the profile laptop keeps nothing on disk. Write: pulumi config set throughline:profile standard',
    ],
    [
      { zipkin: "http://zipkin:9411" },
      `throughline:zipkin is "http://zipkin:9411"; allowed: an object with endpoint, secret, ca. Write: pulumi config set --path 'throughline:zipkin.endpoint' http://zipkin.tracing.svc:9411`,
    ],
    [
      { zipkin: '{"ca":"zipkin-ca"}' },
      "throughline:zipkin.endpoint is not set; allowed: an http or https URL without login and query. Write: pulumi config set --path 'throughline:zipkin.endpoint' http://zipkin.tracing.svc:9411",
    ],
    [
      { zipkin: '{"endpoint":"http://user:pw@zipkin:9411"}' },
      `throughline:zipkin.endpoint is "http://***@zipkin:9411"; allowed: an http or https URL without login and query. Write: pulumi config set --path 'throughline:zipkin.endpoint' http://zipkin.tracing.svc:9411`,
    ],
    [
      { kafka: '{"brokers":"kafka","topik":"x"}' },
      "throughline:kafka.topik is not a setting; did you mean topic? Write: pulumi config rm --path 'throughline:kafka.topik'",
    ],
    [
      { kafka: '{"brokers":"kafka","topik":"x"}' },
      `throughline:kafka.brokers is "kafka"; allowed: host:port, several with commas between. Write: pulumi config set --path 'throughline:kafka.brokers' kafka.data.svc:9092`,
    ],
    [
      { opensearch: '{"endpoint":"http://os:9200","ca":"os-ca"}' },
      `throughline:opensearch.ca is "os-ca", but throughline:opensearch.endpoint is not https. Write: pulumi config set --path 'throughline:opensearch.endpoint' https://os:9200`,
    ],
    [
      { zipkin: '{"endpoint":"http://zipkin.example.com","secret":"login"}' },
      `throughline:zipkin.secret is "login", but throughline:zipkin.endpoint leads out of the cluster without TLS, where anyone can read the login. Write: pulumi config set --path 'throughline:zipkin.endpoint' https://zipkin.example.com`,
    ],
    [
      { prometheus: '{"remoteWrite":"http://prom.example.com/w","secret":"login"}' },
      `throughline:prometheus.secret is "login", but throughline:prometheus.remoteWrite leads out of the cluster without TLS, where anyone can read the login. Write: pulumi config set --path 'throughline:prometheus.remoteWrite' https://prom.example.com/w`,
    ],
    [
      { prometheus: '{"secret":"p"}' },
      "throughline:prometheus has neither scrape nor remoteWrite, so no metrics would go anywhere. Write: pulumi config set --path 'throughline:prometheus.scrape' true",
    ],
    [
      { prometheus: '{"scrape":true,"dimensions":["http.route","url.full"]}' },
      `throughline:prometheus.dimensions[1] is "url.full", which has a value of its own for nearly every request and would make a time series each; allowed: attributes with few values, such as http.route. Write: pulumi config rm --path 'throughline:prometheus.dimensions[1]'`,
    ],
    [
      { profile: "standard", gatewayMaxReplicas: "4" },
      "throughline:gatewayMaxReplicas is 4, but the profile standard keeps queues on disk, and a pod that is scaled away leaves its queue behind; allowed: a fixed number of pods. Write: pulumi config rm throughline:gatewayMaxReplicas && pulumi config set throughline:gatewayReplicas 4",
    ],
    [
      { gatewayReplicas: "5", gatewayMaxReplicas: "5" },
      "throughline:gatewayMaxReplicas is 5, but the gateway has 5 pods to begin with; allowed: more than that. Write: pulumi config set throughline:gatewayMaxReplicas 10",
    ],
    [
      { tlsGeneration: "2" },
      "throughline:tlsGeneration is 2, but TLS between the tiers is off and there is no operator. Write: pulumi config set throughline:tls mutual",
    ],
    [
      { spansPerSecond: "100000", tailSampling: '{"decisionWaitSeconds":30}' },
      "throughline:tailSampling.decisionWaitSeconds is 30, so each gateway pod would hold about 4292 MiB of undecided spans at 100000 spans per second; allowed: 102 MiB, which is 40 % of its memory limit. Write: pulumi config set throughline:gatewayReplicas 42",
    ],
    [
      { redact: '["("]' },
      `throughline:redact is "[\\"(\\"]"; allowed: a list of regular expressions (RE2). Write: pulumi config set --path 'throughline:redact[0]' '(?i)password'`,
    ],
    [
      { profil: "laptop" },
      "throughline:profil is not a setting; did you mean profile? Write: pulumi config rm throughline:profil",
    ],
  ])("%j", (raw, problem) => {
    expect(problemsOf(raw as Record<string, string>)).toContain(problem);
  });

  test("all of them at once", () => {
    const problems = problemsOf({ profile: "x", namespace: "-", nonsense: "1", maxTraces: "many" }, found("kind"));
    expect(problems.map((problem) => problem.split(" ")[0])).toEqual([
      "throughline:nonsense",
      "throughline:profile",
      "throughline:namespace",
      "throughline:maxTraces",
      "throughline:context",
    ]);
  });
});

describe("context", () => {
  test.each([
    [
      {},
      found("kind", "prod"),
      "throughline:context is not set; nothing is deployed to a cluster you did not name (contexts in ~/.kube/config: kind, prod). Write: pulumi config set throughline:context CONTEXT",
    ],
    [
      {},
      found("kind"),
      "throughline:context is not set; nothing is deployed to a cluster you did not name (contexts in ~/.kube/config: kind). Write: pulumi config set throughline:context kind",
    ],
    [
      {},
      found(),
      "throughline:context is not set; nothing is deployed to a cluster you did not name (no kubeconfig with contexts at ~/.kube/config). Write: pulumi config set throughline:context CONTEXT",
    ],
    [
      { context: "knd" },
      found("prod", "kind"),
      'throughline:context is "knd", which is not there (contexts in ~/.kube/config: prod, kind). Write: pulumi config set throughline:context kind',
    ],
  ])("%j", (raw, contexts, problem) => {
    expect(problemsOf(raw as Record<string, string>, contexts)).toEqual([problem]);
  });
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
