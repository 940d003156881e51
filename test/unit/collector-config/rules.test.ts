import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { listeners } from "../../../collector-config/listeners.ts";
import { judge, rules, describe as sentence } from "../../../collector-config/rules/judge.ts";
import type { Context, Example, Rule } from "../../../collector-config/rules/rule.ts";
import { cases } from "./rules-cases/cases.ts";
import { laidOver, sound } from "./rules-cases/yaml.ts";

const judged = ({ yaml, context }: Example) => judge(laidOver(sound, parse(yaml)), context);

test("a sound configuration has no problem", () => {
  expect(judge(sound)).toEqual([]);
});

describe.each(rules.map((rule) => [rule.id, rule] as const))("%s", (id, rule: Rule) => {
  const of = (example: Example) => judged(example).filter((problem) => problem.id === id);
  const more = cases[id]!;

  test.each([rule.example.wrong, ...more.fails])("refuses case %#", (example) => {
    expect(of(example)).not.toEqual([]);
  });

  test.each([rule.example.right, ...more.passes])("accepts case %#", (example) => {
    expect(of(example)).toEqual([]);
  });

  test("what is shown as right breaks no rule at all", () => {
    expect(judged(rule.example.right)).toEqual([]);
  });

  test("says what must hold, why, where that is written, and what to write", () => {
    expect(rule.title).toMatch(/^\S.*\.$/);
    expect(rule.why).toMatch(/^\S.*\.$/);
    expect(URL.parse(rule.source)?.protocol).toBe("https:");
    for (const problem of judged(rule.example.wrong)) {
      expect(problem.path).not.toBe("");
      expect(sentence(problem)).toMatch(
        /^\S+ (is|has|holds|names|listens|needs|uses|runs|begins|makes|keeps)\b.* \[[a-z-]+\]\. Write: \S.*[^.]$/,
      );
    }
  });
});

test("every rule has cases beside its example, and an id of its own", () => {
  expect(rules.map(({ id }) => id).sort()).toEqual(Object.keys(cases).sort());
});

test("all problems are told at once", () => {
  const broken = laidOver(
    sound,
    parse(`
receivers: {otlp: {protocols: {grpc: {endpoint: "0.0.0.0:8888"}}}, zipkin: {endpoint: "[\${env:POD_IP}]:9411"}}
exporters: {otlp_grpc: {endpoint: "jaeger:4318", sending_queue: {storage: nowhere, wait_for_result: true}}}
service: {pipelines: {traces: {receivers: [otlp, jaeger], processors: [tail_sampling, k8sattributes, batch], exporters: []}}}
`),
  );
  expect(judge(broken).map(sentence)).toEqual([
    "service.pipelines.traces.receivers names jaeger, which is not defined [references]. Write: receivers: {jaeger: {...}}, or take jaeger out of service.pipelines.traces.receivers",
    "service.pipelines.traces.processors names tail_sampling, which is not defined [references]. Write: processors: {tail_sampling: {...}}, or take tail_sampling out of service.pipelines.traces.processors",
    "service.pipelines.traces.processors names k8sattributes, which is not defined [references]. Write: processors: {k8sattributes: {...}}, or take k8sattributes out of service.pipelines.traces.processors",
    "service.pipelines.traces.processors names batch, which is not defined [references]. Write: processors: {batch: {...}}, or take batch out of service.pipelines.traces.processors",
    "receivers.zipkin is defined but not used [unused]. Write: service: {pipelines: {traces: {receivers: [zipkin, ...]}}}, or take zipkin out",
    "processors.memory_limiter is defined but not used [unused]. Write: service: {pipelines: {traces: {processors: [memory_limiter, ...]}}}, or take memory_limiter out",
    "exporters.otlp_grpc is defined but not used [unused]. Write: service: {pipelines: {traces: {exporters: [otlp_grpc, ...]}}}, or take otlp_grpc out",
    "service.pipelines.traces.exporters names no exporter [pipelines]. Write: exporters: [otlp_grpc]",
    "exporters.otlp_grpc.sending_queue.storage needs the extension nowhere, which is not defined [extensions]. Write: extensions: {nowhere: {...}} and service: {extensions: [health_check, nowhere]}",
    "service.pipelines.traces.processors begins with tail_sampling [memory-limiter]. Write: processors: [memory_limiter, tail_sampling, k8sattributes, batch]",
    "service.pipelines.traces.processors has k8sattributes after tail_sampling, where the sender is no longer known [order]. Write: processors: [k8sattributes, tail_sampling, batch]",
    "service.pipelines.traces.processors uses batch, which acknowledges spans before they are safe [no-batch]. Write: processors: [tail_sampling, k8sattributes], and sending_queue: {batch: {}} in the exporter",
    "exporters.otlp_grpc.sending_queue.wait_for_result is true for a queue on disk, which the Collector refuses [queues]. Write: wait_for_result: false",
    "exporters.otlp_grpc.retry_on_failure.max_elapsed_time is not set, and its default is 300s, after which spans on disk are dropped [retry]. Write: retry_on_failure: {max_elapsed_time: 0s}",
    'receivers.otlp.protocols.grpc.endpoint listens on every address instead of the pod IP [addresses]. Write: endpoint: "[${env:POD_IP}]:8888"',
    "service.telemetry.metrics.readers.0 listens on port 8888, as receivers.otlp.protocols.grpc does [ports]. Write: port 13134 for one of the two",
    "exporters.otlp_grpc.endpoint is jaeger:4318, the port of OTLP over HTTP [otlp-protocol]. Write: endpoint: jaeger:4317",
  ]);
});

