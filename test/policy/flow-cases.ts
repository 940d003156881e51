import type { Manifest } from "../../policy/types.ts";
import { type Cases, configWith, object, stack } from "./cases.ts";

/** A second Collector that the first one sends to, in the namespace `demo` too. */
const backend = (config: string, service: object = {}, policy: Record<string, unknown> = {}): Manifest[] =>
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
const sending = (exporter: string, more: Manifest[] = backend(sound), policy: Record<string, unknown> = {}) => ({
  config: configWith("debug: {}", exporter).replace("[debug]", `[${/^\w+/.exec(exporter)?.[0]}]`),
  more,
  policy,
});
const grpc = (endpoint: string, rest = "tls: {insecure: true}") => `otlp_grpc: {endpoint: "${endpoint}", ${rest}}`;
const http = (endpoint: string) => `otlp_http: {endpoint: "${endpoint}"}`;
const good = grpc("backend.demo.svc:4317");
const from = (app: string) => ({
  ingress: [
    { from: [{ podSelector: { matchLabels: { app } } }], ports: [{ port: 4317 }, { port: 4318 }, { port: 8888 }] },
  ],
});
const egress = (...ports: object[]): Record<string, unknown> => ({
  policyTypes: ["Ingress", "Egress"],
  egress: [{ ports }],
});
const dns = [
  { port: 53, protocol: "UDP" },
  { port: 53, protocol: "TCP" },
];
const tlsConfig = sound.replace(
  'grpc: {endpoint: "${env:POD_IP}:4317"}',
  'grpc: {endpoint: "${env:POD_IP}:4317", tls: {cert_file: /a, key_file: /b}}',
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
const mounts = (volumeMounts: object[], volumes: object[]) => ({ container: { volumeMounts }, pod: { volumes } });
const route = (name: string, number: number) => ({
  more: [
    object("networking.k8s.io/v1", "Ingress", "ui", {
      spec: {
        rules: [
          { http: { paths: [{ path: "/", pathType: "Prefix", backend: { service: { name, port: { number } } } }] } },
        ],
      },
    }),
  ],
});
const hook = (name: string, port: number) => ({
  more: [
    {
      apiVersion: "admissionregistration.k8s.io/v1",
      kind: "ValidatingWebhookConfiguration",
      metadata: { name: "hook" },
      webhooks: [
        {
          name: "a.example.com",
          sideEffects: "None",
          admissionReviewVersions: ["v1"],
          failurePolicy: "Ignore",
          clientConfig: { service: { name, namespace: "demo", port } },
          rules: [{ apiGroups: [""], apiVersions: ["v1"], resources: ["pods"], operations: ["CREATE"] }],
        },
      ],
    },
  ],
});
const scaler = (name: string, metric = "cpu") => ({
  more: [
    object("autoscaling/v2", "HorizontalPodAutoscaler", "collector", {
      spec: {
        scaleTargetRef: { kind: "Deployment", name },
        maxReplicas: 3,
        metrics: [
          { type: "Resource", resource: { name: metric, target: { type: "Utilization", averageUtilization: 80 } } },
        ],
      },
    }),
  ],
});
const stateful = (serviceName: string | undefined) => {
  const [, , , made] = stack();
  const more = {
    ...made!,
    kind: "StatefulSet",
    metadata: { name: "set", namespace: "demo" },
    spec: { ...(made!["spec"] as object), serviceName },
  };
  return { more: [more as Manifest] };
};
const budget = (name: string) => ({
  more: [
    object("policy/v1", "PodDisruptionBudget", "collector", {
      spec: { maxUnavailable: 1, selector: { matchLabels: { app: name } } },
    }),
  ],
});
const keyed = (key: string, optional = false) => ({
  container: {
    env: [
      { name: "GOMEMLIMIT", value: "80MiB" },
      { name: "POD_IP", valueFrom: { fieldRef: { fieldPath: "status.podIP" } } },
      { name: "A", valueFrom: { configMapKeyRef: { name: "more", key, optional } } },
    ],
  },
  more: [object("v1", "ConfigMap", "more", { data: { there: "x" } })],
});

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
    passes: [sending(good), sending(grpc("backend.demo.svc:4317", "tls: {ca_file: /ca}"), backend(tlsConfig))],
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
  "reference-resolves": {
    fails: [
      { pod: { serviceAccountName: "reder" }, more: [object("v1", "ServiceAccount", "reader", {})] },
      {
        ...mounts([{ name: "a", mountPath: "/a" }], [{ name: "a", secret: { secretName: "certificates" } }]),
        more: [object("v1", "Secret", "certificate", {})],
      },
    ],
    passes: [
      { pod: { serviceAccountName: "somebody" }, more: [object("v1", "ServiceAccount", "reader", {})] },
      {
        ...mounts([{ name: "a", mountPath: "/a" }], [{ name: "a", secret: { secretName: "shard-2" } }]),
        more: [object("v1", "Secret", "shard-1", {})],
      },
    ],
  },
  "referenced-key-defined": { fails: [keyed("nowhere")], passes: [keyed("there"), keyed("nowhere", true)] },
  "volume-defined": {
    fails: [mounts([{ name: "a", mountPath: "/a" }], [])],
    passes: [mounts([{ name: "a", mountPath: "/a" }], [{ name: "a", emptyDir: {} }])],
  },
  "volume-mounted": {
    fails: [mounts([], [{ name: "a", emptyDir: {} }])],
    passes: [mounts([{ name: "a", mountPath: "/a" }], [{ name: "a", emptyDir: {} }])],
  },
  "probe-port-exists": {
    fails: [{ container: { readinessProbe: { httpGet: { path: "/", port: "helth" } } } }],
    passes: [{ container: { readinessProbe: { tcpSocket: { port: "grpc" } } } }],
  },
  "selector-finds-pods": {
    fails: [
      budget("colector"),
      {
        more: [
          object("networking.k8s.io/v1", "NetworkPolicy", "b", {
            spec: { podSelector: { matchLabels: { app: "x" } } },
          }),
        ],
      },
    ],
    passes: [
      budget("collector"),
      {
        ...budget("made-later"),
        more: [
          ...budget("made-later").more,
          object("opentelemetry.io/v1beta1", "OpenTelemetryCollector", "x", { spec: {} }),
        ],
      },
    ],
  },
  "autoscaler-target-exists": {
    fails: [scaler("colector"), scaler("collector", "ephemeral-storage")],
    passes: [scaler("collector"), scaler("elsewhere")],
  },
  "stateful-set-service": { fails: [stateful(undefined), stateful("colector")], passes: [stateful("collector")] },
  "route-backend-exists": {
    fails: [route("colector", 4318), route("collector", 4319)],
    passes: [route("collector", 4318), route("elsewhere", 80)],
  },
  "webhook-service-exists": {
    fails: [hook("colector", 4318), hook("collector", 443)],
    passes: [hook("collector", 4318), hook("elsewhere", 443)],
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
