import { type Cases, configWith, object, sets, stack } from "./cases.ts";
import { backend, from, sending } from "./flow-cases.ts";
import { elsewhere, hook } from "./webhook-cases.ts";

const service = (port: object) => ({
  service: {
    ports: [
      { port: 4317, name: "otlp-grpc", targetPort: "grpc", appProtocol: "grpc" },
      { name: "otlp-http", port: 4318, targetPort: 4318, ...port },
    ],
  },
});
const env = (variable: object) => ({ container: { env: sets(variable as Record<string, unknown>) } });
const field = (fieldPath: string) => env({ name: "A", valueFrom: { fieldRef: { fieldPath } } });
const resources = (requests: object, limits: object) => ({
  container: {
    resources: { requests: { cpu: "10m", memory: "50Mi", ...requests }, limits: { memory: "100Mi", ...limits } },
  },
});
const secret = (type: string) => ({ more: [object("v1", "Secret", "login", { type })] });
const spread = (topologyKey: string, labelSelector: object = { matchLabels: { app: "collector" } }) => ({
  pod: { topologySpreadConstraints: [{ maxSkew: 1, topologyKey, whenUnsatisfiable: "ScheduleAnyway", labelSelector }] },
});
const selected = (os: string) => ({ pod: { nodeSelector: { "kubernetes.io/os": os } } });
const budget = (spec: object, app: object = { matchLabels: { app: "collector" } }) =>
  object("policy/v1", "PodDisruptionBudget", "one", { spec: { selector: app, ...spec } });
const two = (spec: object) => ({
  deployment: { replicas: 2 },
  pod: spread("kubernetes.io/hostname").pod,
  more: [budget(spec)],
});
const exporter = (namespace: string) => `otlp_grpc: {endpoint: "backend.${namespace}.svc:4317", tls: {insecure: true}}`;
const idle = (replicas: number) =>
  sending(
    exporter("demo"),
    backend().map((one) =>
      one.kind === "Deployment" ? { ...one, spec: { ...(one["spec"] as object), replicas } } : one,
    ),
  );
const tls = (path: string) => ({
  config: configWith(
    'grpc: {endpoint: "${env:POD_IP}:4317"}',
    'grpc: {endpoint: "${env:POD_IP}:4317", tls: {cert_file: /tls/tls.crt, key_file: /tls/tls.key}}',
  ),
  container: { volumeMounts: [{ name: "tls", mountPath: path }] },
});
const files = (...paths: string[]) => ({
  volumes: [
    {
      name: "tls",
      projected: { sources: [{ secret: { name: "tls", items: paths.map((path) => ({ key: path, path })) } }] },
    },
  ],
});
const account = (name: string, ...more: object[]) => ({
  more: [object("v1", "ServiceAccount", name, {}), ...(more as ReturnType<typeof object>[])],
});
const fixed = (data?: object) => ({
  more: [object("v1", "ConfigMap", "fixed", { immutable: true, ...(data && { data }) })],
});
const health = (path: string, container: object = {}) => ({
  config: configWith("health_check: {", `health_check: {path: ${path}, `),
  container: { readinessProbe: undefined, livenessProbe: undefined, startupProbe: undefined, ...container },
});
const asked = (path: string) => {
  const probe = { httpGet: { path, port: 13133 } };
  return { readinessProbe: probe, livenessProbe: probe, startupProbe: { ...probe, failureThreshold: 60 } };
};
const v2 = (path: string) => ({
  config: configWith(
    'health_check: {endpoint: "${env:POD_IP}:13133"}',
    'healthcheckv2: {use_v2: true, http: {endpoint: "${env:POD_IP}:13133"}}',
  ).replace("[health_check]", "[healthcheckv2]"),
  container: { ...asked(path), image: "docker.io/jaegertracing/jaeger:2.20.0" },
});
const daemon = (rollingUpdate: object) => {
  const [, , , made] = stack();
  return {
    more: [
      {
        ...made!,
        kind: "DaemonSet",
        metadata: { name: "agent", namespace: "demo" },
        spec: { ...(made!["spec"] as object), updateStrategy: { type: "RollingUpdate", rollingUpdate } },
      },
    ],
  };
};
const starting = (probe: object) => ({
  container: { startupProbe: { httpGet: { path: "/", port: 13133 }, ...probe } },
});
const definition = (kind: string) => ({
  more: [
    {
      apiVersion: "apiextensions.k8s.io/v1",
      kind: "CustomResourceDefinition",
      metadata: { name: "widgets.example.com" },
      spec: {
        group: "example.com",
        scope: "Namespaced",
        names: { kind: "Widget", plural: "widgets" },
        versions: [{ name: "v1", schema: { openAPIV3Schema: { type: "object" } } }],
      },
    },
    object("example.com/v1", kind, "one", {}),
  ],
});

