import type { Cases } from "./cases.ts";

export const hook = (spec: object, ...others: object[]) => ({
  more: [
    {
      apiVersion: "admissionregistration.k8s.io/v1",
      kind: "MutatingWebhookConfiguration",
      metadata: { name: "hook" },
      webhooks: [spec, ...others].map((one, index) => ({
        name: `${"abc"[index]}.example.com`,
        sideEffects: "None",
        admissionReviewVersions: ["v1"],
        failurePolicy: "Fail",
        clientConfig: { service: { name: "collector", namespace: "demo", port: 4318 } },
        rules: [{ apiGroups: [""], apiVersions: ["v1"], resources: ["pods"], operations: ["CREATE"] }],
        ...one,
      })),
    },
  ],
});
export const elsewhere = {
  namespaceSelector: {
    matchExpressions: [{ key: "kubernetes.io/metadata.name", operator: "NotIn", values: ["demo"] }],
  },
};
const bundle = { clientConfig: { service: { name: "collector", namespace: "demo", port: 4318 }, caBundle: "LS0t" } };
const everything = { rules: [{ apiGroups: ["*"], apiVersions: ["*"], resources: ["*"], operations: ["CREATE"] }] };

export const webhookCases: Cases = {
  "webhook-spares-its-own-pods": {
    fails: [hook({}), hook({ failurePolicy: undefined })],
    passes: [
      hook(elsewhere),
      hook({ failurePolicy: "Ignore" }),
      hook({ objectSelector: { matchLabels: { inject: "yes" } } }),
    ],
  },
  "webhook-answers-soon": {
    fails: [hook({ ...elsewhere, timeoutSeconds: 30 })],
    passes: [hook({ ...elsewhere, timeoutSeconds: 5 }), hook(elsewhere)],
  },
  "webhook-asks-for-little": {
    fails: [hook(everything)],
    passes: [hook({ ...everything, ...elsewhere }), hook({ ...everything, failurePolicy: "Ignore" })],
  },
  "webhook-has-authority": {
    fails: [hook({ ...elsewhere, ...bundle }, elsewhere)],
    passes: [hook(elsewhere, elsewhere), hook({ ...elsewhere, ...bundle }, { ...elsewhere, ...bundle })],
  },
};
