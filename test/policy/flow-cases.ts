import type { Manifest } from "../../policy/types.ts";
import { type Cases, configWith, stack } from "./cases.ts";

/** A second Collector that the first one sends to, in the namespace `demo` too. */
export const backend = (
  config: string = sound,
  service: object = {},
  policy: Record<string, unknown> = from("collector"),
): Manifest[] =>
  stack({ config, service: { selector: { app: "backend" }, ...service } })
    .filter(({ kind }) => kind !== "Namespace")
    .map((one) => ({ ...one, metadata: { ...one.metadata, name: one.metadata.name.replace("collector", "backend") } }))
    .map(
      (one) =>
        JSON.parse(
          JSON.stringify(one).replaceAll('"collector-', '"backend-').replaceAll('"app":"collector"', '"app":"backend"'),
        ) as Manifest,
    )
    .map((one) => (one.kind === "NetworkPolicy" ? { ...one, spec: { ...(one["spec"] as object), ...policy } } : one));
const sound = configWith("debug: {}", "debug: {verbosity: basic}");
export const sending = (exporter: string, more: Manifest[] = backend(sound), policy: Record<string, unknown> = {}) => ({
  config: configWith("debug: {}", exporter).replace("[debug]", `[${/^\w+/.exec(exporter)?.[0]}]`),
  more,
  policy,
});
const grpc = (endpoint: string, rest = "tls: {insecure: true}") => `otlp_grpc: {endpoint: "${endpoint}", ${rest}}`;
const http = (endpoint: string) => `otlp_http: {endpoint: "${endpoint}"}`;
const good = grpc("backend.demo.svc:4317");
export const from = (app: string) => ({
  ingress: [
    { from: [{ podSelector: { matchLabels: { app } } }], ports: [{ port: 4317 }, { port: 4318 }, { port: 8888 }] },
  ],
});
const egress = (...ports: object[]): Record<string, unknown> => ({
  policyTypes: ["Ingress", "Egress"],
  egress: [
    { ports: ports.filter((one) => !isReceiver(one)) },
    { ...toBackend, ports: ports.filter(isReceiver) },
  ].filter((rule) => rule.ports.length > 0),
});
const toBackend = { to: [{ podSelector: { matchLabels: { app: "backend" } } }] };
const isReceiver = (one: object) => "port" in one && one.port === 4317;
const dns = [
  { port: 53, protocol: "UDP" },
  { port: 53, protocol: "TCP" },
];
const tlsConfig = sound.replace(
  'grpc: {endpoint: "${env:POD_IP}:4317"}',
  'grpc: {endpoint: "${env:POD_IP}:4317", tls: {cert_file: /run/a, key_file: /run/b}}',
);

