import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { checkMayAdopt, fieldManager } from "../../../sandbox/providers/kubernetes/adopt.ts";
import { check } from "../../../sandbox/providers/kubernetes/check.ts";
import { connect, readSettings } from "../../../sandbox/providers/kubernetes/config.ts";
import { redact } from "../../../sandbox/providers/kubernetes/errors.ts";
import { secretStrings } from "../../../sandbox/providers/kubernetes/messages.ts";
import { withoutServerValues } from "../../../sandbox/providers/kubernetes/preview.ts";
import { drift, inputsOf } from "../../../sandbox/providers/kubernetes/refresh.ts";
import { carrySecrets, fromStruct, type Marked, toStruct } from "../../../sandbox/providers/kubernetes/structs.ts";
import { type Props, unknown } from "../../../sandbox/providers/kubernetes/values.ts";

const marked = (value: Props, ...secrets: Marked["secrets"]): Marked => ({ value, secrets });
const urn = "urn:pulumi:dev::p::kubernetes:core/v1:ConfigMap::settings";
const settings = readSettings({})!;

describe("the wire format", () => {
  test("keeps values, unknowns and secret places", () => {
    const sent = marked({ a: [{ b: "s" }, unknown], n: null, t: true }, ["a", 0, "b"], ["t"]);
    expect(fromStruct(toStruct(sent))).toEqual(sent);
  });

  test("keeps any tree", () => {
    // The protocol's own library can't carry that one key, and no manifest has it.
    const tree = fc
      .dictionary(fc.string(), fc.jsonValue())
      .filter((value) => !JSON.stringify(value).includes('"__proto__"')) as fc.Arbitrary<Props>;
    fc.assert(
      fc.property(tree, (value) => {
        const plain = JSON.parse(JSON.stringify(value));
        expect(fromStruct(toStruct(marked(plain))).value).toEqual(plain);
      }),
    );
  });

  test("finds a secret again in a list that the server reordered", () => {
    const inputs = marked({ env: [{ name: "A", value: "s3cret" }] }, ["env", 0, "value"]);
    const live = {
      env: [
        { name: "INJECTED", value: "x" },
        { name: "A", value: "s3cret" },
      ],
    };
    expect(carrySecrets(inputs, live)).toContainEqual(["env", 1, "value"]);
  });

  test("takes a Secret's data for secret whatever the program says, in every spelling", () => {
    const live = { apiVersion: "v1", kind: "Secret", data: { p: "aHVudGVyMg==" } };
    expect(carrySecrets(marked({}), live)).toEqual([["data"]]);
    expect(secretStrings(marked(live))).toEqual(["aHVudGVyMg==", "hunter2"]);
    expect(redact("got hunter2 or aHVudGVyMg==", secretStrings(marked(live)))).toBe("got [secret] or [secret]");
  });
});

describe("check", () => {
  const object = (metadata: Props) => marked({ apiVersion: "v1", kind: "ConfigMap", metadata });
  const seed = new Uint8Array([1, 2, 3]);
  test("gives a name from the engine's seed and keeps it from then on", async () => {
    const first = await check(urn, object({}), marked({}), undefined, seed);
    const again = await check(urn, object({}), marked({}), undefined, seed);
    const later = await check(urn, object({}), first.inputs, undefined, new Uint8Array([9]));
    expect(first.inputs.value["metadata"]).toMatchObject({
      name: expect.stringMatching(/^settings-[0-9a-f]{8}$/),
      annotations: { "pulumi.com/autonamed": "true" },
    });
    expect(again.inputs.value).toEqual(first.inputs.value);
    expect(later.inputs.value).toEqual(first.inputs.value);
  });

  test("does not keep a name that the program had given before", async () => {
    const { inputs } = await check(urn, object({}), object({ name: "mine" }), undefined, seed);
    expect((inputs.value["metadata"] as Props)["name"]).not.toBe("mine");
  });

  test.each([
    "kubernetes:apps/v1:DeploymentPatch",
    "kubernetes:helm.sh/v3:Release",
    "kubernetes:core/v1:ConfigMapList",
  ])("refuses %s", async (type) => {
    const { failures } = await check(
      urn.replace("kubernetes:core/v1:ConfigMap", type),
      object({}),
      marked({}),
      undefined,
      seed,
    );
    expect(failures[0]?.reason).toContain(type);
  });

  test("refuses a timeout that is no number", async () => {
    const { failures } = await check(
      urn,
      object({ name: "x", annotations: { "pulumi.com/timeoutSeconds": "2m" } }),
      marked({}),
      undefined,
      seed,
    );
    expect(failures[0]?.reason).toContain('got "2m"');
  });
});

