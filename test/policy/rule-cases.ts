import { type Cases, configWith, object, sets } from "./cases.ts";

const secure = {
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  runAsNonRoot: true,
  capabilities: { drop: ["ALL"] },
  seccompProfile: { type: "RuntimeDefault" },
};
const policyFor = (...ports: (string | number)[]) => ({ ingress: [{ ports: ports.map((port) => ({ port })) }] });
const two = {
  deployment: { replicas: 2 },
  pod: {
    topologySpreadConstraints: [
      {
        maxSkew: 1,
        topologyKey: "kubernetes.io/hostname",
        whenUnsatisfiable: "ScheduleAnyway",
        labelSelector: { matchLabels: { app: "collector" } },
      },
    ],
  },
};
const account = (rest: object) => [
  object("v1", "ServiceAccount", "reader", {}),
  object("rbac.authorization.k8s.io/v1", "RoleBinding", "reader", {
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: "elsewhere" },
    subjects: [{ kind: "ServiceAccount", name: "reader", namespace: "demo", ...rest }],
  }),
];
const role = (verbs: string[]) => [
  object("rbac.authorization.k8s.io/v1", "Role", "reader", {
    rules: [{ apiGroups: [""], resources: ["pods"], verbs }],
  }),
];
const budget = (app: string) => [
  object("policy/v1", "PodDisruptionBudget", "collector", {
    spec: { maxUnavailable: 1, selector: { matchLabels: { app } } },
  }),
];
const sampling = configWith("[memory_limiter]", "[memory_limiter, tail_sampling]").replace(
  "processors: {",
  "processors: {tail_sampling: {policies: [{name: all, type: always_sample}]}, ",
);
const stored = configWith("extensions: {", "extensions: {file_storage: {directory: /queue/a, fsync: true}, ").replace(
  "[health_check]",
  "[health_check, file_storage]",
);
const exporting = (endpoint: string) =>
  configWith("debug: {}", `otlp_grpc: {endpoint: "${endpoint}"}`).replace("[debug]", "[otlp_grpc]");
const onQueue = { volumeMounts: [{ name: "queue", mountPath: "/queue" }] };
const claim = { volumes: [{ name: "queue", persistentVolumeClaim: { claimName: "queue" } }] };
const scaler = [
  object("autoscaling/v2", "HorizontalPodAutoscaler", "collector", {
    spec: { scaleTargetRef: { kind: "Deployment", name: "collector" }, maxReplicas: 3 },
  }),
];
/** A Collector before the other one, that spreads spans by this key. */
const front = (routing_key: string) => [
  object("v1", "ConfigMap", "front", {
    data: {
      config: configWith(
        "debug: {}",
        `load_balancing: {protocol: {otlp: {tls: {insecure: true}}}, routing_key: ${routing_key}, resolver: {dns: {hostname: collector.demo}}}`,
      ).replace("[debug]", "[load_balancing]"),
    },
  }),
];

