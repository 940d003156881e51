import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { images } from "../../infra/versions.ts";
import { up } from "./receipts.ts";
import { restoreSettings } from "./stack-settings.ts";
import { throughline } from "./throughline.ts";

const folder = mkdtempSync(join(tmpdir(), "throughline-places-"));

afterAll(async () => {
  restoreSettings();
  await up();
  rmSync(folder, { recursive: true });
});

const namespace = `apiVersion: v1
kind: Namespace
metadata: { name: places }
`;
const service = (name: string) => `---
apiVersion: v1
kind: Service
metadata: { name: ${name}, namespace: places }
spec: { selector: { app: ${name} }, ports: [{ port: 80 }] }
`;
const deployment = (name: string) => `---
apiVersion: apps/v1
kind: Deployment
metadata: { name: ${name}, namespace: places }
spec:
  selector: { matchLabels: { app: ${name} } }
  template:
    metadata: { labels: { app: ${name} } }
    spec: { containers: [{ name: one, image: "${images.pause}" }] }
`;

it("Services that wait for their pods leave room for the Deployments behind them, also where the engine does one thing at a time", async () => {
  const names = ["one", "two", "three"];
  const file = join(folder, "places.yaml");
  // As `helm template` prints them: all Services first.
  writeFileSync(file, [namespace, ...names.map(service), ...names.map(deployment)].join(""));
  const workloads = ["--set", `workloads=${JSON.stringify([file])}`];
  const { code, stderr } = await throughline(["up", ...workloads], { env: { PULUMI_PARALLEL: "1" } });
  expect(code, stderr).toBe(0);
});
