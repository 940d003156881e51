import { describe, expect, test } from "vitest";
import { parseAllDocuments } from "yaml";
import { type ProfileName, profileNames } from "../../infra/profiles.ts";
import { program } from "../../infra/program.ts";
import { parseSettings } from "../../infra/settings/settings.ts";
import type { Manifest } from "../../policy/types.ts";
import { render, toYaml } from "../../infra/render/render.ts";

const workloads = JSON.stringify(["examples", "examples/frontend", "examples/quotes"]);

/** What a reviewer should find in each file; its first line. */
const explained = {
  laptop: "One pod of each part, queues in memory, plain text between them: the least that works.",
  standard: "As laptop, but the gateway's queue stands on a volume with fsync and outlives its pod; room for a shared cluster.",
  production: "As standard, with three gateways spread over zones, a disruption budget, and mutual TLS by generation 1 between the tiers.",
} as const satisfies Record<ProfileName, string>;

const renderProfile = (profile: string, more: Record<string, string> = {}) =>
  render(() => program(parseSettings({ profile, workloads, ...more })));

const find = (manifests: readonly Manifest[], kind: string, name: string) => {
  const found = manifests.find((manifest) => manifest.kind === kind && manifest.metadata.name.startsWith(name));
  if (found === undefined) throw new Error(`no ${kind} ${name}`);
  return found;
};

const configOf = (manifests: readonly Manifest[], name: string) =>
  (find(manifests, "ConfigMap", `${name}-`)["data"] as Record<string, string>)["config.yaml"] ?? "";

describe.each(profileNames)("profile %s", (profile) => {
  test("renders the committed manifests, which read back as the same objects", async () => {
    const { manifests } = await renderProfile(profile);
    await expect(`# ${explained[profile]}\n${toYaml(manifests)}`).toMatchFileSnapshot(`${profile}.yaml`);
    expect(parseAllDocuments(toYaml(manifests)).map((document) => document.toJS())).toEqual(manifests);
  });

  test("is the same text when rendered again", async () => {
    const [first, second] = [await renderProfile(profile), await renderProfile(profile)];
    expect(toYaml(second.manifests)).toBe(toYaml(first.manifests));
  });

  test("makes every object through the one explicit provider and under an explicit name", async () => {
    const { resources, manifests } = await renderProfile(profile);
    const objects = resources.filter(({ type }) => /^kubernetes:/.test(type));
    expect(objects.map(({ provider }) => provider)).toSatisfy((providers: string[]) =>
      providers.every((provider) => provider.includes("::cluster::")),
    );
    expect(manifests.map(({ metadata }) => metadata.name)).not.toContain(undefined);
    expect(resources.filter(({ type }) => type === "pulumi:providers:kubernetes")).toHaveLength(1);
  });

  test("injects the annotated workloads and says so", async () => {
    const { manifests, outputs } = await renderProfile(profile);
    expect(outputs.instrumented).toEqual(["Deployment demo/frontend: sdk", "Deployment demo/quotes: nodejs"]);
    for (const name of ["frontend", "quotes"]) {
      const text = JSON.stringify(find(manifests, "Deployment", name));
      expect(text).toContain('{"name":"OTEL_EXPORTER_OTLP_ENDPOINT","value":"http://otel-agent.observability.svc:4318"}');
      expect(text).toContain('{"name":"OTEL_EXPORTER_OTLP_PROTOCOL","value":"http/protobuf"}');
    }
  });

  test("says that storage in memory forgets", async () => {
    const { outputs } = await renderProfile(profile);
    expect(outputs.storage).toMatch(/^memory .*traces are lost when Jaeger restarts/);
  });
});

test("laptop keeps nothing on disk", async () => {
  const { manifests } = await renderProfile("laptop");
  expect(find(manifests, "StatefulSet", "otel-gateway")["spec"]).not.toHaveProperty("volumeClaimTemplates");
  expect(configOf(manifests, "otel-gateway")).not.toContain("file_storage");
});

test("standard keeps the gateway's queue on a volume, synced at each write", async () => {
  const { manifests } = await renderProfile("standard", { storageClass: "fast" });
  const spec = find(manifests, "StatefulSet", "otel-gateway")["spec"];
  expect(spec).toMatchObject({ volumeClaimTemplates: [{ spec: { storageClassName: "fast" } }] });
  const config = configOf(manifests, "otel-gateway");
  expect(config).toContain("storage: file_storage");
  expect(config).toContain("fsync: true");
});

test("production keeps every key out of what is rendered, and gives each part its own", async () => {
  const { manifests } = await renderProfile("production");
  expect(toYaml(manifests)).not.toMatch(/PRIVATE KEY|LS0tLS1CRUdJTi/);
  const keys = (kind: string, name: string) =>
    [...JSON.stringify(find(manifests, kind, name)).matchAll(/"key":"([\w-]+-tls\.key)"/g)].map(([, key]) => key);
  expect(keys("DaemonSet", "otel-agent")).toEqual(["client-otel-agent-tls.key"]);
  expect(keys("StatefulSet", "otel-gateway")).toEqual(["server-gateway-tls.key", "client-otel-gateway-tls.key"]);
  expect(keys("StatefulSet", "jaeger")).toEqual(["server-jaeger-tls.key"]);
});

test("an autoscaler may change the number of pods, which is then not changed back", async () => {
  const { manifests, resources } = await renderProfile("laptop", { gatewayMaxReplicas: "4" });
  expect(find(manifests, "HorizontalPodAutoscaler", "otel-gateway")["spec"]).toMatchObject({
    minReplicas: 1,
    maxReplicas: 4,
  });
  expect(resources.some(({ type }) => type.endsWith(":HorizontalPodAutoscaler"))).toBe(true);
});

test("the namespace setting moves every part and every address", async () => {
  const { manifests, outputs } = await renderProfile("laptop", { namespace: "tracing" });
  expect(toYaml(manifests)).not.toMatch(/observability/);
  expect(outputs.endpoints.otlpHttp).toBe("http://otel-agent.tracing.svc:4318");
});

test("an existing namespace is used and not made", async () => {
  const { manifests } = await renderProfile("laptop", { createNamespace: "false" });
  expect(manifests.filter(({ kind }) => kind === "Namespace").map(({ metadata }) => metadata.name)).toEqual(["demo"]);
});

test("a changed configuration gets a ConfigMap of another name, which its pods mount", async () => {
  const [few, many] = [await renderProfile("laptop"), await renderProfile("laptop", { maxTraces: "77" })];
  const [before, after] = [few, many].map(({ manifests }) => find(manifests, "ConfigMap", "jaeger-").metadata.name);
  expect(after).not.toBe(before);
  expect(JSON.stringify(find(many.manifests, "StatefulSet", "jaeger"))).toContain(`"configMap":{"name":"${after}"}`);
});