/** What breaks and what keeps each rule of policy/, laid over the sound stack. */
export const knownCases: Cases = {
  "pod-security-restricted": {
    fails: [
      { container: { securityContext: { ...secure, runAsNonRoot: undefined } } },
      { container: { securityContext: { ...secure, runAsUser: 0 } } },
      { container: { securityContext: { ...secure, privileged: true } } },
      { container: { securityContext: { ...secure, allowPrivilegeEscalation: undefined } } },
      { container: { securityContext: { ...secure, capabilities: {} } } },
      { container: { securityContext: { ...secure, capabilities: { drop: ["ALL"], add: ["NET_ADMIN"] } } } },
      { container: { securityContext: { ...secure, seccompProfile: undefined } } },
      { container: { ports: [{ containerPort: 4317, hostPort: 4317 }, { containerPort: 4318 }] } },
      { pod: { hostNetwork: true } },
      { pod: { volumes: [{ name: "host", hostPath: { path: "/" } }] } },
    ],
    passes: [
      { container: { securityContext: { ...secure, capabilities: { drop: ["ALL"], add: ["NET_BIND_SERVICE"] } } } },
    ],
  },
  "read-only-root": {
    fails: [{ container: { securityContext: { ...secure, readOnlyRootFilesystem: false } } }],
    passes: [{}],
  },
  "namespace-enforces-restricted": { fails: [{ namespace: { labels: {} } }], passes: [{}] },
  "no-wildcard-rbac": { fails: [{ more: role(["*"]) }], passes: [{ more: role(["get"]) }] },
  "token-only-where-used": {
    fails: [
      { pod: { automountServiceAccountToken: undefined } },
      {
        pod: { automountServiceAccountToken: true, serviceAccountName: "reader" },
        more: account({ namespace: "other" }),
      },
    ],
    passes: [{ pod: { automountServiceAccountToken: true, serviceAccountName: "reader" }, more: account({}) }],
  },
  "resources-set": {
    fails: [
      { container: { resources: { requests: { memory: "50Mi" }, limits: { memory: "100Mi" } } } },
      { container: { resources: { requests: { cpu: "1", memory: "50Mi" } } } },
    ],
    passes: [{}],
  },
  "probes-set": {
    fails: [{ container: { livenessProbe: undefined } }, { container: { readinessProbe: undefined } }],
    passes: [{}],
  },
  "image-pinned": {
    fails: [
      { container: { image: "collector" } },
      { container: { image: "collector:latest" } },
      { container: { image: "host:5000/collector" } },
    ],
    passes: [
      { container: { image: `collector@sha256:${"a".repeat(64)}` } },
      { container: { image: "host:5000/collector:1.2" } },
    ],
  },
  "disruption-budget": {
    fails: [{ deployment: { replicas: 2 } }, { deployment: { replicas: 2 }, more: budget("other") }],
    passes: [{ ...two, more: budget("collector") }],
  },
  "no-service-links": {
    fails: [{ pod: { enableServiceLinks: undefined } }],
    passes: [{ container: { args: [], image: "example/collector:1" }, pod: {} }],
  },
  "service-has-pods": {
    fails: [{ service: { selector: { app: "nobody" } } }],
    passes: [{ service: { selector: {} } }],
  },
  "service-port-listens": {
    fails: [{ container: { ports: [{ name: "grpc", containerPort: 4317 }] } }],
    passes: [{}],
  },
  "network-policy-admits-service": {
    fails: [{ policy: policyFor("grpc") }],
    passes: [{ policy: policyFor("grpc", 4318) }, { policy: policyFor(4317, "http") }],
  },
  "grpc-port-says-so": {
    fails: [
      {
        service: {
          ports: [
            { name: "otlp-grpc", port: 4317 },
            { name: "otlp-http", port: 4318 },
          ],
        },
      },
    ],
    passes: [{}],
  },
  "collector-memory-limit": {
    fails: [
      { config: configWith("limit_percentage: 80", "limit_mib: 95") },
      { container: { resources: { requests: { cpu: "10m", memory: "50Mi" } } } },
    ],
    passes: [{ config: configWith("limit_percentage: 80", "limit_mib: 80") }],
  },
  "collector-trace-routing": {
    fails: [
      { config: sampling, deployment: { replicas: 2 }, more: budget("collector") },
      { config: sampling, more: scaler },
      { config: sampling, deployment: { replicas: 2 }, more: [...budget("collector"), ...front("service")] },
    ],
    passes: [{ config: sampling }, { config: sampling, ...two, more: [...budget("collector"), ...front("traceID")] }],
  },
  "collector-service-ports": {
    fails: [
      {
        config: configWith("otlp: {p", 'zipkin: {endpoint: "${env:POD_IP}:9411"}, otlp: {p').replace(
          "[otlp]",
          "[otlp, zipkin]",
        ),
      },
    ],
    passes: [{ service: { selector: {} } }],
  },
  "collector-storage-directory": {
    fails: [
      { config: stored },
      { config: stored, container: { volumeMounts: [{ name: "config", mountPath: "/queue" }] } },
    ],
    passes: [
      {
        config: stored,
        pod: { volumes: [{ name: "other", emptyDir: {} }] },
        container: { volumeMounts: [{ name: "other", mountPath: "/queue" }] },
      },
    ],
  },
  "collector-fs-group": {
    fails: [{ config: stored, pod: claim, container: onQueue }],
    passes: [{ config: stored, pod: { ...claim, securityContext: { fsGroup: 10001 } }, container: onQueue }],
  },
  "collector-durable-queue": {
    fails: [
      { config: configWith("debug: {}", "zipkin: {}").replace("[debug]", "[zipkin]"), pod: claim, container: onQueue },
    ],
    passes: [{ pod: claim, container: onQueue }],
  },
  "collector-local-export": {
    fails: [{ config: exporting("localhost:4317") }],
    passes: [{ config: exporting("jaeger:4317") }],
  },
  "collector-loopback": {
    fails: [{ config: configWith('"${env:POD_IP}:4318"', '"localhost:4318"') }],
    passes: [{ container: { name: "collector" } }],
  },
  "collector-env": {
    fails: [{ container: { env: [{ name: "GOMEMLIMIT", value: "80MiB" }] } }],
    passes: [
      { container: { env: [{ name: "GOMEMLIMIT", value: "80MiB" }], envFrom: [{ secretRef: { name: "more" } }] } },
    ],
  },
  "collector-own-metrics": {
    fails: [{ config: configWith("{level: none}", "{level: basic}") }],
    passes: [
      { config: configWith("{level: none}", "{readers: [{pull: {exporter: {prometheus: {host: '', port: 8888}}}}]}") },
    ],
  },
  "collector-components": {
    fails: [
      {
        container: { image: "docker.io/otel/opentelemetry-collector-otlp:0.159.0" },
        config: configWith("otlp: {p", 'zipkin: {endpoint: "${env:POD_IP}:4318"}, otlp: {p'),
      },
    ],
    passes: [{ container: { image: "docker.io/otel/opentelemetry-collector:0.159.0" } }],
  },
  "config-hash": { fails: [{ mapName: "collector" }, { mapName: "collector-0123456789" }], passes: [{}] },
  "both-otlp-ports-reachable": {
    fails: [{ config: configWith(', http: {endpoint: "${env:POD_IP}:4318"}', "") }],
    passes: [
      {
        config: configWith("otlp: {protocols", "zipkin: {protocols").replace("[otlp]", "[zipkin]"),
        service: { ports: [4317, 4318].map((port) => ({ name: `port-${port}`, port })) },
      },
    ],
  },
  "go-memory-below-limit": {
    fails: [{ container: { env: [] } }, { container: { env: [{ name: "GOMEMLIMIT", value: "100MiB" }] } }],
    passes: [{ container: { env: [...sets().slice(1), { name: "GOMEMLIMIT", value: "75MiB" }] } }],
  },
};