describe("adoption", () => {
  const live = (manager: string, operation: string): Props => ({
    kind: "ConfigMap",
    metadata: { name: "x", managedFields: [{ manager, operation }] },
  });
  const own = fieldManager(urn, "file:///a");
  test("is for an object of this very resource in this very state", () => {
    expect(() => checkMayAdopt(live(own, "Apply"), {}, own, settings)).not.toThrow();
    for (const other of [fieldManager(urn, "file:///b"), fieldManager(`${urn}2`, "file:///a"), "kubectl"]) {
      expect(() => checkMayAdopt(live(other, "Apply"), {}, own, settings)).toThrow("already exists");
    }
  });
  test("of any object when the program says so", () => {
    const forced = { metadata: { annotations: { "pulumi.com/patchForce": "true" } } };
    expect(() => checkMayAdopt(live("kubectl", "Update"), forced, own, settings)).not.toThrow();
    expect(() =>
      checkMayAdopt(live("kubectl", "Update"), {}, own, { ...settings, upsertExistingObjects: true }),
    ).not.toThrow();
  });
});

describe("refresh", () => {
  test("tells a change from another spelling of the same value", () => {
    const inputs = { cpu: "1000m", port: 80 };
    expect(drift(inputs, { cpu: "1", port: 80, extra: 1 }, { cpu: "1", port: 81, extra: 1 })).toEqual({
      cpu: "1000m",
      port: 81,
    });
  });
  test("reads a changed stringData out of data", () => {
    const base64 = (text: string) => Buffer.from(text).toString("base64");
    const changed = drift({ stringData: { p: "a" } }, { data: { p: base64("a") } }, { data: { p: base64("b") } });
    expect(changed).toEqual({ stringData: { p: "b" } });
  });
  test("makes inputs of an object without what the server keeps", () => {
    expect(inputsOf({ kind: "X", metadata: { name: "x", uid: "1", managedFields: [] }, status: { a: 1 } })).toEqual({
      kind: "X",
      metadata: { name: "x" },
    });
  });
});

describe("a preview", () => {
  const service = (clusterIP: string): Props => ({
    kind: "Service",
    metadata: { name: "s" },
    spec: { clusterIP, clusterIPs: [clusterIP] },
  });
  test("does not promise an address that a dry run invented", () => {
    expect(withoutServerValues(service("10.0.0.9"), true)["spec"]).toEqual({ clusterIP: unknown, clusterIPs: unknown });
    expect(withoutServerValues(service("10.0.0.9"), false)["spec"]).toEqual({
      clusterIP: "10.0.0.9",
      clusterIPs: ["10.0.0.9"],
    });
    expect(withoutServerValues(service("None"), true)["spec"]).toEqual({ clusterIP: "None", clusterIPs: ["None"] });
  });
});

describe("the connection", () => {
  const kubeconfig = JSON.stringify({
    clusters: [{ name: "c", cluster: { server: "https://a.example" } }],
    users: [{ name: "u", user: {} }],
    contexts: [{ name: "x", context: { cluster: "c", user: "u", namespace: "shop" } }],
    "current-context": "x",
  });
  test("reads content as well as a path, and the context's namespace", () => {
    expect(connect({ ...settings, kubeconfig })).toMatchObject({ server: "https://a.example", namespace: "shop" });
  });
  test.each([
    [{ kubeconfig, context: "y" }, 'got "y", but the given kubeconfig has x'],
    [{ kubeconfig, cluster: "z" }, 'got "z", but the given kubeconfig has c'],
    [{ kubeconfig: "/no/such/file" }, 'cannot read "/no/such/file"'],
    [{ kubeconfig: "{ secret-token" }, "cannot read its content"],
  ])("says what is wrong with %j", (given, message) => {
    expect(() => connect({ ...settings, ...given })).toThrow(message);
  });
  test("never quotes a kubeconfig that it cannot read", () => {
    expect(() => connect({ ...settings, kubeconfig: "{ secret-token" })).toThrow(/^((?!secret-token).)*$/s);
  });
});
