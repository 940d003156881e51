import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { KubeConfig } from "@kubernetes/client-node";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { jaegerConfig } from "../../collector-config/jaeger.ts";
import { ports } from "../../collector-config/ports.ts";
import { toYaml } from "../../collector-config/shared.ts";
import { images } from "../../infra/versions.ts";
import { type Forward, forward } from "../../receipt/forward.ts";
import { stateDir } from "../../sandbox/paths.ts";
import { deploy, reach, removeServers } from "./backends/deploy.ts";
import type { Server } from "./backends/manifest.ts";
import { crash, restartsOf } from "./crash.ts";
import { kubectl, objects } from "./kubectl.ts";
import { type Answers, incomplete, newSpanId, newTraceId, type Sent, sendSpan, spansOf, steadyLoad } from "./load.ts";
import { eventually } from "./node-workloads.ts";
import { exampleReceipt, up } from "./receipts.ts";
import { restoreSettings, settingsFile } from "./stack-settings.ts";
import { withLateProxy, withStandstill } from "./standstill.ts";
import { throughline } from "./throughline.ts";
import { greet } from "./tls-probe.ts";

const observability = ["-n", "observability"];
const gateways = ["otel-gateway-0", "otel-gateway-1", "otel-gateway-2"];

/** A second backend: the stack's own Jaeger forgets its traces when a new generation of certificates restarts it. */
const sink: Server = {
  name: "sink",
  image: images.jaeger,
  args: ["--config=/etc/sink/config.yaml"],
  env: { POD_IP: "0.0.0.0" },
  ports: { query: ports.query, "otlp-grpc": ports.otlpGrpc },
  user: 10001,
  memory: "512Mi",
  files: { "/etc/sink/config.yaml": toYaml(jaegerConfig({ storage: { kind: "memory", maxTraces: 20_000 } })) },
  ready: "/",
};

interface Pod {
  metadata: { name: string; uid: string; labels: Record<string, string>; deletionTimestamp?: string };
  status: { conditions?: { type: string; status: string }[] };
}

/** After the gateways are made anew, an agent that routes by trace id, over gRPC, may still back off for longer than a receipt waits. */
const healed = () => vi.waitFor(exampleReceipt, { timeout: 120_000, interval: 2000 });

let traces: Forward;
let frontend: Forward;
let agent: Forward;

beforeAll(async () => {
  await deploy(sink);
  const config = new KubeConfig();
  config.loadFromFile(join(stateDir(), "kubeconfig"));
  traces = await reach(sink);
  frontend = await forward(config, { namespace: "demo", service: "frontend", port: 8080 });
  agent = await forward(config, { namespace: "observability", service: "otel-agent", port: ports.otlpHttp });
});

afterAll(async () => {
  restoreSettings();
  await up();
  for (const way of [traces, frontend, agent]) await way?.close();
  await removeServers();
  // Queues stay when their gateways go, so that nothing is lost by mistake.
  await kubectl("delete", "pvc", ...observability, "--all", "--wait");
  expect(await names("pvc,secrets,pdb,hpa")).toEqual([]);
  expect(await healed()).toMatchObject({ complete: true });
  expect(Object.keys(await up())).toEqual(["same"]);
});

async function names(kinds: string): Promise<string[]> {
  return (await objects<Pod>(kinds, ...observability)).map(({ metadata }) => metadata.name).sort();
}

/** Makes the pods of a workload anew and waits until the old ones are gone. */
async function replace(workload: string): Promise<void> {
  await kubectl("rollout", "restart", ...observability, workload);
  await kubectl("rollout", "status", ...observability, workload, "--timeout=300s");
}

/** Keeps requests coming while `what` happens and 3 s beyond, and expects the trace of each answered one to arrive. */
async function underLoad(title: string, what: () => Promise<unknown>): Promise<void> {
  const load = steadyLoad(frontend.url, 10);
  let answers: Answers;
  try {
    await what();
    await sleep(3000);
  } finally {
    answers = await load.stop();
  }
  const { missing, duplicates } = await incomplete(traces.url, answers.answered);
  const { answered, refused } = answers;
  console.log(`${title}: ${answered.length} answered, ${refused.length} refused, ${duplicates} spans twice`);
  expect(answered.length).toBeGreaterThan(50);
  expect(missing, `${missing.length} of ${answered.length} traces`).toEqual([]);
}

