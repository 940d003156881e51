import type { Manifest } from "../../policy/types.ts";
import { type Cases, configWith, object, sets, stack } from "./cases.ts";

const env = (name: string, value: string) => ({ container: { env: sets({ name, value }) } });
const injected = (without = "", more: Record<string, string> = {}) => {
  const all: Record<string, string> = {
    OTEL_RESOURCE_ATTRIBUTES_NODE_NAME: "a",
    OTEL_NODE_IP: "10.0.0.1",
    OTEL_EXPORTER_OTLP_ENDPOINT: "http://otel-agent.observability.svc:4318",
    OTEL_EXPORTER_OTLP_PROTOCOL: "http/protobuf",
    OTEL_SERVICE_NAME: "shop",
    OTEL_RESOURCE_ATTRIBUTES: "service.namespace=demo",
    OTEL_PROPAGATORS: "tracecontext,baggage",
    OTEL_TRACES_SAMPLER: "parentbased_always_on",
    ...more,
  };
  const entries = Object.entries(all).filter(([name]) => name !== without);
  return { container: { env: sets(...entries.map(([name, value]) => ({ name, value }))) } };
};
const port = (containerPort: number) => ({
  container: {
    ports: [
      { name: "grpc", containerPort: 4317 },
      { name: "http", containerPort: 4318 },
      { name: "more", containerPort },
    ],
  },
});
const other = (app: string): Manifest[] => {
  const [, , , made] = stack();
  const text = JSON.stringify(made).replaceAll('"app":"collector"', `"app":"${app}","part":"all"`);
  return [{ ...(JSON.parse(text) as Manifest), metadata: { name: "other", namespace: "demo" } }];
};
const official = (...args: string[]) => ({ container: { args } });
const node = configWith("[memory_limiter]", "[memory_limiter, k8s_attributes]").replace(
  "processors: {",
  "processors: {k8s_attributes: {auth_type: none, filter: {node_from_env_var: NODE}}, ",
);
const nodeName = (fieldPath: string) => ({
  container: { env: sets({ name: "NODE", valueFrom: { fieldRef: { fieldPath } } }) },
});
const ports = (number: number) => ({
  service: {
    ports: [
      { name: "otlp-grpc", port: 4317, targetPort: "grpc", appProtocol: "grpc" },
      { name: "otlp-http", port: number, targetPort: 4318 },
    ],
  },
});
const query = (...more: number[]) => ({
  config: configWith(
    "extensions: {",
    'extensions: {jaeger_query: {http: {endpoint: "${env:POD_IP}:16686"}, storage: {traces: a}}, jaeger_storage: {backends: {a: {memory: {max_traces: 9}}}}, ',
  ).replace("[health_check]", "[health_check, jaeger_query, jaeger_storage]"),
  container: {
    image: "example/jaeger:2.13.0",
    ports: [
      { name: "grpc", containerPort: 4317 },
      { name: "http", containerPort: 4318 },
      { name: "query", containerPort: 16686 },
    ],
  },
  policy: { ingress: [{ ports: [4317, 4318, 16686].map((one) => ({ port: one })) }] },
  service: {
    ports: [
      { name: "otlp-grpc", port: 4317, targetPort: "grpc", appProtocol: "grpc" },
      { name: "otlp-http", port: 4318, targetPort: 4318 },
      ...more.map((one) => ({ name: `port-${one}`, port: one })),
    ],
  },
});
const asking = (...open: number[]) => ({
  config: configWith("[memory_limiter]", "[memory_limiter, k8s_attributes]").replace(
    "processors: {",
    "processors: {k8s_attributes: {}, ",
  ),
  pod: { automountServiceAccountToken: true, serviceAccountName: "reader" },
  policy: { policyTypes: ["Ingress", "Egress"], egress: [{ ports: open.map((one) => ({ port: one })) }] },
  more: [
    object("v1", "ServiceAccount", "reader", {}),
    object("rbac.authorization.k8s.io/v1", "Role", "reader", {
      rules: [{ apiGroups: [""], resources: ["pods"], verbs: ["get", "list", "watch"] }],
    }),
    object("rbac.authorization.k8s.io/v1", "RoleBinding", "reader", {
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: "reader" },
      subjects: [{ kind: "ServiceAccount", name: "reader", namespace: "demo" }],
    }),
  ],
});

export const workloadCases: Cases = {
  "workload-loses-traces": {
    fails: [env("OTEL_EXPORTER_OTLP_ENDPOINT", "otel-agent:4318"), env("OTEL_SDK_DISABLED", "true")],
    passes: [injected()],
  },
  "workload-may-lose-traces": {
    fails: [env("OTEL_BSP_EXPORT_TIMEOUT", "5")],
    passes: [injected()],
  },
  "otel-variable-known": {
    fails: [env("OTEL_EXPORTER_OLTP_ENDPOINT", "http://a.b.svc:4318"), env("OTEL_SERVICE_NAM", "shop")],
    passes: [env("OTEL_MY_OWN", "x"), env("HOTEL_SERVICE", "x")],
  },
  "injection-whole": {
    fails: [
      injected("OTEL_EXPORTER_OTLP_ENDPOINT"),
      injected("", { NODE_OPTIONS: "--require /otel-auto-instrumentation-nodejs/a.js" }),
      {
        container: {
          ...injected().container,
          volumeMounts: [{ name: "agent", mountPath: "/otel-auto-instrumentation-nodejs" }],
        },
        pod: { volumes: [{ name: "agent", emptyDir: {} }] },
      },
    ],
    passes: [injected()],
  },
  "selectors-do-not-overlap": {
    fails: [
      { deployment: { selector: { matchLabels: { part: "all" } } }, more: other("b") },
      { more: other("collector") },
    ],
    passes: [{}],
  },
  "container-port-listens": { fails: [port(4319)], passes: [port(13133), port(8888)] },
  "config-file-mounted": {
    fails: [official(), official("--config=/etc/config.yml"), official("--config", "/elsewhere/config.yaml")],
    passes: [official("--config=/etc/config.yaml"), official("--config", "file:/etc/config.yaml")],
  },
  "agent-knows-its-node": {
    fails: [{ config: node }, { config: node, ...nodeName("metadata.name") }],
    passes: [{ config: node, ...nodeName("spec.nodeName") }],
  },
  "service-port-usual": { fails: [ports(4381)], passes: [ports(4318), ports(80)] },
  "query-port-offered": { fails: [query()], passes: [query(16686)] },
  "network-policy-lets-api-out": { fails: [asking(4317)], passes: [asking(443), asking(6443)] },
};
