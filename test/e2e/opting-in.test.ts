import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { sandboxDefaults } from "../../cli/deployment.ts";
import { checkoutRoot } from "../../sandbox/paths.ts";
import { objects } from "./kubectl.ts";
import { exampleReceipt, receipt, up } from "./receipts.ts";

interface Pod {
  metadata: { deletionTimestamp?: string };
  spec: { containers: { env?: { name: string }[] }[]; initContainers?: unknown[]; volumes?: { name: string }[] };
}

const annotation = /^ *instrumentation\.opentelemetry\.io\/inject-nodejs:.*\n/m;

async function quotesPod(): Promise<Pod["spec"]> {
  const pods = await objects<Pod>("pods", "-n", "demo", "-l", "app.kubernetes.io/name=quotes");
  const living = pods.filter((pod) => pod.metadata.deletionTimestamp === undefined);
  expect(living).toHaveLength(1);
  return living[0]!.spec;
}

const variables = (spec: Pod["spec"]) =>
  spec.containers.flatMap((container) => container.env ?? []).map(({ name }) => name);

describe("the annotation on the pod template", () => {
  let copy: string;
  let manifest: string;

  beforeAll(() => {
    copy = mkdtempSync(join(tmpdir(), "throughline-workloads-"));
    // A folder stands for the files in it, so the three lie side by side.
    cpSync(join(checkoutRoot, "examples/namespace.yaml"), join(copy, "namespace.yaml"));
    cpSync(join(checkoutRoot, "examples/frontend/kubernetes.yaml"), join(copy, "frontend.yaml"));
    manifest = join(copy, "quotes.yaml");
    cpSync(join(checkoutRoot, "examples/quotes/kubernetes.yaml"), manifest);
  });

  afterAll(async () => {
    await up("--set", `workloads=${JSON.stringify(sandboxDefaults["throughline:workloads"])}`);
    rmSync(copy, { recursive: true, force: true });
  });

  it("brings variables and agent in while it is there", async () => {
    const spec = await quotesPod();
    expect(variables(spec)).toEqual(
      expect.arrayContaining(["OTEL_SERVICE_NAME", "OTEL_EXPORTER_OTLP_ENDPOINT", "NODE_OPTIONS"]),
    );
    expect(spec.initContainers).toHaveLength(1);
  });

  it("takes every injected part and the service's spans away when it goes", async () => {
    const text = readFileSync(manifest, "utf8");
    expect(text).toMatch(annotation);
    writeFileSync(manifest, text.replace(annotation, ""));
    await up("--set", `workloads=${JSON.stringify([copy])}`);

    const spec = await quotesPod();
    expect(variables(spec).filter((name) => /^(OTEL_|NODE_OPTIONS)/.test(name))).toEqual([]);
    expect(spec.initContainers ?? []).toEqual([]);
    expect((spec.volumes ?? []).filter(({ name }) => name.includes("instrumentation"))).toEqual([]);
    const trace = await receipt();
    expect([...trace.services].sort()).toEqual(["frontend", "throughline-cli"]);
  });

  it("brings both back when it returns", async () => {
    cpSync(join(checkoutRoot, "examples/quotes/kubernetes.yaml"), manifest);
    await up("--set", `workloads=${JSON.stringify([copy])}`);
    expect(variables(await quotesPod())).toContain("OTEL_SERVICE_NAME");
    expect((await exampleReceipt()).services).toContain("quotes");
  });
});
