import { describe, expect, test } from "vitest";
import { found, problemsOf } from "./settings-problems.ts";

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
      { prometheus: '{"remoteWrite":"http://prom/w","ca":"authority"}' },
      `throughline:prometheus.ca is "authority", but throughline:prometheus.remoteWrite is not https. Write: pulumi config set --path 'throughline:prometheus.remoteWrite' https://prom/w`,
    ],
    [
      { kafka: '{"brokers":"kafka.data.svc:9092,b.example.com:9092","secret":"login","mechanism":"PLAIN"}' },
      `throughline:kafka.secret is "login", but throughline:kafka.brokers leads out of the cluster without TLS, where anyone can read the login. Write: pulumi config set --path 'throughline:kafka.tls' true`,
    ],
    [
      { kafka: '{"brokers":"kafka:9092","mechanism":"PLAIN"}' },
      "throughline:kafka.mechanism is PLAIN, but throughline:kafka.secret is not set, and without a login there is nothing to say by it. Write: pulumi config rm --path 'throughline:kafka.mechanism'",
    ],
    [
      { prometheus: '{"scrape":true,"secret":"login"}' },
      `throughline:prometheus.secret is "login", but it goes with throughline:prometheus.remoteWrite, which is not set. Write: pulumi config rm --path 'throughline:prometheus.secret'`,
    ],
    [
      { prometheus: '{"scrape":true,"ca":"authority"}' },
      `throughline:prometheus.ca is "authority", but it goes with throughline:prometheus.remoteWrite, which is not set. Write: pulumi config rm --path 'throughline:prometheus.ca'`,
    ],
    [
      { kafka: '{"brokers":"kafka:9092","tls":false,"ca":"authority"}' },
      `throughline:kafka.ca is "authority", but throughline:kafka.tls is false. Write: pulumi config set --path 'throughline:kafka.tls' true`,
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
      "throughline:gatewayMaxReplicas is 5, but the gateway has 5 pods to begin with; allowed: more than that, 50 at most. Write: pulumi config set throughline:gatewayMaxReplicas 10",
    ],
    [
      { gatewayReplicas: "30", gatewayMaxReplicas: "30" },
      "throughline:gatewayMaxReplicas is 30, but the gateway has 30 pods to begin with; allowed: more than that, 50 at most. Write: pulumi config set throughline:gatewayMaxReplicas 50",
    ],
    [
      { gatewayReplicas: "50", gatewayMaxReplicas: "50" },
      "throughline:gatewayMaxReplicas is 50, but the gateway has 50 pods to begin with; allowed: more than that, 50 at most. Write: pulumi config rm throughline:gatewayMaxReplicas",
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
      { operator: '{"namespaces":[]}' },
      `throughline:operator.namespaces is "[]"; allowed: a list of namespaces (a-z, 0-9, -; 63 at most), at least one. Write: pulumi config set --path 'throughline:operator.namespaces[0]' shop`,
    ],
    [
      { profil: "laptop" },
      "throughline:profil is not a setting; did you mean profile? Write: pulumi config rm throughline:profil",
    ],
  ])("%j", (raw, problem) => {
    expect(problemsOf(raw as Record<string, string>)).toContain(problem);
  });

  test.each([
    "(?!x)secret",
    "(?<=x)y",
    "(?<!x)y",
    "x(?=y)",
    "(a)\\1",
    "(?<x>a)\\k<x>",
    "a{1001}",
    "\\u0041",
    "[^]",
    "",
  ])("%j, which the Collector does not take, is no pattern to redact by", (pattern) => {
    expect(problemsOf({ redact: JSON.stringify([pattern]) })).toEqual([
      expect.stringMatching(/^throughline:redact is .*; allowed: a list of regular expressions \(RE2\)\. Write: /),
    ]);
  });

  test.each([
    "(?P<x>a)",
    "(?<x>a)",
    "(?i)password",
    "x(?i:y)",
    "[(?=]",
    "\\(?=",
    "\\\\1",
    "[[:alpha:]]\\d",
    "[]a]",
    "\\pL\\x{1F600}",
    "\\Q(?=\\E",
    "^card\\.",
    "a{2,1000}",
  ])("%j is one", (pattern) => {
    expect(problemsOf({ redact: JSON.stringify([pattern]) })).toEqual([]);
  });

  test.each([
    [{}, "100000", "pulumi config set throughline:gatewayReplicas 14"],
    [
      {},
      "1000000",
      "pulumi config set throughline:gatewayReplicas 50 && pulumi config set --path 'throughline:tailSampling.decisionWaitSeconds' 3",
    ],
    [{ gatewayReplicas: "50" }, "1000000", "pulumi config set --path 'throughline:tailSampling.decisionWaitSeconds' 3"],
    [{}, "10000000", "pulumi config rm throughline:tailSampling"],
    [{ target: "docker" }, "10000", "pulumi config set --path 'throughline:tailSampling.decisionWaitSeconds' 7"],
  ])(
    "too much for tail sampling with %j at %s spans per second ends with a line that is taken",
    (given, rate, line) => {
      const raw = { ...given, spansPerSecond: rate };
      const problems = problemsOf({ ...raw, tailSampling: '{"keepShare":0.5}' });
      expect(problems).toEqual([expect.stringContaining(`Write: ${line}`)]);
      const set = (name: string) => new RegExp(`${name}'? (\\d+)`).exec(line)?.[1];
      const [gatewayReplicas, decisionWaitSeconds] = [set("gatewayReplicas"), set("decisionWaitSeconds")];
      const mended = {
        ...raw,
        ...(gatewayReplicas && { gatewayReplicas }),
        ...(!line.includes("rm ") && { tailSampling: JSON.stringify({ keepShare: 0.5, decisionWaitSeconds }) }),
      };
      expect(problemsOf(mended)).toEqual([]);
    },
  );

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
