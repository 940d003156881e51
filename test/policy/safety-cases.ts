import { type Cases, configWith, object, sets } from "./cases.ts";

const rbac = "rbac.authorization.k8s.io/v1";
const group = "rbac.authorization.k8s.io";

/** A Collector that asks the API server for pods, with what it is granted. */
const enriching = (resources: string[], verbs: string[], rest: object = {}) => ({
  config: configWith("[memory_limiter]", "[memory_limiter, k8s_attributes]").replace(
    "processors: {",
    "processors: {k8s_attributes: {}, ",
  ),
  pod: { automountServiceAccountToken: true, serviceAccountName: "reader", ...rest },
  more: [
    object("v1", "ServiceAccount", "reader", {}),
    object(rbac, "Role", "reader", { rules: [{ apiGroups: [""], resources, verbs }] }),
    object(rbac, "RoleBinding", "reader", {
      roleRef: { apiGroup: group, kind: "Role", name: "reader" },
      subjects: [{ kind: "ServiceAccount", name: "reader", namespace: "demo" }],
    }),
  ],
});
const watch = ["get", "list", "watch"];
const binding = (roleRef: object, subject: object) => ({
  more: [
    object("v1", "ServiceAccount", "reader", {}),
    object(rbac, "Role", "reader", { rules: [{ apiGroups: [""], resources: ["pods"], verbs: ["get"] }] }),
    object(rbac, "RoleBinding", "reader", {
      roleRef: { apiGroup: group, kind: "Role", name: "reader", ...roleRef },
      subjects: [{ kind: "ServiceAccount", name: "reader", namespace: "demo", ...subject }],
    }),
  ],
});
const role = (resources: string[], verbs: string[], more: object = {}) => ({
  more: [object(rbac, "Role", "reader", { rules: [{ apiGroups: [""], resources, verbs, ...more }] })],
});
const withArgs = (...args: string[]) => ({ container: { args: ["--config=/etc/config.yaml", ...args] } });
const map = (key: string, value: string) => ({ more: [object("v1", "ConfigMap", "more", { data: { [key]: value } })] });
const labelled = (annotations: object) => ({
  more: [{ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "more", namespace: "demo", annotations } }],
});
const secure = (tls: string) =>
  configWith('http: {endpoint: "${env:POD_IP}:4318"}', `http: {endpoint: "\${env:POD_IP}:4318", ${tls}}`).replace(
    'grpc: {endpoint: "${env:POD_IP}:4317"}',
    `grpc: {endpoint: "\${env:POD_IP}:4317", ${tls}}`,
  );
const open = { type: "LoadBalancer" };
const clients = secure("tls: {cert_file: /run/a, key_file: /run/b, client_ca_file: /run/c}");
const ports = [
  { name: "otlp-grpc", port: 4317, targetPort: "grpc", appProtocol: "grpc" },
  { name: "otlp-http", port: 4318, targetPort: 4318 },
];
const keyVolume = (defaultMode: number, securityContext: object = {}) => ({
  pod: { securityContext, volumes: [{ name: "key", secret: { secretName: "key", defaultMode } }] },
  container: { volumeMounts: [{ name: "key", mountPath: "/key" }] },
});

