import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { images } from "../../infra/versions.ts";
import { kubectl } from "./kubectl.ts";
import { up } from "./receipts.ts";
import { restoreSettings } from "./stack-settings.ts";
import { throughline } from "./throughline.ts";

const folder = mkdtempSync(join(tmpdir(), "throughline-room-"));

afterAll(async () => {
  restoreSettings();
  await up();
  expect(Object.keys(await up())).toEqual(["same"]);
  rmSync(folder, { recursive: true });
});

/** More than any node has. */
const workload = `apiVersion: v1
kind: Namespace
metadata: { name: no-room }
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: large, namespace: no-room }
spec:
  selector: { matchLabels: { app: large } }
  template:
    metadata:
      labels: { app: large }
      annotations: { instrumentation.opentelemetry.io/inject-sdk: "true" }
    spec:
      containers: [{ name: one, image: "${images.pause}", resources: { requests: { cpu: "1000" } } }]
`;

it("an up that waits for a pod without room says so after 15 s, and goes on waiting", async () => {
  const file = join(folder, "large.yaml");
  writeFileSync(file, workload);
  const made = ["get", "-n", "no-room", "deployment/large", "-o", "jsonpath={.metadata.creationTimestamp}"];
  let said = 0;
  const { code } = await throughline(["up", "--set", `workloads=${JSON.stringify([file])}`], {
    onOutput: (text, child) => {
      const line = /warning: Deployment no-room\/large is not ready yet, .*\n.*FailedScheduling: .*Insufficient cpu/;
      if (said > 0 || !line.test(text)) return;
      said = Date.now();
      // The whole process group, as a terminal's Ctrl-C would.
      process.kill(-child.pid!, "SIGINT");
    },
  });
  expect(code).not.toBe(0);
  const seconds = (said - Date.parse(await kubectl(...made))) / 1000;
  expect(seconds).toBeGreaterThan(15);
  expect(seconds).toBeLessThan(40);
});
