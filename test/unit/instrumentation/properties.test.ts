import fc from "fast-check";
import { expect, test } from "vitest";
import { inject } from "../../../instrumentation/inject.ts";
import {
  type Container,
  type EnvVar,
  type InstrumentationSpec,
  languages,
  type Volume,
  type VolumeMount,
  type Workload,
} from "../../../instrumentation/types.ts";
import { list, podTemplate, workloadKinds } from "../../../instrumentation/workload.ts";
import { cpuSeconds } from "../../cpu.ts";
import { key, spec } from "./fixtures.ts";
import { ofKind } from "./kinds.ts";

const prototypeKeys = ["__proto__", "constructor", "toString", "hasOwnProperty"];
const special = ["NODE_OPTIONS", "LD_LIBRARY_PATH", "OTEL_POD_IP", "OTEL_NODE_IP", "OTEL_RESOURCE_ATTRIBUTES"];
const anything = fc.string({ unit: "binary", minLength: 1, maxLength: 12 });
const name = fc.oneof(fc.constantFrom(...prototypeKeys), fc.constantFrom(...special), anything);
const text = fc.oneof(fc.string({ unit: "binary", maxLength: 30 }), fc.constantFrom("a=b", "k=v,", "$(X)", ",", "=,="));
const variable: fc.Arbitrary<EnvVar> = fc.oneof(
  fc.record({ name, value: text }),
  fc.record({ name }),
  fc.record({ name, valueFrom: fc.constant({ secretKeyRef: { name: "s", key: "k" } }) }),
);
const mount: fc.Arbitrary<VolumeMount> = fc.record({
  name: fc.constantFrom(...prototypeKeys, "data"),
  mountPath: fc.oneof(fc.constantFrom("/etc/nginx/nginx.conf", "/usr/local/apache2/conf", "/data"), text),
});
const containerOf = (label: string): fc.Arbitrary<Container> =>
  fc.record(
    {
      name: fc.constant(label),
      image: text,
      env: fc.uniqueArray(variable, { maxLength: 8, selector: (one) => one.name }),
      volumeMounts: fc.array(mount, { maxLength: 2 }),
      securityContext: fc.constant({ runAsUser: 7 }),
    },
    { requiredKeys: ["name"] },
  );
const volume: fc.Arbitrary<Volume> = fc.record({
  name: fc.constantFrom(...prototypeKeys, "data"),
  emptyDir: fc.constant({}),
});

const annotations = fc
  .tuple(
    fc.subarray([...languages], { minLength: 1, maxLength: 3 }),
    fc.constantFrom("app", "app,constructor", "toString", "toString,app", "constructor", "nope"),
    fc.dictionary(fc.constantFrom("team", "service.name", "ключ", "😀", ...prototypeKeys), text, { maxKeys: 3 }),
  )
  .map(([chosen, names, extra]) =>
    Object.fromEntries([
      ...chosen.map((language) => [key(`inject-${language}`), "true"]),
      [key("container-names"), names],
      ...Object.entries(extra).map(([attribute, value]) => [`resource.opentelemetry.io/${attribute}`, value]),
      // An own key of that name, as a parser of YAML or JSON makes it.
      ...prototypeKeys.map((one) => [one, "x"]),
    ]),
  );

const workload: fc.Arbitrary<Workload> = fc
  .record({
    kind: fc.constantFrom(...workloadKinds),
    annotations,
    containers: fc.tuple(containerOf("app"), containerOf("constructor")),
    initContainers: fc.option(fc.tuple(containerOf("toString")), { nil: undefined }),
    volumes: fc.option(fc.array(volume, { maxLength: 3 }), { nil: undefined }),
    nodeName: fc.option(fc.constant("n1"), { nil: undefined }),
  })
  .map(({ kind, annotations, containers, initContainers, volumes, nodeName }) =>
    ofKind(kind, annotations, {
      containers,
      ...(initContainers && { initContainers }),
      ...(volumes && { volumes }),
      ...(nodeName && { nodeName }),
    }),
  );

const run = (one: Workload, by: InstrumentationSpec = spec) =>
  inject({
    workload: one,
    namespace: { name: "shop" },
    instrumentations: [{ namespace: "shop", name: "i", spec: by }],
  });

const containersOf = (one: Workload): readonly Container[] => {
  const pod = podTemplate(one)?.spec;
  return [...list(pod?.containers), ...list(pod?.initContainers)];
};

test("10,000 random workloads: pure, idempotent, and no value of the user is lost or moved", () => {
  const injections = new Map<string, number>();
  fc.assert(
    fc.property(workload, (before) => {
      const frozen = JSON.stringify(before);
      const { workload: after, injected } = run(before);
      expect(JSON.stringify(before)).toBe(frozen);

      const again = run(after);
      for (const language of injected) injections.set(language, (injections.get(language) ?? 0) + 1);
      if (injected.length > 0) expect(again.workload).toBe(after);

      const volumes = list(podTemplate(before)?.spec.volumes);
      expect(list(podTemplate(after)?.spec.volumes).slice(0, volumes.length)).toEqual(volumes);
      const results = new Map(containersOf(after).map((one) => [one.name, one]));
      const clone = results.get("otel-agent-source-container-clone");
      for (const old of containersOf(before)) {
        const now = results.get(old.name);
        expect(now).toBeDefined();
        expect({ ...now, env: 0, volumeMounts: 0 }).toEqual({ ...old, env: 0, volumeMounts: 0 });
        keepsUserVariables(list(old.env), list(now?.env));
        keepsMounts(list(old.volumeMounts), list(now?.volumeMounts), list(clone?.volumeMounts));
      }
    }),
    { numRuns: 10_000 },
  );
  for (const language of languages) expect(injections.get(language), language).toBeGreaterThan(500);
}, 30_000);