export const writtenCases: Cases = {
  "allowed-formats": {
    fails: [
      service({ port: 80_800 }),
      service({ port: 0 }),
      field("metadata.nme"),
      env({ name: "GOMEMLIMIT", value: "40M9iB" }),
      resources({ memory: "5x0Mi" }, {}),
      resources({ memory: "200Mi" }, {}),
      resources({ cpu: "2" }, { cpu: "1500m" }),
      starting({ periodSeconds: 0 }),
      { policy: { ingress: [{ ports: [{ port: 4317 }, { port: 4318 }, { port: 70_000 }] }] } },
      hook({ ...elsewhere, objectSelector: { matchExpressions: [{ key: "app", operator: "In" }] } }),
    ],
    passes: [
      field("metadata.labels['app.kubernetes.io/name']"),
      env({ name: "A", valueFrom: { fieldRef: { fieldPath: "status.hostIPs" } } }),
      resources({ memory: "0.05Gi", cpu: 1 }, { cpu: "1000m" }),
      hook({ ...elsewhere, objectSelector: { matchExpressions: [{ key: "app", operator: "Exists" }] } }),
    ],
  },
  "known-words-spelt": {
    fails: [
      secret("Opaqe"),
      service({ appProtocol: "htpp" }),
      spread("topology.kubernetes.io/zoen"),
      selected("lniux"),
      { pod: { nodeSelector: { "kubernetes.io/oss": "linux" } } },
      {
        container: { image: "ghcri.o/open-telemetry/opentelemetry-collector-releases/opentelemetry-collector:0.159.0" },
      },
      { container: { image: "docker.io/otel/opentelemetry-colector-contrib:0.159.0" } },
    ],
    passes: [
      secret("example.com/login"),
      spread("example.com/rack"),
      selected("linux"),
      { container: { image: "registry.example.com:5000/otel/opentelemetry-collector-contrib:0.159.0" } },
    ],
  },
  "namespace-defined": {
    fails: [
      { namespace: { name: "dmeo" } },
      {
        policy: {
          ingress: [
            {
              from: [{ namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "deemo" } } }],
              ports: [{ port: 4317 }],
            },
          ],
        },
      },
      hook({
        namespaceSelector: {
          matchExpressions: [{ key: "kubernetes.io/metadata.name", operator: "NotIn", values: ["deemo"] }],
        },
      }),
      sending(exporter("deemo"), backend()),
      { more: [{ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "one", namespace: "dmo" } }] },
    ],
    passes: [hook(elsewhere), sending(exporter("other"), backend())],
  },
  "custom-kind-defined": {
    fails: [
      definition("Wigdet"),
      {
        more: [
          object("opentelemetry.io/v1alpha1", "Instrumentaton", "default", {
            spec: { exporter: { endpoint: "http://x" } },
          }),
        ],
      },
    ],
    passes: [definition("Widget"), definition("Gadget")],
  },
  "budget-of-one-program": {
    fails: [
      { more: [...backend(), budget({ maxUnavailable: 1 }, {})] },
      {
        more: [...backend(), budget({ maxUnavailable: 1 }, { matchExpressions: [{ key: "app", operator: "Exists" }] })],
      },
    ],
    passes: [
      { more: [...backend(undefined, {}, from("shop")), budget({ maxUnavailable: 1 })] },
      { more: [budget({ maxUnavailable: 1 }, {})] },
    ],
  },
  "budget-keeps-one": {
    fails: [two({ maxUnavailable: 2 }), two({ maxUnavailable: "100%" }), two({ minAvailable: 0 })],
    passes: [two({ maxUnavailable: 1 }), two({ minAvailable: 1 }), two({ maxUnavailable: "50%" })],
  },
  "spread-counts-own-pods": {
    fails: [{ ...spread("kubernetes.io/hostname", {}), more: backend() }],
    passes: [{ ...spread("kubernetes.io/hostname"), more: backend() }, spread("kubernetes.io/hostname", {})],
  },
  "receiver-runs": { fails: [idle(0)], passes: [idle(1), { deployment: { replicas: 0 } }] },
  "collector-file-mounted": {
    fails: [
      { ...tls("/tls"), pod: files("tls.crt", "ls.key") },
      { ...tls("/tsl"), pod: files("tls.crt", "tls.key") },
      {
        ...tls("/tls"),
        pod: { volumes: [{ name: "tls", secret: { secretName: "tls" } }] },
        more: [object("v1", "Secret", "tls", { data: { "tls.crt": "" } })],
      },
    ],
    passes: [
      { ...tls("/tls"), pod: files("tls.crt", "tls.key") },
      { ...tls("/tls"), pod: { volumes: [{ name: "tls", secret: { secretName: "tls" } }] } },
      { ...tls("/tls"), pod: { volumes: [{ name: "tls", csi: { driver: "csi.cert-manager.io", readOnly: true } }] } },
    ],
  },
  "account-used": {
    fails: [account("reader")],
    passes: [
      account("default"),
      { ...account("reader"), pod: { serviceAccountName: "reader" } },
      account("reader", object("example.com/v1", "Widget", "one", {})),
    ],
  },
  "immutable-has-data": {
    fails: [fixed(), fixed({})],
    passes: [fixed({ a: "b" }), { more: [object("v1", "ConfigMap", "later", {})] }],
  },
  "probe-path-answers": {
    fails: [health("/health", asked("/")), v2("/")],
    passes: [health("/health", asked("/health")), { container: asked("/healthz") }, v2("/status")],
  },
  "webhook-failure-policy-explicit": {
    fails: [hook({ ...elsewhere, failurePolicy: undefined })],
    passes: [hook(elsewhere)],
  },
  "daemon-set-can-update": {
    fails: [daemon({ maxSurge: 1 }), daemon({ maxUnavailable: 0 })],
    passes: [daemon({ maxSurge: 1, maxUnavailable: 0 }), daemon({ maxSurge: "10%", maxUnavailable: 0 })],
  },
  "startup-probe-patient": {
    fails: [starting({ periodSeconds: 1 }), starting({ periodSeconds: 1, failureThreshold: 6 })],
    passes: [starting({ failureThreshold: 3 }), starting({ periodSeconds: 1, failureThreshold: 60 })],
  },
};