test("a secret does not get into what is told", () => {
  const leaky = laidOver(sound, parse("exporters: {otlp_grpc: {headers: {x-api-key: hunter2}}}"));
  expect(judge(leaky)).toHaveLength(1);
  expect(JSON.stringify(judge(leaky))).not.toContain("hunter2");
});

test("what is not known is not judged: with less context there are no more problems", () => {
  const examples = rules.flatMap(({ example }) => [example.wrong, example.right]);
  for (const { yaml, context } of examples) {
    const config = laidOver(sound, parse(yaml));
    const known = judge(config, context).map(sentence);
    expect(judge(config).filter((problem) => !known.includes(sentence(problem)))).toEqual([]);
  }
});

describe("odd input", () => {
  const words = ["receivers", "processors", "exporters", "connectors", "extensions", "service", "pipelines", "traces"];
  const more = [
    "otlp",
    "tail_sampling",
    "span_metrics",
    "file_storage",
    "endpoint",
    "protocols",
    "grpc",
    "sending_queue",
  ];
  const key = fc.oneof(fc.constantFrom(...words, ...more, "__proto__", "constructor", "toString"), fc.string());
  const leaf = fc.oneof(
    fc.constant(null),
    fc.boolean(),
    fc.integer(),
    fc.constantFrom(...more, "0.0.0.0:1", "1s"),
    fc.string(),
  );
  const { tree } = fc.letrec((tie) => ({
    tree: fc.oneof(
      { maxDepth: 7 },
      leaf,
      fc.array(tie("tree"), { maxLength: 4 }),
      fc.dictionary(key, tie("tree"), { maxKeys: 6 }),
    ),
  }));
  const parts = fc.record(
    Object.fromEntries(words.slice(0, 6).map((word) => [word, fc.oneof(tree, fc.dictionary(key, tree))])),
  );
  const everywhere: Required<Context> = {
    memoryLimitMiB: null,
    goMemLimitMiB: 1,
    replicas: 3,
    servicePorts: [],
    volumeMounts: [],
    fsGroup: null,
    env: [],
    image: "otel/opentelemetry-collector:0.159.0",
    tracesPerSecond: 1,
    upstreamRouting: "any",
    role: "durable-gateway",
    alone: true,
  };

  test("never throws, whatever the shape, and always tells what to write", () => {
    fc.assert(
      fc.property(fc.oneof(tree, fc.jsonValue(), parts), fc.constantFrom({}, everywhere), (config, context) => {
        for (const { path, message, fix } of judge(config, context)) {
          expect([typeof path, typeof message, typeof fix]).toEqual(["string", "string", "string"]);
          expect(fix).not.toBe("");
        }
      }),
      { numRuns: 1000 },
    );
  });

  test("an id without a letter is never what was meant", () => {
    const nameless = { exporters: { "": {} }, service: { pipelines: { traces: { exporters: ["a"] } } } };
    expect(judge(nameless).find(({ id }) => id === "references")?.fix).toMatch(/^exporters: \{a: /);
  });

  test("a sound configuration with any one part replaced never throws", () => {
    fc.assert(
      fc.property(fc.constantFrom(...words.slice(0, 6)), tree, (part, value) => {
        judge({ ...(sound as object), [part]: value }, everywhere);
      }),
      { numRuns: 500 },
    );
  });

  test("a value that holds itself is read once", () => {
    const ring: Record<string, unknown> = { endpoint: "0.0.0.0:4317" };
    ring["grpc"] = ring;
    expect(judge(laidOver(sound, { receivers: { otlp: { protocols: ring } } }))).not.toEqual([]);
  });
});

describe("listeners", () => {
  const found = (config: unknown) => listeners(config).map(({ host, port }) => `${host}:${port}`);

  test("are receivers, extensions and own metrics", () => {
    expect(found(sound)).toEqual(["${env:POD_IP}:4317", "${env:POD_IP}:13133", ":8888"]);
  });

  test("are exporters only where these are scraped", () => {
    expect(found({ exporters: { prometheus: { endpoint: ":8889" }, otlp_grpc: { endpoint: "a:4317" } } })).toEqual([
      ":8889",
    ]);
  });

  test("are not what a receiver calls", () => {
    const redis = { endpoint: "localhost:6379" };
    expect(found({ receivers: { redis, unheard_of: { endpoint: "0.0.0.0:99" } } })).toEqual(["0.0.0.0:99"]);
  });

  test("of OTLP are on loopback where no endpoint is written", () => {
    expect(found(parse("receivers: {otlp: {protocols: {grpc: , http: {}}}}"))).toEqual([
      "localhost:4317",
      "localhost:4318",
    ]);
  });
});
