import fc from "fast-check";
import { expect, test } from "vitest";
import { inject } from "../../../instrumentation/inject.ts";
import type { Container, EnvVar, Workload } from "../../../instrumentation/types.ts";
import { list, podTemplate } from "../../../instrumentation/workload.ts";
import { key, spec } from "./fixtures.ts";

const oddNames = ["__proto__", "constructor", "toString", "hasOwnProperty", "NODE_OPTIONS", "OTEL_RESOURCE_ATTRIBUTES"];
const name = fc.oneof(fc.constantFrom(...oddNames), fc.string({ unit: "binary", minLength: 1, maxLength: 12 }));
const text = fc.oneof(fc.string({ unit: "binary", maxLength: 30 }), fc.constantFrom("a=b", "k=v,", "$(X)", ",", "=,="));
const variable: fc.Arbitrary<EnvVar> = fc.oneof(
  fc.record({ name, value: text }),
  fc.record({ name }),
  fc.record({ name, valueFrom: fc.constant({ secretKeyRef: { name: "s", key: "k" } }) }),
);
const containerOf = (label: string): fc.Arbitrary<Container> =>
  fc.record(
    {
      name: fc.constant(label),
      image: text,
      env: fc.uniqueArray(variable, { maxLength: 8, selector: (one) => one.name }),
    },
    { requiredKeys: ["name"] },
  );

const languages = ["sdk", "nodejs", "java", "python", "dotnet"];
const annotations = fc
  .tuple(
    fc.subarray(languages, { minLength: 1, maxLength: 2 }),
    fc.constantFrom("app", "app,side", "init", "init,app", "nope"),
    fc.dictionary(fc.constantFrom("team", "__proto__", "service.name", "ключ", "😀"), text, { maxKeys: 3 }),
  )
  .map(([chosen, names, extra]) =>
    Object.fromEntries([
      ...chosen.map((language) => [key(`inject-${language}`), "true"]),
      [key("container-names"), names],
      ...Object.entries(extra).map(([attribute, value]) => [`resource.opentelemetry.io/${attribute}`, value]),
    ]),
  );

const workload: fc.Arbitrary<Workload> = fc
  .record({
    kind: fc.constantFrom("Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Job"),
    annotations,
    containers: fc.tuple(containerOf("app"), containerOf("side")),
    initContainers: fc.option(fc.tuple(containerOf("init")), { nil: undefined }),
    nodeName: fc.option(fc.constant("n1"), { nil: undefined }),
  })
  .map(({ kind, annotations, containers, initContainers, nodeName }) => ({
    kind,
    metadata: { name: "web", namespace: "shop" },
    spec: {
      template: {
        metadata: { annotations },
        spec: { containers, ...(initContainers && { initContainers }), ...(nodeName && { nodeName }) },
      },
    },
  }));

const run = (one: Workload) =>
  inject({ workload: one, namespace: { name: "shop" }, instrumentations: [{ namespace: "shop", name: "i", spec }] });

const containersOf = (one: Workload): readonly Container[] => {
  const pod = podTemplate(one)?.spec;
  return [...list(pod?.containers), ...list(pod?.initContainers)];
};

test("10,000 random workloads: pure, idempotent, and no value of the user is lost or moved", () => {
  let injections = 0;
  fc.assert(
    fc.property(workload, (before) => {
      const frozen = JSON.stringify(before);
      const { workload: after, injected } = run(before);
      expect(JSON.stringify(before)).toBe(frozen);

      const again = run(after);
      if (injected.length > 0) {
        injections++;
        expect(again.workload).toBe(after);
      }

      const results = new Map(containersOf(after).map((one) => [one.name, one]));
      for (const old of containersOf(before)) {
        const now = results.get(old.name);
        expect(now).toBeDefined();
        expect({ ...now, env: 0, volumeMounts: 0 }).toEqual({ ...old, env: 0, volumeMounts: 0 });
        keepsUserVariables(list(old.env), list(now?.env));
      }
    }),
    { numRuns: 10_000 },
  );
  expect(injections).toBeGreaterThan(5_000);
});

const extended = new Set(["NODE_OPTIONS", "JAVA_TOOL_OPTIONS", "PYTHONPATH"]);

/** Every variable of the user is still there in the same order; those that are extended contain the old text. */
function keepsUserVariables(old: readonly EnvVar[], now: readonly EnvVar[]): void {
  // The first variable of this name is moved to the end, extended.
  const moved = old.findIndex((one) => one.name === "OTEL_RESOURCE_ATTRIBUTES");
  const rest =
    now.length === old.length && now.every((one, index) => one === old[index])
      ? old
      : old.toSpliced(moved, moved < 0 ? 0 : 1);
  let at = 0;
  for (const one of rest) {
    while (at < now.length && !isKept(one, now[at] as EnvVar)) at++;
    expect(at, `${JSON.stringify(one)} in ${JSON.stringify(now)}`).toBeLessThan(now.length);
    at++;
  }
  if (moved >= 0) {
    const value = old[moved]?.value ?? "";
    expect(now.some((one) => one.name === "OTEL_RESOURCE_ATTRIBUTES" && (one.value ?? "").startsWith(value))).toBe(
      true,
    );
  }
}

function isKept(old: EnvVar, now: EnvVar): boolean {
  if (old === now) return true;
  return extended.has(old.name) && old.name === now.name && (now.value ?? "").includes(old.value ?? "");
}

test("a long list of variables costs linear time", () => {
  const env = Array.from({ length: 20_000 }, (_, index) => ({ name: `V${index}`, value: "x" }));
  const before = performance.now();
  const { injected } = run({
    kind: "Deployment",
    metadata: { name: "web" },
    spec: {
      template: {
        metadata: { annotations: { [key("inject-sdk")]: "true" } },
        spec: { containers: [{ name: "app", env }] },
      },
    },
  });
  expect(injected).toEqual(["sdk"]);
  expect(performance.now() - before).toBeLessThan(500);
});

/** Puts a value at the n-th place of a tree, counted in depth-first order. */
function spoil(tree: unknown, place: { left: number }, value: unknown): unknown {
  if (place.left-- === 0) return value;
  if (Array.isArray(tree)) return tree.map((one) => spoil(one, place, value));
  if (typeof tree !== "object" || tree === null) return tree;
  return Object.fromEntries(Object.entries(tree).map(([one, inner]) => [one, spoil(inner, place, value)]));
}

test("spoiled manifests give a result, never an exception", () => {
  const garbage = fc.oneof(fc.jsonValue({ maxDepth: 2 }), fc.constantFrom(null, true, 0, [], {}, [null], [{}], "true"));
  fc.assert(
    fc.property(workload, fc.nat(60), garbage, (one, left, value) => {
      const spoiled = spoil(one, { left }, value) as Workload;
      if (typeof spoiled !== "object" || spoiled === null || Array.isArray(spoiled)) return;
      const { workload: after, injected, problems } = run(spoiled);
      if (injected.length === 0) expect(after).toBe(spoiled);
      for (const { code, message } of problems) expect(`${code}: ${message}`).not.toMatch(/undefined|\[object Object/);
    }),
    { numRuns: 5_000 },
  );
});
