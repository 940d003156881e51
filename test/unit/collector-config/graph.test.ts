import { describe, expect, test } from "vitest";
import { destinations, hasHiddenDestinations, offers } from "../../../collector-config/graph.ts";
import { permissions } from "../../../collector-config/permissions.ts";
import type { CollectorConfig } from "../../../collector-config/types.ts";

const config = (parts: Partial<CollectorConfig>): CollectorConfig => ({
  receivers: {},
  exporters: {},
  service: { pipelines: {} },
  ...parts,
});

describe("what a configuration offers", () => {
  test("each listener that others can reach, by name and protocol", () => {
    const found = offers(
      config({
        receivers: {
          otlp: {
            protocols: { grpc: { endpoint: "[${env:POD_IP}]:4317" }, http: { endpoint: "[${env:POD_IP}]:4318" } },
          },
          "otlp/loopback": { protocols: { grpc: { endpoint: "127.0.0.1:4319" } } },
          zipkin: { endpoint: "[${env:POD_IP}]:9411", tls: { cert_file: "/c", key_file: "/k" } },
        },
        exporters: { prometheus: { endpoint: "[${env:POD_IP}]:8889" } },
        extensions: { health_check: { endpoint: "[${env:POD_IP}]:13133" } },
      }),
    );
    expect(found.map(({ name, port, appProtocol }) => `${name} ${port} ${appProtocol}`).sort()).toEqual([
      "health 13133 http",
      "otlp-grpc 4317 grpc",
      "otlp-http 4318 http",
      "span-metrics 8889 http",
      "zipkin 9411 https",
    ]);
  });

  test("names fit a Service port", () => {
    const [offer] = offers(config({ receivers: { some_very_long_type: { protocols: { grpc: { endpoint: ":1" } } } } }));
    expect(offer?.name).toMatch(/^[a-z0-9-]{1,15}$/);
  });
});

test("where a configuration connects to", () => {
  const exporters = {
    otlp_grpc: { endpoint: "otel-gateway.o11y.svc:4317" },
    "otlp_grpc/dns": { endpoint: "dns:///otel-gateway.o11y.svc:4317" },
    otlp_http: { endpoint: "https://vendor.example" },
    zipkin: { endpoint: "http://zipkin.t.svc:9411/api/v2/spans" },
    kafka: { brokers: ["a:9092", "b:9093"] },
    elasticsearch: { endpoints: ["https://es:9200"] },
    opensearch: { http: { endpoint: "http://os:9200" } },
    load_balancing: { resolver: { static: { hostnames: ["gw-0.gw.o11y.svc:4317", "gw-1.gw.o11y.svc:4317"] } } },
    prometheus: { endpoint: "[${env:POD_IP}]:8889" },
    debug: {},
  };
  expect(destinations(config({ exporters })).map(({ from, host, port }) => `${from} ${host} ${port}`)).toEqual([
    "otlp_grpc otel-gateway.o11y.svc 4317",
    "otlp_grpc/dns otel-gateway.o11y.svc 4317",
    "otlp_http vendor.example 443",
    "zipkin zipkin.t.svc 9411",
    "kafka a 9092",
    "kafka b 9093",
    "elasticsearch es 9200",
    "opensearch os 9200",
    "load_balancing gw-0.gw.o11y.svc 4317",
    "load_balancing gw-1.gw.o11y.svc 4317",
  ]);
});

test.each([
  ["otlp_http", { endpoint: "${env:VENDOR}" }],
  ["otlp_http", { traces_endpoint: "https://${env:VENDOR}/v1/traces" }],
  ["kafka", { brokers: ["a:9092", "${env:BROKER}:9092"] }],
  ["elasticsearch", { endpoints: ["${env:SEARCH}"] }],
])("an address of %s that only the pod knows: %j", (type, settings) => {
  expect(hasHiddenDestinations(config({ exporters: { [type]: settings } }))).toBe(true);
});

test("no address is hidden where all are written, or where it is the pod's own", () => {
  const exporters = {
    otlp_http: { traces_endpoint: "https://vendor.example/v1/traces", headers: { "api-key": "${env:KEY}" } },
    prometheus: { endpoint: "${env:POD_IP}:8889" },
  };
  expect(hasHiddenDestinations(config({ exporters }))).toBe(false);
  expect(destinations(config({ exporters }))).toEqual([{ from: "otlp_http", host: "vendor.example", port: 443 }]);
});

describe("what a configuration asks of the Kubernetes API", () => {
  const k8s = (settings: object) => permissions(config({ processors: { k8s_attributes: settings as never } }));

  test("nothing, when no component asks", () => {
    expect(permissions(config({ processors: { memory_limiter: {} } }))).toEqual([]);
    expect(k8s({ auth_type: "none" })).toEqual([]);
  });

  test.each([
    [{}, ["pods"]],
    [{ extract: { metadata: ["k8s.deployment.name"] } }, ["pods"]],
    [{ extract: { metadata: ["k8s.deployment.uid"] } }, ["pods", "replicasets"]],
    [{ extract: { labels: [{ key: "team", from: "namespace" }] } }, ["pods", "namespaces"]],
    [{ extract: { annotations: [{ key: "zone", from: "node" }] } }, ["pods", "nodes"]],
    [{ extract: { labels: [{ key: "team", from: "deployment" }] } }, ["pods", "replicasets", "deployments"]],
    [{ extract: { metadata: ["k8s.cronjob.uid"] } }, ["pods", "jobs"]],
  ])("k8s_attributes with %j reads %j and no more", (settings, resources) => {
    const rules = k8s(settings);
    expect(rules.flatMap((rule) => rule.resources)).toEqual(resources);
    expect(rules.every(({ verbs }) => verbs.join() === "list,watch")).toBe(true);
  });

  test("resource detection reads the objects that it needs by name, and no others", () => {
    const detected = (settings: object) =>
      permissions(config({ processors: { resource_detection: settings as never } }));
    const nodes = { apiGroups: [""], resources: ["nodes"], verbs: ["get"] };
    const kubeSystem = { apiGroups: [""], resources: ["namespaces"], resourceNames: ["kube-system"], verbs: ["get"] };
    const kubeadm = { apiGroups: [""], resources: ["configmaps"], resourceNames: ["kubeadm-config"], verbs: ["get"] };
    const attributes = { resource_attributes: { "k8s.cluster.uid": { enabled: false } } };
    expect(detected({ detectors: ["env", "system"] })).toEqual([]);
    expect(detected({ detectors: ["k8snode"] })).toEqual([nodes, kubeSystem]);
    expect(detected({ detectors: ["k8s_api"], k8s_api: attributes })).toEqual([nodes]);
    expect(detected({ detectors: ["eks"] })).toEqual([nodes]);
    expect(detected({ detectors: ["kubeadm"] })).toEqual([kubeSystem, kubeadm]);
  });

  test("load balancing by Service reads endpoint slices", () => {
    const exporters = { load_balancing: { resolver: { k8s: { service: "gw" } } } };
    expect(permissions(config({ exporters }))).toEqual([
      { apiGroups: ["discovery.k8s.io"], resources: ["endpointslices"], verbs: ["list", "watch"] },
    ]);
  });
});
