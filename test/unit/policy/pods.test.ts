import { expect, test } from "vitest";
import { containersOf, podsOf, selects } from "../../../policy/pods.ts";

const pod = { spec: { containers: [{ name: "app" }], initContainers: [{ name: "first" }] } };
const object = (kind: string, spec: object) => ({
  apiVersion: "x",
  kind,
  metadata: { name: kind, namespace: "demo" },
  ...spec,
});

test("finds the pods of every kind that makes some", () => {
  const manifests = [
    object("Pod", pod),
    ...["Deployment", "StatefulSet", "DaemonSet", "Job"].map((kind) => object(kind, { spec: { template: pod } })),
    object("CronJob", { spec: { jobTemplate: { spec: { template: pod } } } }),
    object("Service", { spec: {} }),
  ];
  expect(podsOf(manifests).map(({ owner }) => owner.kind)).toEqual([
    "Pod",
    "Deployment",
    "StatefulSet",
    "DaemonSet",
    "Job",
    "CronJob",
  ]);
  expect(containersOf(manifests).filter(({ init }) => init)).toHaveLength(6);
  expect(containersOf(manifests).filter(({ init }) => !init)).toHaveLength(6);
});

test.each([
  [{ app: "a" }, { app: "a", tier: "b" }, true],
  [{ app: "a", tier: "c" }, { app: "a", tier: "b" }, false],
  [{}, { app: "a" }, true],
  [undefined, { app: "a" }, true],
])("selector %j on %j: %s", (selector, labels, expected) => {
  expect(selects(selector, labels)).toBe(expected);
});
