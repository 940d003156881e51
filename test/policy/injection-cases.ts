import { type Cases, object, sets } from "./cases.ts";

const endpoint = "http://collector.demo.svc:4318";
const instrumentation = (spec: object) => ({
  more: [
    object("opentelemetry.io/v1alpha1", "Instrumentation", "default", {
      spec: { exporter: { endpoint: "http://elsewhere.other.svc:4318" }, ...spec },
    }),
  ],
});
const set = (...env: object[]) => instrumentation({ env });
const quiet = ["METRICS", "LOGS"].map((signal) => ({ name: `OTEL_${signal}_EXPORTER`, value: "none" }));
const restricted = {
  allowPrivilegeEscalation: false,
  runAsNonRoot: true,
  runAsUser: 65532,
  capabilities: { drop: ["ALL"] },
  seccompProfile: { type: "RuntimeDefault" },
};
const injected = (...env: Record<string, unknown>[]) => {
  const names = [
    "OTEL_NODE_IP",
    "OTEL_POD_IP",
    "OTEL_RESOURCE_ATTRIBUTES_NODE_NAME",
    "OTEL_SERVICE_NAME",
    "OTEL_RESOURCE_ATTRIBUTES",
  ];
  const agent = "/otel-auto-instrumentation-nodejs";
  return {
    container: {
      env: sets(
        ...names.map((name) => ({ name, value: `service.namespace=${name}` })),
        { name: "OTEL_EXPORTER_OTLP_ENDPOINT", value: endpoint },
        { name: "NODE_OPTIONS", value: `--require ${agent}/a.js` },
        ...env,
      ),
      volumeMounts: [{ name: "agent", mountPath: agent }],
    },
    pod: {
      volumes: [{ name: "agent", csi: { driver: "image.example.com" } }],
    },
  };
};

export const injectionCases: Cases = {
  "instrumentation-variables": {
    fails: [
      set({ value: "none" }),
      set({ name: "OTEL_METRICS_EXPORTER" }),
      set({ name: "OTEL_METRIC_EXPORTER", value: "none" }),
      instrumentation({ java: { env: [{ name: "OTEL_LOGS_EXPORTR", value: "none" }] } }),
    ],
    passes: [set(...quiet), set({ name: "SHOP_MODE", value: "a" })],
  },
  "instrumentation-has-endpoint": {
    fails: [instrumentation({ exporter: undefined }), instrumentation({ exporter: {} })],
    passes: [
      instrumentation({
        exporter: undefined,
        env: [{ name: "OTEL_EXPORTER_OTLP_ENDPOINT", value: "http://elsewhere.other.svc:4318" }],
      }),
      {
        more: [
          ...instrumentation({ exporter: undefined }).more,
          object("opentelemetry.io/v1beta1", "OpenTelemetryCollector", "beside", { spec: { mode: "sidecar" } }),
        ],
      },
    ],
  },
  "instrumentation-restricted": {
    fails: [
      instrumentation({ initContainerSecurityContext: { ...restricted, capabilities: undefined } }),
      instrumentation({ initContainerSecurityContext: { ...restricted, runAsUser: 0 } }),
    ],
    passes: [instrumentation({ initContainerSecurityContext: restricted }), instrumentation({})],
  },
  "agent-signals-taken": {
    fails: [
      injected(),
      injected(quiet[0]!),
      injected(quiet[0]!, { name: "OTEL_LOGS_EXPORTER", value: "nnoe" }),
      instrumentation({ exporter: { endpoint } }),
    ],
    passes: [injected(...quiet), instrumentation({ exporter: { endpoint }, env: quiet }), instrumentation({})],
  },
  "variable-reference-defined": {
    fails: [
      { container: { env: sets({ name: "ADDRESS", value: "$(POD_PI):4317" }) } },
      { container: { env: sets({ name: "A", value: "$(B)" }, { name: "B", value: "b" }) } },
    ],
    passes: [
      { container: { env: sets({ name: "ADDRESS", value: "$(POD_IP):4317" }) } },
      {
        container: {
          env: sets({ name: "PRICE", value: "$$(B)" }, { name: "API", value: "$(KUBERNETES_SERVICE_HOST)" }),
        },
      },
      { container: { env: sets({ name: "A", value: "$(B)" }), envFrom: [{ configMapRef: { name: "more" } }] } },
    ],
  },
};