const extended = new Set(["NODE_OPTIONS", "JAVA_TOOL_OPTIONS", "PYTHONPATH", "LD_LIBRARY_PATH"]);

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

/** Mounts stay in order; of those over a web server's configuration one moves to the clone that saves it. */
function keepsMounts(old: readonly VolumeMount[], now: readonly VolumeMount[], clone: readonly VolumeMount[]): void {
  const gone = old.filter((one) => !now.includes(one));
  expect(now.filter((one) => old.includes(one))).toEqual(old.filter((one) => !gone.includes(one)));
  expect(gone.length).toBeLessThanOrEqual(1);
  for (const one of gone) {
    expect(one.mountPath).toMatch(/\/etc\/nginx|\/usr\/local\/apache2\/conf/);
    expect(clone).toContainEqual(one);
  }
}

test("a long list of variables costs linear time", () => {
  const env = Array.from({ length: 20_000 }, (_, index) => ({ name: `V${index}`, value: "x" }));
  const workload = ofKind("Deployment", { [key("inject-sdk")]: "true" }, { containers: [{ name: "app", env }] });
  expect(run(workload).injected).toEqual(["sdk"]);
  expect(cpuSeconds(() => run(workload))).toBeLessThan(0.5);
});

test("5,000 workloads take less than a second, be they many in one cluster or not", () => {
  const image = "shop/app:1.4.2";
  const env = [{ name: "LOG_LEVEL", value: "info" }];
  const workloads = Array.from({ length: 5_000 }, () =>
    ofKind("Deployment", { [key("inject-sdk")]: "true" }, { containers: [{ name: "app", image, env }] }),
  );
  const all = () => {
    for (const one of workloads) run(one);
  };
  expect(cpuSeconds(all)).toBeLessThan(1);
});

/** Puts a value at the n-th place of a tree, counted in depth-first order. */
function spoil(tree: unknown, place: { left: number }, value: unknown): unknown {
  if (place.left-- === 0) return value;
  if (Array.isArray(tree)) return tree.map((one) => spoil(one, place, value));
  if (typeof tree !== "object" || tree === null) return tree;
  return Object.fromEntries(Object.entries(tree).map(([one, inner]) => [one, spoil(inner, place, value)]));
}

// No text can be made of the last two.
const garbage = fc.oneof(
  fc.jsonValue({ maxDepth: 2 }),
  fc.constantFrom(null, true, 0, [], {}, [null], [{}], "true", { toString: 0 }, [{ toString: 0 }]),
);

test("spoiled manifests give a result, never an exception", () => {
  fc.assert(
    fc.property(workload, fc.nat(80), garbage, (one, left, value) => {
      const spoiled = spoil(one, { left }, value) as Workload;
      if (typeof spoiled !== "object" || spoiled === null || Array.isArray(spoiled)) return;
      const { workload: after, injected, problems } = run(spoiled);
      if (injected.length === 0) expect(after).toBe(spoiled);
      for (const { code, message } of problems) expect(`${code}: ${message}`).not.toMatch(/undefined|\[object Object/);
    }),
    { numRuns: 5_000 },
  );
});

test("spoiled Instrumentations give a result or a named problem, never an exception", () => {
  const full: InstrumentationSpec = {
    ...spec,
    exporter: {
      endpoint: "https://c:4318",
      tls: { secretName: "s", configMapName: "c", ca_file: "ca", cert_file: "c" },
    },
    resource: { resourceAttributes: { team: "a" }, addK8sUIDAttributes: true },
    defaults: { useLabelsForResourceAttributes: true },
    env: [{ name: "A", value: "b" }],
    java: { image: "j", extensions: [{ image: "e", dir: "/d" }], volumeLimitSize: "1Gi", resources: { limits: {} } },
    apacheHttpd: { image: "a", version: "2.2", configPath: "/conf", attrs: [{ name: "X", value: "y" }] },
    nginx: { image: "n", configFile: "/etc/nginx/n.conf", attrs: [{ name: "X", value: "y" }] },
    initContainerSecurityContext: { runAsUser: 1 },
    imagePullPolicy: "Always",
  };
  const codes = new Set<string>();
  fc.assert(
    fc.property(workload, fc.nat(80), garbage, (one, left, value) => {
      const { problems } = run(one, spoil(full, { left }, value) as InstrumentationSpec);
      for (const { code, message } of problems) {
        codes.add(code);
        expect(`${code}: ${message}`).not.toMatch(/undefined|\[object Object/);
      }
    }),
    { numRuns: 5_000 },
  );
  expect(codes).toContain("instrumentation-malformed");
});
