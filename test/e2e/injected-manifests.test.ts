import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, expect, it } from "vitest";
import { withDefaults } from "../../instrumentation/defaulter.ts";
import { inject } from "../../instrumentation/inject.ts";
import { type Container, languages, type Workload } from "../../instrumentation/types.ts";
import { workloadKinds } from "../../instrumentation/workload.ts";
import { kubectl } from "./kubectl.ts";

const namespace = "injected-manifests";
const wanted = 200;
const key = (name: string) => `instrumentation.opentelemetry.io/${name}`;

const name = fc.stringMatching(/^[a-z]([a-z0-9-]{0,8}[a-z0-9])?$/);
const text = fc.oneof(
  fc.string({ unit: "grapheme", maxLength: 30 }),
  fc.constantFrom("", "a=b", "a=b,", "$(A)", "$$", "é", "😀"),
);
const variableNames = [
  ...["A", "B", "PATH", "constructor", "NODE_OPTIONS", "JAVA_TOOL_OPTIONS", "PYTHONPATH", "DOTNET_SHARED_STORE"],
  ...["LD_LIBRARY_PATH", "OTEL_SERVICE_NAME", "OTEL_RESOURCE_ATTRIBUTES", "OTEL_NODE_IP", "OTEL_TRACES_SAMPLER"],
];
const variable = fc.record({ name: fc.constantFrom(...variableNames), value: text });
const container: fc.Arbitrary<Container> = fc.record(
  {
    name,
    image: fc.constantFrom(
      "shop/app",
      "shop/app:1.4.2",
      "registry.example:5000/app:2",
      `shop/app@sha256:${"ab".repeat(32)}`,
    ),
    env: fc.array(variable, { maxLength: 6 }),
    volumeMounts: fc.constantFrom(
      [],
      [{ name: "data", mountPath: "/data" }],
      [{ name: "data", mountPath: "/etc/nginx" }],
    ),
    securityContext: fc.constant({ runAsUser: 1000 }),
  },
  { requiredKeys: ["name", "image"] },
);

const workload: fc.Arbitrary<Workload> = fc
  .record({
    kind: fc.constantFrom(...workloadKinds),
    containers: fc.uniqueArray(container, { minLength: 2, maxLength: 5, selector: (one) => one.name }),
    inits: fc.nat(2),
    chosen: fc.uniqueArray(fc.constantFrom(...languages), { minLength: 1, maxLength: 3 }),
    targets: fc.array(fc.nat(4), { minLength: 3, maxLength: 3 }),
    attribute: fc.option(text, { nil: undefined }),
  })
  .map(({ kind, containers, inits, chosen, targets, attribute }) => {
    // At least one container is an ordinary one.
    const first = Math.min(inits, containers.length - 1);
    const list = (language: string) => key(`${language === "nginx" ? "inject-nginx" : language}-container-names`);
    const annotations = Object.fromEntries([
      ...chosen.map((language) => [key(`inject-${language}`), "true"]),
      ...chosen.map((language, index) => [list(language), containers[(targets[index] ?? 0) % containers.length]?.name]),
      [key("otel-go-auto-target-exe"), "/app"],
      ...(attribute === undefined ? [] : [["resource.opentelemetry.io/team", attribute]]),
    ]);
    const pod = {
      initContainers: containers.slice(0, first),
      containers: containers.slice(first),
      volumes: [{ name: "data", emptyDir: {} }],
    };
    return complete(kind, annotations, pod);
  });

/** A whole object of a kind, as the API takes it. */
function complete(kind: string, annotations: Record<string, string>, pod: object): Workload {
  const apiVersion = kind === "Pod" ? "v1" : kind.endsWith("Job") ? "batch/v1" : "apps/v1";
  const labels = { app: "web" };
  const spec = kind.endsWith("Job") ? { ...pod, restartPolicy: "Never" } : pod;
  const template = { metadata: { labels, annotations }, spec };
  const metadata = { name: "", namespace };
  if (kind === "Pod") return { apiVersion, kind, metadata: { ...metadata, labels, annotations }, spec };
  if (kind === "Job") return { apiVersion, kind, metadata, spec: { template } };
  if (kind === "CronJob") {
    return { apiVersion, kind, metadata, spec: { schedule: "0 0 1 1 *", jobTemplate: { spec: { template } } } };
  }
  const service = kind === "StatefulSet" ? { serviceName: "web" } : {};
  return { apiVersion, kind, metadata, spec: { ...service, selector: { matchLabels: labels }, template } };
}

const spec = withDefaults({
  exporter: {
    endpoint: "https://otel-agent.observability.svc:4318",
    tls: { secretName: "certs", configMapName: "ca", ca_file: "ca.crt", cert_file: "tls.crt", key_file: "tls.key" },
  },
  propagators: ["tracecontext", "baggage"],
  sampler: { type: "parentbased_traceidratio", argument: "0.25" },
  resource: { resourceAttributes: { "deployment.environment": "test" }, addK8sUIDAttributes: true },
  env: [{ name: "OTEL_BSP_SCHEDULE_DELAY", value: "1000" }],
  java: { extensions: [{ image: "extensions:1", dir: "/extensions" }] },
});

/** Random workloads that could be injected without a problem. */
function injected(): { objects: Workload[]; languages: Set<string>; kinds: Set<string> } {
  const found = { objects: [] as Workload[], languages: new Set<string>(), kinds: new Set<string>() };
  for (const [index, one] of fc.sample(workload, { numRuns: 10 * wanted, seed: 5 }).entries()) {
    const named = { ...one, metadata: { ...one.metadata, name: `w-${index}` } };
    const instrumentations = [{ namespace, name: "default", spec }];
    const result = inject({ workload: named, namespace: { name: namespace }, instrumentations });
    if (result.problems.length > 0) continue;
    for (const language of result.injected) found.languages.add(language);
    found.kinds.add(one.kind);
    if (found.objects.push(result.workload) === wanted) break;
  }
  return found;
}

let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "throughline-injected-"));
  await kubectl("create", "namespace", namespace);
  // Pods need it, and a controller makes it.
  await kubectl("wait", "--for=create", "serviceaccount/default", "-n", namespace, "--timeout=60s");
});
afterAll(async () => {
  await kubectl("delete", "namespace", namespace, "--ignore-not-found");
  rmSync(folder, { recursive: true, force: true });
});

function dryRun(objects: readonly Workload[]): Promise<string> {
  const file = join(folder, "list.json");
  writeFileSync(file, JSON.stringify({ apiVersion: "v1", kind: "List", items: objects }));
  return kubectl("create", "--dry-run=server", "--validate=strict", "-o", "name", "-f", file);
}

it("the API server accepts 200 random workloads as they are after injection", async () => {
  const { objects, languages: seen, kinds } = injected();
  expect(objects).toHaveLength(wanted);
  expect([...seen].sort()).toEqual([...languages].sort());
  expect([...kinds].sort()).toEqual([...workloadKinds].sort());
  const accepted = await dryRun(objects);
  expect(accepted.trim().split("\n")).toHaveLength(wanted);
});

it("and would have said so if it did not", async () => {
  const [one] = injected().objects;
  const pod = complete(
    "Pod",
    {},
    { containers: [{ name: "app", image: "i", env: [{ name: "A", value: "b", valueFrom: {} }] }] },
  );
  await expect(dryRun([{ ...pod, metadata: { ...pod.metadata, name: "wrong" } }])).rejects.toThrow(/valueFrom/);
  expect(await dryRun([one as Workload])).not.toBe("");
});