describe("the profile production", () => {
  const settings = ["--set", "profile=production", "--set", `otlp.endpoint=http://sink.backends.svc:${ports.otlpGrpc}`];

  it("brings up three gateways with disk queues and mutual TLS, and a trace through them", async () => {
    await up(...settings);
    const pods = await objects<Pod>("pods", ...observability);
    const isReady = ({ status }: Pod) => status.conditions?.find(({ type }) => type === "Ready")?.status === "True";
    expect(
      pods
        .filter(isReady)
        .map(({ metadata }) => metadata.labels["app.kubernetes.io/name"])
        .sort(),
    ).toEqual(["jaeger", "otel-agent", "otel-gateway", "otel-gateway", "otel-gateway"]);
    expect(await healed()).toMatchObject({ complete: true, status: 200 });
    const claims = await objects<{ metadata: { name: string }; status: { phase: string } }>("pvc", ...observability);
    expect(claims.map(({ metadata, status }) => [metadata.name, status.phase])).toEqual(
      gateways.map((name) => [`queue-${name}`, "Bound"]),
    );
    await vi.waitFor(
      async () => {
        const [budget] = await objects<{ spec: object; status: object }>("pdb", ...observability);
        expect(budget).toMatchObject({
          spec: { maxUnavailable: 1 },
          status: { currentHealthy: 3, disruptionsAllowed: 1 },
        });
      },
      { timeout: 60_000, interval: 1000 },
    );
    const { spec } = JSON.parse(await kubectl("get", ...observability, "statefulset/otel-gateway", "-o", "json"));
    expect(
      spec.template.spec.topologySpreadConstraints.map(({ topologyKey }: { topologyKey: string }) => topologyKey),
    ).toEqual(["topology.kubernetes.io/zone", "kubernetes.io/hostname"]);
  });

  it("a second up changes nothing", async () => {
    expect(Object.keys(await up())).toEqual(["same"]);
  });

  it("keeps no key in the stack's files in plain text", async () => {
    const { data } = await secretOf(1);
    const state = join(stateDir(), "pulumi");
    const texts = readdirSync(state, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => readFileSync(join(entry.parentPath, entry.name), "utf8"));
    expect(texts.some((text) => text.includes("throughline-tls-1"))).toBe(true);
    const keys = Object.entries(data).filter(([name]) => name.endsWith("tls.key"));
    expect(keys).toHaveLength(4);
    for (const [name, value] of keys) {
      const [, line = ""] = Buffer.from(value, "base64").toString().split("\n");
      expect(line.length).toBeGreaterThan(40);
      for (const part of [value, line])
        expect(
          texts.filter((text) => text.includes(part)),
          name,
        ).toEqual([]);
    }
  });

  it.each(["otel-gateway-otlp", "jaeger"])("%s takes spans from its clients only", async (service) => {
    const host = `${service}.observability.svc`;
    const { data } = await secretOf(1);
    const text = (name: string) => Buffer.from(data[name] ?? "", "base64").toString();
    const client = service === "jaeger" ? "otel-gateway" : "otel-agent";
    const [certificate, key] = [text(`client-${client}-tls.crt`), text(`client-${client}-tls.key`)];
    const ca = text("ca.crt");
    for (const port of [ports.otlpGrpc, ports.otlpHttp]) {
      const said = await Promise.all([
        greet(host, port, { kind: "plain" }),
        greet(host, port, { kind: "tls", ca }),
        greet(host, port, { kind: "mutual", ca, certificate, key }),
      ]);
      expect(said, `port ${port}`).toEqual([
        // The HTTP server says in plain text that it speaks TLS, the gRPC server nothing.
        expect.stringMatching(/^(refuses|answers 485454502f312e3020343030)/),
        "refuses: ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED",
        "speaks HTTP/2",
      ]);
    }
  });

  it("loses no answered request's trace when gateways are killed", async () => {
    await underLoad("two gateways killed", async () => {
      for (const name of gateways.slice(0, 2)) {
        const before = await restartsOf(name);
        await crash(name);
        await eventually(120_000, async () => ((await restartsOf(name)) > before ? true : undefined));
      }
      await kubectl("delete", "pod", ...observability, gateways[2]!, "--grace-period=0", "--force");
      await kubectl("rollout", "status", ...observability, "statefulset/otel-gateway", "--timeout=180s");
    });
  });

  it("loses no answered request's trace when pods are replaced while the node's proxy learns late of it", async () => {
    await underLoad("agents and gateways replaced", () =>
      withLateProxy(async () => {
        for (const workload of ["daemonset/otel-agent", "statefulset/otel-gateway"]) await replace(workload);
      }),
    );
  });

  it("loses no answered request's trace when a service stands still while its agent is replaced", async () => {
    const answered: Sent[] = [];
    const agents = () => objects<Pod>("pods", ...observability, "-l", "app.kubernetes.io/name=otel-agent");
    for (const _ of [1, 2, 3]) {
      await kubectl("rollout", "restart", ...observability, "daemonset/otel-agent");
      const old = await eventually(180_000, async () =>
        (await agents()).find(({ metadata }) => metadata.deletionTimestamp !== undefined),
      );
      const load = steadyLoad(frontend.url, 20);
      await sleep(1500);
      answered.push(...(await load.stop()).answered);
      // What it has not sent yet it sends once it runs again, by the connection that it has.
      await withStandstill("frontend", () =>
        eventually(
          20_000,
          async () => (await agents()).every(({ metadata }) => metadata.uid !== old.metadata.uid) || undefined,
        ),
      );
    }
    const { missing } = await incomplete(traces.url, answered);
    expect(missing, `${missing.length} of ${answered.length} traces`).toEqual([]);
  });

  it("changes all certificates without losing an answered request's trace", async () => {
    await underLoad("certificates changed", () => up("--set", "tlsGeneration=2"));
    expect(await names("secrets")).toEqual(["throughline-tls-1", "throughline-tls-2", "throughline-tls-3"]);
    expect(Object.keys(await up())).toEqual(["same"]);
  });

  it("refuses to leave out a generation, and keeps the setting", async () => {
    const { code, stderr } = await throughline(["up", "--set", "tlsGeneration=4"]);
    expect(code).toBe(1);
    expect(stderr).toContain("allowed: one step at a time. Write: pulumi config set throughline:tlsGeneration 3");
    expect(readFileSync(settingsFile, "utf8")).toMatch(/tlsGeneration: '?2/);
  });
});

describe("tail sampling by three gateways", () => {
  /** Traces of four spans, each span in a request of its own; every other trace has a span that failed. */
  async function sendTraces(): Promise<{ failed: string[]; sound: string[] }> {
    const [all, now] = [Array.from({ length: 20 }, newTraceId), Date.now()];
    for (const part of [0, 1, 2, 3])
      await Promise.all(
        all.map((id, index) => {
          const spanId = newSpanId();
          // A sender keeps what was not acknowledged.
          return vi.waitFor(() => sendSpan(agent.url, id, spanId, now, part === 2 && index % 2 === 0), patience);
        }),
      );
    return { failed: all.filter((_, index) => index % 2 === 0), sound: all.filter((_, index) => index % 2 === 1) };
  }
  const patience = { timeout: 90_000, interval: 500 };
  const counts = (ids: readonly string[]) => Promise.all(ids.map((id) => spansOf(traces.url, id)));
  const four = (ids: readonly string[]) => ids.map(() => 4);

  it("keeps every trace whole with a share of 1", async () => {
    await up("--set", "tailSampling.keepShare=1", "--set", "tailSampling.decisionWaitSeconds=2");
    expect(await healed()).toMatchObject({ complete: true });
    const { failed, sound } = await sendTraces();
    const ids = [...failed, ...sound];
    await expect.poll(() => counts(ids), patience).toEqual(four(ids));
  });

  it("keeps only what failed, and that whole, with a share of 0", async () => {
    // All parts of a trace have to come within that time.
    await up("--set", "tailSampling.keepShare=0", "--set", "tailSampling.decisionWaitSeconds=10");
    const { failed, sound } = await sendTraces();
    await expect.poll(() => counts(failed), patience).toEqual(four(failed));
    await sleep(3000);
    // A count never falls: that it is asked again after an error hides nothing.
    await expect.poll(() => counts(sound), patience).toEqual(sound.map(() => 0));
  });
});

describe("gateways that an autoscaler counts", () => {
  const replicas = async () =>
    Number(await kubectl("get", ...observability, "statefulset/otel-gateway", "-o", "jsonpath={.spec.replicas}"));

  it("are left at the number they were given, also by an up that changes them", async () => {
    restoreSettings();
    await up("--set", "profile=laptop", "--set", "gatewayMaxReplicas=3");
    const [scaler] = await objects<{ spec: object }>("hpa", ...observability);
    expect(scaler).toMatchObject({
      spec: { minReplicas: 1, maxReplicas: 3, scaleTargetRef: { kind: "StatefulSet", name: "otel-gateway" } },
    });
    await kubectl("scale", ...observability, "statefulset/otel-gateway", "--replicas=2");
    await kubectl("rollout", "status", ...observability, "statefulset/otel-gateway", "--timeout=180s");
    expect(Object.keys(await up())).toEqual(["same"]);
    expect(await replicas()).toBe(2);
    expect(await up("--set", "debug=true")).toHaveProperty("update");
    expect(await replicas()).toBe(2);
    expect(await healed()).toMatchObject({ complete: true });
  });
});

async function secretOf(generation: number): Promise<{ data: Record<string, string> }> {
  return JSON.parse(await kubectl("get", ...observability, `secret/throughline-tls-${generation}`, "-o", "json"));
}