/** A workload with an OTLP endpoint. */
const app = (name: string, env: Record<string, string>, labels: object = { app: name }) => {
  const [, , , deployment] = stack({
    container: { env: Object.entries(env).map(([variable, value]) => ({ name: variable, value })), args: [] },
  });
  const text = JSON.stringify(deployment).replaceAll('"app":"collector"', JSON.stringify(labels).slice(1, -1));
  const made = JSON.parse(text) as Manifest & {
    spec: { template: { spec: { volumes: unknown[]; containers: { volumeMounts: unknown[]; ports: unknown[] }[] } } };
  };
  made.spec.template.spec.volumes = [];
  for (const container of made.spec.template.spec.containers) Object.assign(container, { volumeMounts: [], ports: [] });
  return { ...made, metadata: { ...made.metadata, name } };
};
const sdk = (endpoint: string, protocol = "http/protobuf") => ({
  more: [app("shop", { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, OTEL_EXPORTER_OTLP_PROTOCOL: protocol })],
});
const service = (...ports: object[]) => ({ service: { ports } });
const otlp = [
  { name: "otlp-grpc", port: 4317, targetPort: "grpc", appProtocol: "grpc" },
  { name: "otlp-http", port: 4318, targetPort: 4318 },
];
const scraped = configWith("{level: none}", "{readers: [{pull: {exporter: {prometheus: {host: '', port: 8888}}}}]}");
const daemon = (part: object): Manifest[] => {
  const [, , , made] = stack(part);
  const spec = made!["spec"] as object;
  const updateStrategy = { type: "RollingUpdate", rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } };
  return [
    { ...made!, kind: "DaemonSet", metadata: { name: "agent", namespace: "demo" }, spec: { ...spec, updateStrategy } },
  ];
};
const local = { internalTrafficPolicy: "Local" };
export const flowCases: Cases = {
  "endpoint-service-exists": {
    fails: [sending(grpc("bakend.demo.svc:4317")), sdk("http://colector.demo.svc:4318")],
    passes: [sending(good), sending(grpc("elsewhere.demo.svc:4317")), sending(grpc("bakend.other.svc:4317"))],
  },
  "endpoint-port-offered": {
    fails: [sending(grpc("backend.demo.svc:4319")), sdk("http://collector:4319")],
    passes: [
      sending(good),
      sdk("http://collector.demo:4318"),
      sending(grpc("backend.demo.svc:4317"), backend(sound, { clusterIP: "None" })),
    ],
  },
  "endpoint-protocol-fits": {
    fails: [sending(grpc("backend.demo.svc:4318")), sdk("http://collector.demo.svc:4318", "grpc")],
    passes: [
      sending(good),
      sending(http("http://backend.demo.svc:4318")),
      sdk("http://collector.demo.svc:4317", "grpc"),
    ],
  },
  "endpoint-tls-fits": {
    fails: [
      sending(grpc("backend.demo.svc:4317", "")),
      sending(http("https://backend.demo.svc:4318")),
      sending(good, backend(tlsConfig)),
      sdk("https://collector.demo.svc:4318"),
    ],
    passes: [sending(good), sending(grpc("backend.demo.svc:4317", "tls: {ca_file: /run/ca}"), backend(tlsConfig))],
  },
  "network-policy-admits-sender": {
    fails: [sending(good, backend(sound, {}, from("nobody")))],
    passes: [sending(good, backend(sound, {}, from("collector"))), sending(good)],
  },
  "network-policy-lets-sender-out": {
    fails: [
      sending(good, backend(sound), egress(...dns)),
      sending(grpc("other.elsewhere.svc:4317"), [], egress(...dns)),
    ],
    passes: [sending(good, backend(sound), egress({ port: 4317 }, ...dns)), sending(good)],
  },
  "network-policy-lets-dns-out": {
    fails: [sending(good, backend(sound), egress({ port: 4317 }))],
    passes: [sending(good, backend(sound), egress({ port: 4317 }, ...dns))],
  },
  "network-policy-lets-long-dns-out": {
    fails: [sending(good, backend(sound), egress({ port: 4317 }, dns[0]!))],
    passes: [sending(good, backend(sound), egress({ port: 4317 }, { port: 1, endPort: 99 }, dns[0]!))],
  },
  "app-protocol-fits": {
    fails: [
      service(otlp[0]!, { ...otlp[1], appProtocol: "grpc" }),
      service({ ...otlp[0], appProtocol: "http" }, otlp[1]!),
      service(otlp[0]!, { ...otlp[1], appProtocol: "https" }),
    ],
    passes: [
      service(otlp[0]!, { ...otlp[1], appProtocol: "http" }),
      service({ ...otlp[0], appProtocol: "kubernetes.io/h2c" }, otlp[1]!),
    ],
  },
  "network-policy-port-exists": {
    fails: [{ policy: { ingress: [{ ports: [{ port: 4317 }, { port: 4318 }, { port: "htpp" }] }] } }],
    passes: [{ policy: { ingress: [{ ports: [{ port: "grpc" }, { port: "http" }] }] } }],
  },
  "network-policy-admits-metrics": {
    fails: [{ config: scraped, policy: { ingress: [{ ports: [{ port: 4317 }, { port: 4318 }] }] } }],
    passes: [{ config: scraped }],
  },
  "local-service-on-every-node": {
    fails: [{ service: local }, { service: local, more: daemon({}) }],
    passes: [{ service: { internalTrafficPolicy: "Cluster" } }],
  },
  "agent-of-the-own-node": {
    fails: [{ config: enriched(), more: daemon({ config: enriched() }) }],
    passes: [{ more: daemon({}) }],
  },
  "service-name-unique": {
    fails: [{ more: [app("a", { OTEL_SERVICE_NAME: "shop" }), app("b", { OTEL_SERVICE_NAME: "shop" })] }],
    passes: [
      { more: [app("a", { OTEL_SERVICE_NAME: "cart" }), app("b", { OTEL_SERVICE_NAME: "shop" })] },
      {
        more: [
          app("a", { OTEL_SERVICE_NAME: "shop" }, { app: "shop", track: "stable" }),
          app("a-canary", { OTEL_SERVICE_NAME: "shop" }, { app: "shop", track: "canary" }),
        ],
      },
      {
        more: ["a", "b"].map((name) =>
          app(name, { OTEL_SERVICE_NAME: "shop", OTEL_RESOURCE_ATTRIBUTES: `service.namespace=${name}` }),
        ),
      },
    ],
  },
};

function enriched(): string {
  return configWith("[memory_limiter]", "[memory_limiter, k8s_attributes]").replace(
    "processors: {",
    "processors: {k8s_attributes: {auth_type: none, filter: {node_from_env_var: NODE}}, ",
  );
}
