import { describe, expect, test } from "vitest";
import { check, report, rules } from "../../policy/check.ts";
import { sourceRules } from "../../policy/sources.ts";
import { configWith, object, type Part, stack } from "./cases.ts";

const secure = {
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  runAsNonRoot: true,
  capabilities: { drop: ["ALL"] },
  seccompProfile: { type: "RuntimeDefault" },
};
const closed = { podSelector: { matchLabels: { app: "collector" } }, policyTypes: ["Ingress"] };
const policyFor = (...ports: (string | number)[]) => [
  object("networking.k8s.io/v1", "NetworkPolicy", "collector", {
    spec: { ...closed, ingress: [{ ports: ports.map((port) => ({ port })) }] },
  }),
];
const account = (rest: object) => [
  object("v1", "ServiceAccount", "reader", {}),
  object("rbac.authorization.k8s.io/v1", "RoleBinding", "reader", {
    subjects: [{ kind: "ServiceAccount", name: "reader", namespace: "demo", ...rest }],
  }),
];
const role = (verbs: string[]) => [
  object("rbac.authorization.k8s.io/v1", "Role", "reader", {
    rules: [{ apiGroups: [""], resources: ["pods"], verbs }],
  }),
];
const budget = (app: string) => [
  object("policy/v1", "PodDisruptionBudget", "collector", { spec: { selector: { matchLabels: { app } } } }),
];
const jaeger = (queried: string) => `
extensions: {jaeger_storage: {backends: {mem: {memory: {}}}}, jaeger_query: {storage: {traces: ${queried}}}}
receivers: {otlp: {protocols: {grpc: {endpoint: "\${env:POD_IP}:4317"}, http: {endpoint: "\${env:POD_IP}:4318"}}}}
exporters: {jaeger_storage_exporter: {trace_storage: mem}}
service: {extensions: [jaeger_storage, jaeger_query], pipelines: {traces: {receivers: [otlp], exporters: [jaeger_storage_exporter]}}}
`;
const queue = (settings: string) => configWith("debug: {}", `debug: {sending_queue: ${settings}}`);

