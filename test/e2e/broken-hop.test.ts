import { afterEach, describe, expect, it, vi } from "vitest";
import type { Receipt } from "../../receipt/trace.ts";
import { kubectl, objects } from "./kubectl.ts";
import { exampleReceipt } from "./receipts.ts";
import { throughline } from "./throughline.ts";

const observability = ["-n", "observability"];
const nowhere = '{"spec":{"template":{"spec":{"nodeSelector":{"nowhere":"true"}}}}}';
const anywhere = '{"spec":{"template":{"spec":{"nodeSelector":{"nowhere":null}}}}}';

const patch = (what: string, change: string) => kubectl("patch", ...observability, what, "-p", change);

/** Once the hop is back, SDKs and the agent still back off, for up to half a minute each. */
const healed = () => vi.waitFor(exampleReceipt, { timeout: 120_000, interval: 2000 });

interface Pod {
  metadata: { name: string };
  status: { conditions?: { type: string; status: string }[] };
}

/** Replaces the gateway's pod, so that connections from before are gone, and waits until all three parts are ready. */
async function restartGateway(): Promise<void> {
  await kubectl("delete", "pod", ...observability, "otel-gateway-0");
  const allReady = async () => {
    const pods = await objects<Pod>("pods", ...observability);
    const ready = pods.filter(({ status }) =>
      status.conditions?.some(({ type, status }) => type === "Ready" && status === "True"),
    );
    expect([pods.length, ready.length]).toEqual([3, 3]);
  };
  await vi.waitFor(allReady, { timeout: 120_000, interval: 500 });
}

async function brokenTrace(): Promise<Receipt> {
  const { code, stdout, stderr } = await throughline(["trace", "--timeout", "15s", "--output", "json"]);
  expect(code, stdout).toBe(1);
  expect(stderr).not.toMatch(/^\s+at .*\.ts:/m);
  return JSON.parse(stdout);
}

/** How each hop is taken away and brought back, without the program's knowledge. */
const hops = {
  jaeger: {
    kill: () => kubectl("scale", ...observability, "statefulset/jaeger", "--replicas=0"),
    heal: () => kubectl("scale", ...observability, "statefulset/jaeger", "--replicas=1"),
    rollout: [...observability, "statefulset/jaeger"],
    label: [...observability, "-l", "app.kubernetes.io/name=jaeger"],
  },
  gateway: {
    kill: () => kubectl("scale", ...observability, "statefulset/otel-gateway", "--replicas=0"),
    heal: () => kubectl("scale", ...observability, "statefulset/otel-gateway", "--replicas=1"),
    rollout: [...observability, "statefulset/otel-gateway"],
    label: [...observability, "-l", "app.kubernetes.io/name=otel-gateway"],
  },
  agent: {
    kill: () => patch("daemonset/otel-agent", nowhere),
    heal: () => patch("daemonset/otel-agent", anywhere),
    rollout: [...observability, "daemonset/otel-agent"],
    label: [...observability, "-l", "app.kubernetes.io/name=otel-agent"],
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
    await healed();
  });

  it("the receipt names that hop and fails", async () => {
    await hop.kill();
    await kubectl("wait", "--for=delete", "pod", ...hop.label, "--timeout=120s");
    const { fault } = await brokenTrace();
    expect(fault).toEqual({
      hop: name,
      sentence: expect.stringMatching(new RegExp(`^${name}: .+ Next: \\S*kubectl `)),
    });
  });
});

/** Ways between the hops, cut while every pod is ready: only the Collectors' own metrics tell. */
const ways = {
  gateway: {
    cut: () => patch("service/otel-gateway-otlp", '{"spec":{"selector":{"nowhere":"true"}}}'),
    heal: () => patch("service/otel-gateway-otlp", '{"spec":{"selector":{"nowhere":null}}}'),
    sentence: /^gateway: the agent could not hand spans on to it; agent: \d+ accepted, 0 sent, .*; gateway: 0 accepted/,
  },
  jaeger: {
    cut: () => patch("service/jaeger", '{"spec":{"ports":[{"port":4318,"targetPort":9}]}}'),
    heal: () => patch("service/jaeger", '{"spec":{"ports":[{"port":4318,"targetPort":"otlp-http"}]}}'),
    sentence: /^jaeger: the gateway could not hand spans on to it; agent: .*; gateway: \d+ accepted, 0 sent, /,
  },
} as const;

describe.each(Object.entries(ways))("with the way to the %s cut and every pod ready", (name, way) => {
  afterEach(async () => {
    await way.heal();
    await healed();
  });

  it("the receipt names that hop by the Collectors' counters", async () => {
    await way.cut();
    await restartGateway();
    // Where a Collector's metrics come too late, the sentence says so instead.
    await vi.waitFor(
      async () => {
        const { fault } = await brokenTrace();
        expect(fault).toEqual({ hop: name, sentence: expect.stringMatching(way.sentence) });
      },
      { timeout: 240_000, interval: 1000 },
    );
  });
});

describe.each(["jaeger", "gateway"] as const)("with the pod of the %s killed that moment", (name) => {
  afterEach(async () => {
    await healed();
  });

  it("a trace is complete, or its receipt names that hop", async () => {
    await kubectl("delete", "pod", ...hops[name].label, "--force", "--grace-period=0", "--wait=false");
    const { stdout } = await throughline(["trace", "--expect", "frontend,quotes", "--output", "json"]);
    const { complete, fault } = JSON.parse(stdout) as Receipt;
    expect(complete ? name : fault?.hop, stdout).toBe(name);
  });
});

describe("with the called workload's own backend gone", () => {
  afterEach(async () => {
    await kubectl("scale", "-n", "demo", "deployment/quotes", "--replicas=1");
    await kubectl("rollout", "status", "-n", "demo", "deployment/quotes", "--timeout=120s");
    expect((await healed()).status).toBe(200);
  });

  it("the receipt tells the status, and which expected service is missing and why", async () => {
    await kubectl("scale", "-n", "demo", "deployment/quotes", "--replicas=0");
    await kubectl("wait", "--for=delete", "pod", "-n", "demo", "-l", "app.kubernetes.io/name=quotes", "--timeout=120s");

    const { code, stdout } = await throughline(["trace"]);
    expect(code, stdout).toBe(0);
    expect(stdout).toMatch(/^Trace complete, answered 502$[\s\S]*^services +2 \(throughline-cli, frontend\)$/m);
    expect(stdout).toMatch(/^warning: the call was answered 502/m);

    const args = ["trace", "--expect", "frontend,quotes", "--timeout", "10s", "--output", "json"];
    const expecting = await throughline(args);
    expect(expecting.code).toBe(1);
    expect(JSON.parse(expecting.stdout)).toMatchObject({
      complete: false,
      status: 502,
      fault: {
        hop: "workload",
        sentence: expect.stringMatching(
          /no span of quotes \(there is no pod of it in namespace demo\); the call was answered 502\. Next: \S*kubectl /,
        ),
      },
    });
  });
});
