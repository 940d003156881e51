import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { sandboxDefaults } from "../../cli/deployment.ts";
import { checkoutRoot } from "../../sandbox/paths.ts";
import { kubectl, objects } from "./kubectl.ts";
import { exampleReceipt, up } from "./receipts.ts";
import { tracesOf } from "./stored.ts";
import { throughline } from "./throughline.ts";

interface Pod {
  metadata: { name: string; namespace: string; uid: string; deletionTimestamp?: string };
}

const injected = ["demo/frontend", "demo/quotes"];
const examples = sandboxDefaults["throughline:workloads"] as string[];
const setWorkloads = (...paths: string[]) => up("--set", `workloads=${JSON.stringify([...examples, ...paths])}`);
let folder: string;

/** UIDs of the pods of every workload, by `namespace/workload`: a new template makes new pods. */
async function pods(): Promise<Record<string, string>> {
  const found = (await objects<Pod>("pods", "-A")).filter(({ metadata }) => metadata.deletionTimestamp === undefined);
  const entries = found.map(({ metadata: { namespace, name, uid } }) => {
    // DEPLOYMENT-TEMPLATE-POD, DAEMONSET-POD or STATEFULSET-NUMBER.
    const workload = name.replace(/(-[0-9a-f]{6,10})?-[a-z0-9]{5}$/, "");
    return [`${namespace}/${workload}`, uid] as const;
  });
  return Object.fromEntries(entries);
}

const changed = (before: Record<string, string>, after: Record<string, string>) =>
  [...new Set([...Object.keys(before), ...Object.keys(after)])].filter((name) => before[name] !== after[name]).sort();

beforeAll(async () => {
  // A workload of the user that asks for nothing.
  folder = mkdtempSync(join(tmpdir(), "throughline-sampler-"));
  const quotes = readFileSync(join(checkoutRoot, "examples/quotes/kubernetes.yaml"), "utf8");
  const plain = quotes.replaceAll(/\bquotes$/gm, "plain").replace(/^ *annotations:\n.*\n.*inject-nodejs.*\n/m, "");
  expect(plain).not.toContain("inject-");
  writeFileSync(join(folder, "plain.yaml"), plain);
  await setWorkloads(folder);
  await vi.waitFor(exampleReceipt, { timeout: 120_000, interval: 2000 });
});

/** Takes the setting away, should it be there. */
async function unsetSampler(): Promise<void> {
  for (const name of ["sampler", "samplerArgument"]) {
    const { code, stderr } = await throughline(["pulumi", "config", "rm", `throughline:${name}`]);
    if (code !== 0) throw new Error(`throughline:${name} was not removed: ${stderr}`);
  }
}

afterAll(async () => {
  await unsetSampler();
  await setWorkloads();
  rmSync(folder, { recursive: true });
});

it("a sampler of ratio 0 rolls the injected workloads and only them, and their traces stop", async () => {
  const before = await pods();
  expect(Object.keys(before)).toEqual(expect.arrayContaining([...injected, "demo/plain", "observability/jaeger-0"]));
  const { update, same, ...other } = await up("--set", "sampler=traceidratio", "--set", "samplerArgument=0");
  expect({ update, other }).toEqual({ update: injected.length, other: {} });
  expect(same).toBeGreaterThan(injected.length);
  await gone(before);
  expect(changed(before, await pods())).toEqual(injected);

  const since = Date.now();
  const { code, stdout } = await throughline(["trace", "--output", "json", "--timeout", "15s"]);
  expect(code).toBe(1);
  expect(JSON.parse(stdout)).toMatchObject({ status: 200, complete: false, services: ["throughline-cli"] });
  expect(await Promise.all(["frontend", "quotes"].map((service) => tracesOf(service, since)))).toEqual([[], []]);
});

it("back at the sampler from before they roll once more, and their traces flow", async () => {
  const before = await pods();
  await unsetSampler();
  expect(await up()).toMatchObject({ update: injected.length });
  await gone(before);
  expect(changed(before, await pods())).toEqual(injected);
  let since = 0;
  const { services } = await vi.waitFor(
    () => {
      since = Date.now();
      return exampleReceipt();
    },
    { timeout: 120_000, interval: 2000 },
  );
  expect([...services].sort()).toEqual(["frontend", "quotes", "throughline-cli"]);
  expect(await tracesOf("quotes", since)).toHaveLength(1);
});

/** Returns when the pods that were replaced are gone: until then they may still answer. */
async function gone(before: Record<string, string>): Promise<void> {
  const old = new Set(injected.map((name) => before[name]));
  await vi.waitFor(
    async () => {
      const uids = (await objects<Pod>("pods", "-n", "demo")).map(({ metadata }) => metadata.uid);
      expect(uids.filter((uid) => old.has(uid))).toEqual([]);
    },
    { timeout: 120_000, interval: 500 },
  );
  await kubectl("-n", "demo", "rollout", "status", "deployment", "--timeout=120s");
}
