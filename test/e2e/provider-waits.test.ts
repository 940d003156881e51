import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { KubeConfig } from "@kubernetes/client-node";
import { describe, expect, test } from "vitest";
import { kubectl } from "./kubectl.ts";
import {
  configMap,
  context,
  deployment,
  get,
  kubeconfig,
  namespace,
  preview,
  project,
  timed,
  unschedulable,
  up,
  useTrial,
} from "./provider-trial.ts";

useTrial();

/** Takes away what the test has made. */
async function cleared(): Promise<void> {
  const { code, output } = await up("");
  expect(code, output).toBe(0);
}

describe("waits", () => {
  test("fail with the pod and its reason, and go on from there the next time", async () => {
    const annotations = `{ "pulumi.com/timeoutSeconds": "10" }`;
    const failed = await up(deployment(unschedulable, annotations));
    expect(failed.code).toBe(1);
    expect(failed.output).toMatch(
      new RegExp(`Deployment ${namespace}/web is not ready after 10 s: 0 of 1 replicas are available`),
    );
    expect(failed.output).toMatch(/pod web-\S+: FailedScheduling: .*nodes/);
    const again = await up(deployment(unschedulable, annotations, "paused: true"));
    expect(again.code, again.output).toBe(0);
    expect(again.output).toContain("1 updated");
  });

  test("tell that a policy refuses the pods", async () => {
    await cleared();
    await kubectl("label", "namespace", namespace, "pod-security.kubernetes.io/enforce=restricted");
    const { output } = await up(
      deployment(unschedulable, `{ "pulumi.com/timeoutSeconds": "10" }`, "revisionHistoryLimit: 3"),
    );
    await kubectl("label", "namespace", namespace, "pod-security.kubernetes.io/enforce-");
    expect(output).toContain("violates PodSecurity");
    await cleared();
  });

  test("end at once with skipAwait, and with the program's own conditions", async () => {
    const skipped = await up(deployment(unschedulable, `{ "pulumi.com/skipAwait": "true" }`));
    expect(skipped.code, skipped.output).toBe(0);
    const met = await up(
      deployment(
        unschedulable,
        `{ "pulumi.com/waitFor": '["jsonpath={.status.unavailableReplicas}=1", "condition=Available=False"]' }`,
      ),
    );
    expect(met.code, met.output).toBe(0);
    const unmet = await up(
      deployment(unschedulable, `{ "pulumi.com/waitFor": "condition=Available", "pulumi.com/timeoutSeconds": "2" }`),
    );
    expect(unmet.code).toBe(1);
    expect(unmet.output).toContain("condition Available is False, waiting for True");
    const malformed = await preview(deployment(unschedulable, `{ "pulumi.com/waitFor": "Available" }`));
    expect(malformed.output).toContain("write condition=NAME");
    await cleared();
  });

  test("hold a Service until a pod answers for it", async () => {
    const service = `new k8s.core.v1.Service("lone", { metadata: { name: "lone", namespace }, spec: { selector: { app: "nobody" }, ports: [{ port: 80 }] } },
      { provider, customTimeouts: { create: "2s" } });`;
    const { code, output } = await up(service);
    expect(code).toBe(1);
    expect(output).toContain(
      `Service ${namespace}/lone is not ready after 2 s: no pod that its selector matches is ready`,
    );
    await cleared();
  });
});