export const safetyCases: Cases = {
  "no-plain-secret": {
    fails: [
      { container: { env: sets({ name: "DB_PASSWORD", value: "hunter2" }) } },
      { container: { env: sets({ name: "URL", value: "http://me:hunter2@db" }) } },
      { container: { env: sets({ name: "OTEL_EXPORTER_OTLP_HEADERS", value: "api-key=0123456789abcdef" }) } },
      { container: { env: sets({ name: "KEY", value: "-----BEGIN RSA PRIVATE KEY-----\nMII" }) } },
    ],
    passes: [
      {
        container: {
          env: sets(
            { name: "DB_PASSWORD", valueFrom: { secretKeyRef: { name: "db", key: "password" } } },
            { name: "TOKENIZER", value: "fast" },
            { name: "DB_SECRET_NAME", value: "db-login" },
            { name: "TOKEN_TTL", value: "10m" },
            { name: "PASSWORD_FILE", value: "/etc/login" },
            { name: "FROM_SECRET", valueFrom: { secretKeyRef: { name: "login", key: "token" } } },
            { name: "AUTH_TOKEN", value: "$(FROM_SECRET)" },
          ),
        },
      },
    ],
  },
  "no-secret-in-arguments": {
    fails: [
      withArgs("--password=hunter2"),
      withArgs("--api-key", "0123456789"),
      withArgs("--endpoint=https://me:hunter2@db.example.com"),
      withArgs('--header="authorization: Bearer abc123def456ghi789"'),
    ],
    passes: [
      withArgs("--password-file=/etc/login", "--token=$(TOKEN)", "--secret-name=login", "--api-key-required=true"),
    ],
  },
  "no-secret-in-config-map": {
    fails: [
      map("db-password", "hunter2"),
      map("url", "postgres://me:hunter2@db/traces"),
      map("tls.key", "-----BEGIN PRIVATE KEY-----\nMII\n-----END PRIVATE KEY-----\n"),
    ],
    passes: [
      map("url", "postgres://db/traces"),
      map("readme", "# as in\n# http://user:password@host\nnothing"),
      map("login-secret-name", "login"),
    ],
  },
  "no-secret-in-metadata": {
    fails: [labelled({ "example.com/auth-token": "abc" }), labelled({ note: "http://me:hunter2@db" })],
    passes: [
      labelled({ "example.com/auth-secret": "login", "nginx.ingress.kubernetes.io/auth-url": "https://a.example.com" }),
    ],
  },
  "no-open-receiver": {
    fails: [
      { service: open },
      { service: { type: "NodePort" } },
      {
        service: { ...open, ports: [ports[0], { ...ports[1], appProtocol: "https" }] },
        config: secure("tls: {cert_file: /run/a, key_file: /run/b}"),
      },
    ],
    passes: [
      { service: { ...open, loadBalancerSourceRanges: ["10.0.0.0/8"] } },
      { service: { ...open, ports: [ports[0], { ...ports[1], appProtocol: "https" }] }, config: clients },
    ],
  },
  "network-policy-present": {
    fails: [
      { policy: { podSelector: { matchLabels: { app: "other" } } } },
      { policy: { policyTypes: ["Egress"], egress: [{ ports: [{ port: 53 }] }] } },
    ],
    passes: [{ policy: { podSelector: {} } }],
  },
  "network-policy-closes": {
    fails: [{ policy: { ingress: [{}] } }, { policy: { policyTypes: ["Ingress", "Egress"], egress: [{ ports: [] }] } }],
    passes: [{ policy: { ingress: [{ from: [{ podSelector: {} }] }] } }],
  },
  "secret-files-readable": {
    fails: [keyVolume(0o400), keyVolume(0o440), keyVolume(0o666)],
    passes: [keyVolume(0o440, { fsGroup: 10001 }), keyVolume(0o444)],
  },
  "rbac-covers-components": {
    fails: [
      enriching(["pods"], ["get"]),
      enriching(["services"], watch),
      enriching(["pods"], watch, { automountServiceAccountToken: false }),
    ],
    passes: [enriching(["pods"], watch)],
  },
  "rbac-needed": {
    fails: [enriching(["pods", "secrets"], watch), enriching(["pods"], [...watch, "delete"])],
    passes: [enriching(["pods"], watch)],
  },
  "binding-resolves": {
    fails: [binding({ name: "readr" }, {}), binding({}, { name: "reder" })],
    passes: [
      binding({}, {}),
      {
        ...binding({ kind: "ClusterRole", name: "view" }, { name: "somebody", namespace: "other" }),
        pod: { serviceAccountName: "reader" },
      },
    ],
  },
  "no-broad-binding": {
    fails: [
      binding({}, { name: "default" }),
      binding({ kind: "ClusterRole", name: "cluster-admin" }, {}),
      binding({}, { kind: "Group", name: "system:serviceaccounts", apiGroup: group }),
    ],
    passes: [binding({}, {})],
  },
  "no-escalating-rbac": {
    fails: [role(["nodes/proxy"], ["get"]), role(["pods/exec"], ["create"]), role(["clusterroles"], ["bind"])],
    passes: [role(["nodes/stats"], ["get"]), role(["clusterroles"], ["bind"], { resourceNames: ["view"] })],
  },
};
