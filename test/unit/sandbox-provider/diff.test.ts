import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { changes, parsePath, pathText } from "../../../sandbox/providers/kubernetes/diff.ts";
import { needsReplacement } from "../../../sandbox/providers/kubernetes/immutable.ts";
import { type Props, unknown, type Value } from "../../../sandbox/providers/kubernetes/values.ts";

const texts = (before: Value, after: Value) =>
  changes(before, after).map(({ path, kind }) => `${kind} ${pathText(path)}`);

describe("changes", () => {
  test.each<[string, Value, Value, string[]]>([
    ["a leaf", { spec: { replicas: 1 } }, { spec: { replicas: 2 } }, ["update spec.replicas"]],
    ["a list item", { ports: [{ port: 80 }] }, { ports: [{ port: 81 }] }, ["update ports[0].port"]],
    ["a longer list", { args: ["a"] }, { args: ["a", "b"] }, ["add args[1]"]],
    ["keys with dots", { labels: { "a.b/c": "1" } }, { labels: {} }, ['delete labels["a.b/c"]']],
    ["another shape", { data: { a: "1" } }, { data: ["a"] }, ["update data"]],
    ["a value not known yet", { ip: "10.0.0.1" }, { ip: unknown }, ["update ip"]],
    ["no change but the order of keys", { a: 1, b: 2 }, { b: 2, a: 1 }, []],
    ["keys every object has", {}, { toString: "x", constructor: "y" }, ["add toString", "add constructor"]],
  ])("are found in %s", (_name, before, after, found) => {
    expect(texts(before, after)).toEqual(found);
  });

  test("are none between equal trees, and paths can be read back", () => {
    const tree = fc.jsonValue() as fc.Arbitrary<Value>;
    fc.assert(fc.property(tree, (value) => changes(value, structuredClone(value) as Value).length === 0));
    const key = fc.oneof(fc.nat(99), fc.string({ minLength: 1 }));
    fc.assert(
      fc.property(fc.array(key), (path) => {
        expect(parsePath(pathText(path))).toEqual(path);
      }),
    );
  });
});

describe("needsReplacement", () => {
  const fixed = { enableConfigMapMutable: false, enableSecretMutable: false };
  const mutable = { enableConfigMapMutable: true, enableSecretMutable: true };
  test.each<[string, string, string, typeof fixed, boolean, Props?]>([
    ["apps/v1", "Deployment", "spec.selector.matchLabels.app", fixed, true],
    ["apps/v1", "Deployment", "spec.template.spec.containers[0].image", fixed, false],
    ["apps/v1", "StatefulSet", "spec.volumeClaimTemplates[0].spec", fixed, true],
    ["apps/v1", "StatefulSet", "spec.serviceName", fixed, true],
    ["apps/v1", "StatefulSet", "spec.replicas", fixed, false],
    ["apps/v1", "DaemonSet", "spec.selector", fixed, true],
    ["batch/v1", "Job", "spec.template.spec.containers[0].image", fixed, true],
    ["batch/v1", "CronJob", "spec.jobTemplate.spec.template", fixed, false],
    ["v1", "Service", "spec.clusterIP", fixed, true],
    ["v1", "Service", "spec.ports[0].port", fixed, false],
    ["v1", "Pod", "spec.containers[0].image", fixed, true],
    ["v1", "ConfigMap", "data.a", fixed, true],
    ["v1", "ConfigMap", "data.a", mutable, false],
    ["v1", "ConfigMap", "data.a", mutable, true, { immutable: true }],
    ["v1", "ConfigMap", "metadata.labels.a", fixed, false],
    ["v1", "Secret", "stringData.a", fixed, true],
    ["v1", "Secret", "type", mutable, true],
    ["rbac.authorization.k8s.io/v1", "RoleBinding", "roleRef.name", fixed, true],
    ["storage.k8s.io/v1", "StorageClass", "provisioner", fixed, true],
    ["example.com/v1", "Widget", "spec.selector", fixed, false],
    ["example.com/v1", "Widget", "metadata.name", fixed, true],
    ["example.com/v1", "Widget", "metadata.namespace", fixed, true],
    ["example.com/v1", "Widget", "kind", fixed, true],
  ])("%s %s %s (%o): %s", (apiVersion, kind, path, settings, expected, more = {}) => {
    const object = { apiVersion, kind, ...more };
    expect(needsReplacement(parsePath(path), object, object, settings)).toBe(expected);
  });

  test("another version of a group is the same object, another group is not", () => {
    const [v1, beta, other] = ["apps/v1", "apps/v1beta1", "extensions/v1"].map((apiVersion) => ({
      apiVersion,
      kind: "Deployment",
    }));
    expect(needsReplacement(["apiVersion"], beta!, v1!, fixed)).toBe(false);
    expect(needsReplacement(["apiVersion"], other!, v1!, fixed)).toBe(true);
  });
});
