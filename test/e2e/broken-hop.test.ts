import { afterEach, describe, expect, it, vi } from "vitest";
import type { Receipt } from "../../receipt/trace.ts";
import { kubectl } from "./kubectl.ts";
import { receipt } from "./receipts.ts";
import { throughline } from "./throughline.ts";

const nowhere = '{"spec":{"template":{"spec":{"nodeSelector":{"nowhere":"true"}}}}}';
const anywhere = '{"spec":{"template":{"spec":{"nodeSelector":{"nowhere":null}}}}}';

/** How each hop is taken away and brought back, without the program's knowledge. */
const hops = {
  jaeger: {
    kill: () => kubectl("scale", "-n", "observability", "deployment/jaeger", "--replicas=0"),
    heal: () => kubectl("scale", "-n", "observability", "deployment/jaeger", "--replicas=1"),
    rollout: ["-n", "observability", "deployment/jaeger"],
    label: ["-n", "observability", "-l", "app.kubernetes.io/name=jaeger"],
  },
  gateway: {
    kill: () => kubectl("scale", "-n", "observability", "statefulset/otel-gateway", "--replicas=0"),
    heal: () => kubectl("scale", "-n", "observability", "statefulset/otel-gateway", "--replicas=1"),
    rollout: ["-n", "observability", "statefulset/otel-gateway"],
    label: ["-n", "observability", "-l", "app.kubernetes.io/name=otel-gateway"],
  },
  agent: {
    kill: () => kubectl("patch", "-n", "observability", "daemonset/otel-agent", "-p", nowhere),
    heal: () => kubectl("patch", "-n", "observability", "daemonset/otel-agent", "-p", anywhere),
    rollout: ["-n", "observability", "daemonset/otel-agent"],
    label: ["-n", "observability", "-l", "app.kubernetes.io/name=otel-agent"],
  },
  workload: {
    kill: () => kubectl("scale", "-n", "demo", "deployment/frontend", "--replicas=0"),
    heal: () => kubectl("scale", "-n", "demo", "deployment/frontend", "--replicas=1"),
    rollout: ["-n", "demo", "deployment/frontend"],
    label: ["-n", "demo", "-l", "app.kubernetes.io/name=frontend"],
  },
} as const;

describe.each(Object.entries(hops))("with the %s gone", (name, hop) => {
  afterEach(async () => {
    await hop.heal();
    await kubectl("rollout", "status", ...hop.rollout, "--timeout=120s");
    // SDKs and the agent's gRPC connection back off during the outage, for up to half a minute each.
    await vi.waitFor(receipt, { timeout: 120_000, interval: 2000 });
  });

  it("the receipt names that hop and fails", async () => {
    await hop.kill();
    await kubectl("wait", "--for=delete", "pod", ...hop.label, "--timeout=120s");
    const { code, stdout, stderr } = await throughline(["trace", "--timeout", "15s", "--output", "json"]);
    expect(code).toBe(1);
    expect(stderr).not.toMatch(/^\s+at .*\.ts:/m);
    const { fault } = JSON.parse(stdout) as Receipt;
    expect(fault).toEqual({ hop: name, sentence: expect.stringMatching(new RegExp(`^${name}: .+ Next: kubectl `)) });
  });
});