/** One failing and one passing variant of the sound stack for each rule. */
const cases: Record<string, { fails: Part[]; passes: Part[] }> = {
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
  "no-plain-secret": {
    fails: [
      {
        container: {
          env: [
            { name: "GOMEMLIMIT", value: "80MiB" },
            { name: "DB_PASSWORD", value: "hunter2" },
          ],
        },
      },
      {
        container: {
          env: [
            { name: "GOMEMLIMIT", value: "80MiB" },
            { name: "URL", value: "http://me:hunter2@db" },
          ],
        },
      },
    ],
    passes: [
      {
        container: {
          env: [
            { name: "GOMEMLIMIT", value: "80MiB" },
            { name: "DB_PASSWORD", valueFrom: { secretKeyRef: { name: "db", key: "password" } } },
            { name: "TOKENIZER", value: "fast" },
          ],
        },
      },
    ],
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
    passes: [{ deployment: { replicas: 2 }, more: budget("collector") }],
  },
  "no-service-links": {
    fails: [{ pod: { enableServiceLinks: undefined } }],
    passes: [{ container: { args: [] }, pod: {} }],
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
    fails: [{ more: policyFor("grpc") }],
    passes: [{ more: policyFor("grpc", 4318) }, { more: policyFor(4317, "http") }],
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
  "collector-references": {
    fails: [
      { config: configWith("receivers: [otlp]", "receivers: [otlp, zipkin]") },
      { config: configWith("debug: {}", "debug: {}, file: {}") },
    ],
    passes: [{}],
  },
  "collector-pipelines": { fails: [{ config: configWith("exporters: [debug]", "exporters: []") }], passes: [{}] },
  "collector-memory-limiter": {
    fails: [{ config: configWith("processors: [memory_limiter], ", "") }],
    passes: [{ config: jaeger("mem") }],
  },
  "collector-order": {
    fails: [{ config: configWith("[memory_limiter]", "[memory_limiter, tail_sampling, k8s_attributes]") }],
    passes: [
      {
        config: configWith("[memory_limiter]", "[memory_limiter, k8s_attributes, tail_sampling]").replace(
          "memory_limiter: {}",
          "memory_limiter: {}, k8s_attributes: {}, tail_sampling: {}",
        ),
      },
    ],
  },
  "collector-no-batch": {
    fails: [{ config: configWith("[memory_limiter]", "[memory_limiter, batch/traces]") }],
    passes: [{ config: queue("{batch: {}}") }],
  },
  "collector-queues": {
    fails: [
      { config: queue("{storage: file_storage}") },
      { config: queue("{storage: health_check, wait_for_result: true}") },
      { config: queue("{sizer: items, queue_size: 10, batch: {min_size: 20}}") },
      { config: queue("{batch: {min_size: 20, max_size: 10}}") },
    ],
    passes: [{ config: queue("{storage: health_check, queue_size: 100, batch: {min_size: 20, max_size: 0}}") }],
  },
  "collector-addresses": {
    fails: [
      { config: configWith("${env:POD_IP}:4317", "0.0.0.0:4317") },
      { config: configWith("${env:POD_IP}:4317", ":4317") },
    ],
    passes: [{ config: configWith("${env:POD_IP}", "[${env:POD_IP}]") }],
  },
  "collector-ports": {
    fails: [{ config: configWith(":13133", ":4317") }],
    passes: [{}],
  },
  "collector-storage": { fails: [{ config: jaeger("disk") }], passes: [{ config: jaeger("mem") }] },
  "config-hash": { fails: [{ mapName: "collector" }, { mapName: "collector-0123456789" }], passes: [{}] },
  "both-otlp-ports-reachable": {
    fails: [
      { service: { ports: [{ name: "otlp-grpc", port: 4317, appProtocol: "grpc" }] } },
      { config: configWith(', http: {endpoint: "${env:POD_IP}:4318"}', "") },
    ],
    passes: [
      { config: configWith("otlp: {protocols", "zipkin: {protocols").replace("[otlp]", "[zipkin]"), service: {} },
    ],
  },
  "go-memory-below-limit": {
    fails: [{ container: { env: [] } }, { container: { env: [{ name: "GOMEMLIMIT", value: "100MiB" }] } }],
    passes: [{ container: { env: [{ name: "GOMEMLIMIT", value: "75MiB" }] } }],
  },
};

test("the sound stack breaks no rule", () => {
  expect(report(check(stack()))).toBe("");
});

test("every rule has a name of its own and cases here", () => {
  expect(rules.map(({ name }) => name).sort()).toEqual(Object.keys(cases).sort());
});

describe.each(Object.entries(cases))("%s", (name, { fails, passes }) => {
  const found = (part: Part) => check(stack(part)).filter(({ rule }) => rule === name);

  test.each(fails)("refuses case %#", (part) => {
    const [violation] = found(part);
    expect(violation, "the rule is silent").toBeDefined();
    expect(violation?.fix).not.toBe("");
  });

  test.each(passes)("accepts case %#", (part) => {
    // A passing case breaks no other rule either, so that it is a real one.
    expect(report(check(stack(part)))).toBe("");
  });
});

test("a report names object, rule and what to write", () => {
  expect(report(check(stack({ container: { image: "collector" } })))).toBe(
    "Deployment demo/collector: container collector runs image collector [image-pinned]. Write: image: name:version",
  );
});

test("no-explicit-otel-env refuses what would win over injection", () => {
  const own = stack({ container: { env: [{ name: "OTEL_SERVICE_NAME", value: "mine" }] } });
  expect(check(own, sourceRules)).toMatchObject([
    { rule: "no-explicit-otel-env", object: "Deployment demo/collector" },
  ]);
  expect(check(stack(), sourceRules)).toEqual([]);
});
