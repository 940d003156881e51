import { describe, expect, test } from "vitest";
import { topologyProblems } from "../../../infra/check-topology.ts";
import { parseSettings } from "../../../infra/settings/settings.ts";
import { planTopology } from "../../../infra/topology.ts";

const plan = (raw: Record<string, string> = {}) => planTopology(parseSettings(raw));
const exporter = (raw: Record<string, string>, id: string) => plan(raw).gateway.config.exporters[id];

describe("Secrets come by reference only", () => {
  test("a login and an authority are a variable and a file of the pod", () => {
    const { gateway } = plan({ zipkin: '{"endpoint":"https://zipkin.example.com","secret":"login","ca":"authority"}' });
    expect(gateway.config.exporters["zipkin"]).toMatchObject({
      endpoint: "https://zipkin.example.com/api/v2/spans",
      headers: { authorization: "${env:ZIPKIN_AUTHORIZATION}" },
      tls: { ca_file: "/etc/throughline-ca/zipkin/ca.crt" },
    });
    expect(gateway.variables).toEqual([{ name: "ZIPKIN_AUTHORIZATION", secret: "login", key: "authorization" }]);
    expect(gateway.files).toEqual([
      { name: "zipkin-ca", secret: "authority", key: "ca.crt", directory: "/etc/throughline-ca/zipkin" },
    ]);
  });

  test("Kafka logs in by user and password", () => {
    const { gateway } = plan({ kafka: '{"brokers":"a:9092,b:9092","secret":"login"}' });
    expect(gateway.config.exporters["kafka"]).toMatchObject({
      brokers: ["a:9092", "b:9092"],
      auth: {
        sasl: { mechanism: "SCRAM-SHA-512", username: "${env:KAFKA_USERNAME}", password: "${env:KAFKA_PASSWORD}" },
      },
    });
    expect(gateway.variables.map(({ name, key }) => `${name} ${key}`)).toEqual([
      "KAFKA_USERNAME username",
      "KAFKA_PASSWORD password",
    ]);
  });

  test.each([
    [{}, undefined],
    [{ tls: true }, { insecure: false }],
    [{ ca: "authority" }, { ca_file: "/etc/throughline-ca/kafka/ca.crt" }],
  ])("Kafka with %j is reached by TLS %j", (given, tls) => {
    const kafka = JSON.stringify({ brokers: "b.example.com:9092", ...given });
    expect(exporter({ kafka }, "kafka")?.["tls"]).toEqual(tls);
  });
});

describe("another OTLP backend", () => {
  test.each([
    ["http://tempo:4317", "otlp_grpc/other", { endpoint: "tempo:4317", tls: { insecure: true } }],
    ["https://tempo.example.com:4317", "otlp_grpc/other", { endpoint: "tempo.example.com:4317", tls: {} }],
    ["http://tempo:4318/", "otlp_http/other", { endpoint: "http://tempo:4318" }],
    ["https://vendor.example.com/otlp", "otlp_http/other", { endpoint: "https://vendor.example.com/otlp" }],
  ])("%s is %s", (endpoint, id, expected) => {
    expect(exporter({ otlp: JSON.stringify({ endpoint }) }, id)).toMatchObject(expected);
  });
});

test("an older image gets the names that it knows", () => {
  const raw = { collectorImage: "otel/opentelemetry-collector-contrib:0.140.0" };
  expect(Object.keys(plan(raw).gateway.config.exporters)).toEqual(["otlphttp/jaeger"]);
  expect(Object.keys(plan(raw).agent.config.processors ?? {})).toContain("k8sattributes");
  expect(plan(raw).agent.permissions).toHaveLength(1);
});

test("a component that the image lacks is told with the distribution that has it", () => {
  const settings = parseSettings({
    collectorImage: "otel/opentelemetry-collector-k8s:0.159.0",
    kafka: '{"brokers":"a:9092"}',
  });
  expect(topologyProblems(settings, planTopology(settings))).toEqual([
    expect.stringMatching(
      /^exporters\.kafka is not in the image otel\/opentelemetry-collector-k8s:0\.159\.0; .*contrib.* Write: /,
    ),
  ]);
});

test("each backend makes the queues of the others smaller, and the budget says what is left", () => {
  const one = plan({ profile: "standard", spansPerSecond: "200" });
  const two = plan({ profile: "standard", spansPerSecond: "200", zipkin: '{"endpoint":"http://z:9411"}' });
  expect(one.lossBudget).toContain("each backend may be away for 3 h 18 min at 200 spans per second (on disk");
  expect(two.lossBudget).toContain("2 h 12 min");
  const lossy = plan({ opensearch: JSON.stringify({ endpoint: "http://opensearch:9200" }) });
  expect(lossy.lossBudget).toContain("except opensearch");
});

test("what settings add to a configuration is judged with it, and named when it is wrong", () => {
  const settings = parseSettings({
    gatewayExtra: '{"processors":{"batch":{}},"pipelines":{"traces":{"processors":["batch"]}}}',
  });
  const problems = topologyProblems(settings, planTopology(settings));
  expect(problems.length).toBeGreaterThan(0);
  expect(problems.every((problem) => problem.startsWith("throughline:gatewayExtra: "))).toBe(true);
});

test("an address that only the pod knows leaves its ways out open", () => {
  const gatewayExtra = JSON.stringify({
    exporters: { "otlp_http/vendor": { endpoint: "${env:VENDOR}" } },
    pipelines: { traces: { exporters: ["otlp_http/vendor"] } },
  });
  expect(plan({ gatewayExtra }).gateway.ways).toBeUndefined();
  expect(plan().gateway.ways).toEqual([{ port: 4318, to: "jaeger" }]);
});
