import { afterAll, describe, expect, inject, it, vi } from "vitest";
import { kubectl, objects } from "./kubectl.ts";
import { exampleReceipt, up } from "./receipts.ts";
import { throughline } from "./throughline.ts";

describe("after throughline start", () => {
  // Queues stay when their gateways go.
  afterAll(() => kubectl("delete", "pvc", "-n", "observability", "--all", "--wait"));

  const whole = /^Trace complete, answered 200$[\s\S]*^services +3 \(throughline-cli, frontend, quotes\)$/m;

  it("npm start itself ended in a receipt with the CLI, the Go and the Node service", () => {
    expect(inject("start").output).toMatch(whole);
  });

  it("a new trace has three services, one root and no orphan", async () => {
    const trace = await exampleReceipt();
    expect(trace).toMatchObject({ complete: true, status: 200 });
    expect(trace.missingParents).toEqual([]);
    expect([...trace.services].sort()).toEqual(["frontend", "quotes", "throughline-cli"]);
    const ids = new Set(trace.spans.map((span) => span.spanId));
    expect(trace.spans.filter((span) => !span.parentSpanId || !ids.has(span.parentSpanId))).toHaveLength(1);
    expect(trace.link).toMatch(new RegExp(`/trace/${trace.traceId}$`));
  });

  it("the link of the receipt answers from the host", async () => {
    const { link, traceId } = await exampleReceipt();
    const answer = await fetch(new URL(`/api/v3/traces/${traceId}`, link));
    expect(answer.status).toBe(200);
    expect(await answer.text()).toContain("quotes");
  });

  it("every pod of ours runs in a namespace that enforces Pod Security restricted", async () => {
    const namespaces = await objects<{ metadata: { name: string; labels: Record<string, string> } }>("namespaces");
    const ours = namespaces.filter(({ metadata }) => ["observability", "demo"].includes(metadata.name));
    expect(ours.map(({ metadata }) => metadata.labels["pod-security.kubernetes.io/enforce"])).toEqual([
      "restricted",
      "restricted",
    ]);
  });

  it("a second up changes nothing", async () => {
    expect(Object.keys(await up())).toEqual(["same"]);
  });

  it("a second start takes at most 90 s and ends in a receipt", async () => {
    const again = async () => {
      const begun = Date.now();
      const { code, stdout } = await throughline(["start"]);
      expect(code).toBe(0);
      expect(stdout).toMatch(whole);
      return (Date.now() - begun) / 1000;
    };
    const seconds = await again();
    // A machine that stood still meanwhile does so once.
    expect(seconds < 90 ? seconds : await again()).toBeLessThan(90);
  });

  it("the profile standard keeps the gateway's queue on a disk, and traces flow there too", async () => {
    await up("--set", "profile=standard");
    const claims = await objects<{ status: { phase: string } }>("pvc", "-n", "observability");
    expect(claims.map(({ status }) => status.phase)).toEqual(["Bound"]);
    await vi.waitFor(exampleReceipt, { timeout: 120_000, interval: 2000 });
    await up("--set", "profile=laptop");
    await vi.waitFor(exampleReceipt, { timeout: 120_000, interval: 2000 });
  });
});
