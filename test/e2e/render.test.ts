import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { sandboxContext } from "../../common/names.ts";
import { kubeConfigOf } from "../../infra/kubeconfig.ts";
import { probe } from "../../receipt/probe.ts";
import { kubernetesSite } from "../../receipt/site.ts";
import { stateDir } from "../../sandbox/paths.ts";
import { kubectl } from "./kubectl.ts";
import { throughline } from "./throughline.ts";

const namespace = "rendered";
let root: string;
let apply: string[];
const render = () =>
  throughline([
    ...["render", join(root, "out"), "--secrets", join(root, "secrets.yaml"), "--profile", "laptop"],
    ...["--set", `namespace=${namespace}`, "--set", "tls=mutual", "--set", "prometheus.scrape=true"],
  ]);

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), "throughline-rendered-"));
  apply = ["-f", join(root, "out"), "-f", join(root, "secrets.yaml")];
  const { code, stderr } = await render();
  expect(code, stderr).toBe(0);
});
afterAll(async () => {
  await kubectl("delete", "--ignore-not-found", "--wait", ...apply);
  rmSync(root, { recursive: true });
});

test("kubectl applies the folder as it is, and a trace gets through what it makes, by mutual TLS", async () => {
  await kubectl("apply", ...apply);
  for (const workload of ["statefulset/jaeger", "statefulset/otel-gateway", "daemonset/otel-agent"]) {
    await kubectl("-n", namespace, "rollout", "status", "--timeout=180s", workload);
  }
  const kubeConfig = kubeConfigOf({ context: sandboxContext, kubeconfig: join(stateDir(), "kubeconfig") });
  expect(await probe({ site: kubernetesSite(kubeConfig, namespace), timeoutMs: 60_000 })).toBeGreaterThanOrEqual(0);
});

test("a second run changes no file, and a second apply no object: what the API server fills in is no drift", async () => {
  const { stdout } = await render();
  expect(stdout).toMatch(/0 files new, 0 changed, 0 removed/);
  const lines = (await kubectl("apply", ...apply)).trim().split("\n");
  expect(lines.filter((line) => !line.endsWith(" unchanged"))).toEqual([]);
  // It rejects where anything differs.
  expect(await kubectl("diff", ...apply)).toBe("");
  // The same where a controller applies on the server's side, as Argo CD can.
  const serverSide = ["--server-side", "--force-conflicts", ...apply];
  await kubectl("apply", ...serverSide);
  expect(await kubectl("diff", ...serverSide)).toBe("");
});

test("the line that is printed applies the operator's kind before what is of that kind", async () => {
  const kind = "customresourcedefinition/instrumentations.opentelemetry.io";
  const was = await kubectl("get", "--ignore-not-found", "-o", "name", kind);
  const folder = join(root, "operator");
  const { code, stdout, stderr } = await throughline([
    ...["render", folder, "--secrets", join(root, "operator.yaml"), "--set", `operator.namespaces=["${namespace}"]`],
    ...["--set", "namespace=rendered-operator"],
  ]);
  expect(code, stderr).toBe(0);
  const [, line = ""] = /^Apply: (.*)$/m.exec(stdout) ?? [];
  try {
    const env = { ...process.env, PATH: `${join(stateDir(), "cluster/bin")}:${process.env["PATH"]}` };
    execFileSync("sh", ["-ec", line], { env: { ...env, KUBECONFIG: join(stateDir(), "kubeconfig") } });
    expect(await kubectl("-n", namespace, "get", "instrumentations", "-o", "name")).toContain("default");
  } finally {
    const own =
      was === ""
        ? [folder]
        : readdirSync(folder)
            .filter((name) => !/^[.1]/.test(name))
            .map((name) => join(folder, name));
    await kubectl("delete", "--ignore-not-found", "--wait", ...own.flatMap((file) => ["-f", file]));
  }
});