describe("secrets", () => {
  test("are nowhere in the state or the output in plain text", async () => {
    const { code, output } = await up(`
      const hidden = pulumi.secret("s3cr3t-value");
      const secret = new k8s.core.v1.Secret("secret", { metadata: { name: "secret", namespace }, stringData: { password: "an0ther-secret" } }, options);
      const map = new k8s.core.v1.ConfigMap("map", { metadata: { name: "map", namespace }, data: { plain: "seen", hidden } }, options);
      ${deployment(`containers: [{ name: "c", image: "x:1", env: [{ name: "A", value: "plain" }, { name: "B", value: hidden }] }]`, `{ "pulumi.com/skipAwait": "true" }`)}
      export const data = secret.data; export const copy = map.data;`);
    expect(code, output).toBe(0);
    expect((await get("configmap", "map")).data.hidden).toBe("s3cr3t-value");
    const encoded = Buffer.from("an0ther-secret").toString("base64");
    for (const text of ["s3cr3t-value", "an0ther-secret", encoded]) {
      expect(output).not.toContain(text);
      for (const file of filesUnder(join(project.stateDir, "pulumi")))
        expect(readFileSync(file, "latin1"), file).not.toContain(text);
    }
    expect(await project.outputs()).toMatchObject({
      data: { password: encoded },
      copy: { plain: "seen", hidden: "s3cr3t-value" },
    });
  });

  test("are kept out of the server's error messages", async () => {
    const { code, output } = await up(
      `new k8s.core.v1.ConfigMap("bad", { metadata: { name: "bad", namespace, labels: { l: pulumi.secret("s3cr3t value!") } } }, options);`,
    );
    expect(code).toBe(1);
    expect(output).toContain("[secret]");
    expect(output).not.toContain("s3cr3t value!");
  });
});

describe("the connection", () => {
  test("goes to the context that the program names", async () => {
    const two = new KubeConfig();
    two.loadFromFile(kubeconfig);
    const file = join(project.stateDir, "two-contexts");
    const broken = { name: "elsewhere", cluster: "elsewhere", user: two.getContexts()[0]!.user };
    two.contexts = [...two.contexts, broken];
    two.clusters = [...two.clusters, { name: "elsewhere", server: "https://127.0.0.1:1", skipTLSVerify: false }];
    two.setCurrentContext("elsewhere");
    writeFileSync(file, two.exportConfig(), { mode: 0o600 });
    const named = await preview(configMap("{}"), JSON.stringify({ kubeconfig: file, context }));
    expect(named.code, named.output).toBe(0);
    const wrong = await preview(configMap("{}"), JSON.stringify({ kubeconfig: file, context: "prod" }));
    expect(wrong.code).toBe(1);
    expect(wrong.output).toContain(`context: got "prod", but ${file} has ${context}, elsewhere`);
    expect(wrong.output.match(/got "prod"/g)!.length).toBeLessThanOrEqual(2);
  });

  test.each(["nobody listens", "nobody answers"])("fails within 15 s with the server's name when %s", async (how) => {
    const silent = createServer((socket) => socket.on("error", () => {}).resume()).listen(0, "127.0.0.1");
    await new Promise((resolve) => silent.once("listening", resolve));
    const { port } = silent.address() as { port: number };
    if (how === "nobody listens") silent.close();
    const content = JSON.stringify({
      clusters: [{ name: "c", cluster: { server: `https://127.0.0.1:${port}` } }],
      users: [{ name: "u", user: {} }],
      contexts: [{ name: "gone", context: { cluster: "c", user: "u" } }],
    });
    const [, usual] = await timed(preview(configMap("{}")));
    const [{ code, output }, ms] = await timed(
      preview(configMap("{}"), JSON.stringify({ kubeconfig: content, context: "gone" })),
    );
    silent.close();
    expect(code).toBe(1);
    expect(output).toContain(`cannot reach the Kubernetes API server https://127.0.0.1:${port}`);
    expect(ms - usual).toBeLessThan(15_000);
  });

  test("what the stand-in does not do is refused with a way out", async () => {
    const patch = await preview(
      `new k8s.core.v1.ConfigMapPatch("p", { metadata: { name: "map", namespace }, data: { a: "1" } }, options);`,
    );
    expect(patch.output).toContain("has no patch resources");
    const chart = await preview(`new k8s.helm.v4.Chart("c", { chart: "x", namespace }, options);`);
    expect(chart.output).toContain("has no remote components");
  });
});

function filesUnder(dir: string): string[] {
  return readdirSync(dir, { recursive: true, withFileTypes: true }).flatMap((entry) =>
    entry.isFile() ? [join(entry.parentPath, entry.name)] : [],
  );
}
