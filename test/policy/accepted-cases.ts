import { type Cases, object } from "./cases.ts";

export const acceptedCases: Cases = {
  "api-version-served": {
    fails: [
      {
        more: [
          object("policy/v1beta1", "PodDisruptionBudget", "collector", {
            spec: { maxUnavailable: 1, selector: { matchLabels: { app: "collector" } } },
          }),
        ],
      },
      { more: [{ apiVersion: "extensions/v1beta1", kind: "Deployment", metadata: { name: "a" } }] },
    ],
    passes: [
      {
        more: [
          {
            apiVersion: "serving.knative.dev/v1",
            kind: "Service",
            metadata: { name: "a", namespace: "demo" },
            spec: {},
          },
        ],
      },
    ],
  },
  "required-fields": {
    fails: [
      { container: { image: undefined } },
      { container: { ports: [{ name: "a" }] } },
      { service: { ports: [{ name: "a", port: 4317 }, { port: 4318 }] } },
      {
        container: {
          ports: [
            { name: "grpc", containerPort: 4317 },
            { name: "grpc", containerPort: 4318 },
          ],
        },
      },
      { container: { readinessProbe: { periodSeconds: 5 } } },
      { container: { env: [{ name: "A", valueFrom: {} }] } },
    ],
    passes: [{ container: { readinessProbe: { grpc: { port: 4317 } } } }],
  },
  "allowed-values": {
    fails: [
      {
        service: {
          ports: [
            { name: "otlp-grpc", port: 4317, appProtocol: "grpc", protocol: "tcp" },
            { name: "otlp-http", port: 4318 },
          ],
        },
      },
      { container: { imagePullPolicy: "ifNotPresent" } },
      { namespace: { labels: { "pod-security.kubernetes.io/enforce": "strict" } } },
      { policy: { policyTypes: ["ingress"] } },
    ],
    passes: [
      {
        container: { imagePullPolicy: "Always" },
        service: { internalTrafficPolicy: "Cluster", ipFamilyPolicy: "SingleStack" },
      },
    ],
  },
};
