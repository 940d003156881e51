import type { Manifest } from "../../policy/types.ts";
import { type Cases, object, stack } from "./cases.ts";

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

export const referenceCases: Cases = {
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
};
