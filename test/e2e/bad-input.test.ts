import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { objects } from "./kubectl.ts";
import { up } from "./receipts.ts";
import { throughline } from "./throughline.ts";

const workload = (annotations: string) => `apiVersion: apps/v1
kind: Deployment
metadata: { name: wrong, namespace: demo }
spec:
  selector: { matchLabels: { app: wrong } }
  template:
    metadata:
      labels: { app: wrong }
      annotations: ${annotations}
    spec:
      containers: [{ name: one, image: "registry.k8s.io/pause:3.10" }]
`;

/** An added exporter, whose keys none of our own rules knows. */
const misspelt = {
  exporters: { "otlp_http/vendor": { endpoint: "https://vendor.example.com", endpoind: "https://vendor.example.com" } },
  pipelines: { traces: { exporters: ["otlp_http/vendor"] } },
};

/** Everything the program could have touched, by identity and generation. */
async function inventory(): Promise<string[]> {
  const kinds = "namespaces,deployments,daemonsets,statefulsets,services,configmaps,serviceaccounts";
  const found = await objects<{
    kind: string;
    metadata: { name: string; namespace?: string; uid: string; generation?: number };
  }>(kinds, "-A");
  return found.map(({ kind, metadata: m }) => `${kind} ${m.namespace}/${m.name} ${m.uid} ${m.generation}`).sort();
}

describe("bad input is one clear error and nothing is applied", () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "throughline-bad-"));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const workloads = (text: string) => {
    const file = join(folder, "wrong.yaml");
    writeFileSync(file, text);
    return ["--set", `workloads=${JSON.stringify([file])}`];
  };
  const cases: [string, () => string[], RegExp[]][] = [
    ["a wrong profile", () => ["--set", "profile=labtop"], [/profile/, /labtop/, /laptop/]],
    ["an unknown key", () => ["--set", "profil=laptop"], [/profil\b/, /profile/]],
    [
      "a malformed annotation",
      () =>
        workloads(
          workload(
            '{ instrumentation.opentelemetry.io/inject-sdk: "true", instrumentation.opentelemetry.io/container-names: "one, two" }',
          ),
        ),
      [/container-names/, /one, two/, /wrong/],
    ],
    [
      "two languages without container names",
      () =>
        workloads(
          workload(
            '{ instrumentation.opentelemetry.io/inject-nodejs: "true", instrumentation.opentelemetry.io/inject-sdk: "true" }',
          ),
        ),
      [/nodejs/, /sdk/, /container-names/, /wrong/],
    ],
    [
      "a key that only the real Collector knows to be wrong",
      () => ["--set", `gatewayExtra=${JSON.stringify(misspelt)}`],
      [/throughline:gatewayExtra/, /exporters\.otlp_http\/vendor/, /endpoind/],
    ],
    ["workloads that are not there", () => ["--set", 'workloads=["no/such/folder"]'], [/no\/such\/folder/]],
  ];

  it.each(cases)("%s", async (_name, args, expected) => {
    const before = await inventory();
    const { code, stderr } = await throughline(["up", ...args()]);
    expect(code).toBe(1);
    for (const part of expected) expect(stderr).toMatch(part);
    expect(stderr).not.toMatch(/^\s+at /m);
    expect(await inventory()).toEqual(before);
  });

  it("and the settings that were there still stand", async () => {
    expect(Object.keys(await up())).toEqual(["same"]);
  });
});
