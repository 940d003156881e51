import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { silentProgress } from "../../common/progress.ts";
import { imageTar } from "../../sandbox/images/build.ts";
import { type Cluster, deployDns, down, importImage, status, up } from "../../sandbox/node/cluster.ts";
import { writeJson } from "../../sandbox/node/files.ts";
import { defaultForwards, readKeeperState } from "../../sandbox/node/keeper-state.ts";
import { clusterLayout } from "../../sandbox/node/layout.ts";
import { clusterProcesses } from "../../sandbox/node/processes.ts";
import { checkoutRoot } from "../../sandbox/paths.ts";
import { isRunning, type ProcessId, signal } from "../../sandbox/processes.ts";
import { buildTools } from "../../sandbox/tools/build.ts";
import { hostState } from "./host.ts";
import { claim, coreApi, eventually, importShell, runPod, shellPod } from "./node-workloads.ts";

const progress = silentProgress;
const programs = buildTools(["kubernetes", "pause", "coredns"], progress);
const newState = () => realpathSync(mkdtempSync(join(tmpdir(), "tl-node-")));
const first = newState();
const second = newState();
const layout = clusterLayout(first);
const marks = [first, second, layout.id, clusterLayout(second).id];
const sysctls = [
  "vm/overcommit_memory",
  "vm/panic_on_oom",
  "kernel/panic",
  "kernel/panic_on_oops",
  "net/ipv4/ip_forward",
];

let tools: { kubernetes: string };
let before: ReturnType<typeof host>;
const seen: ProcessId[] = [];

/** The host without what other clusters put there meanwhile. */
function host() {
  const state = hostState(marks);
  const ours = (names: string[]) =>
    names.filter((name) => !/^tl-[0-9a-f]{6}/.test(name) || marks.some((mark) => name.startsWith(mark)));
  return {
    ...state,
    interfaces: ours(state.interfaces),
    networkNamespaces: ours(state.networkNamespaces),
    run: ours(readdirSync("/run").filter((name) => name.startsWith("tl-"))),
    sysctls: sysctls.map((name) => readFileSync(`/proc/sys/${name}`, "utf8").trim()),
  };
}

const start = (stateDir = first) => up({ tools, progress, stateDir });
const keeperState = (stateDir = first) => readKeeperState(clusterLayout(stateDir))!;
const pidOf = (name: string, stateDir = first) => keeperState(stateDir).components[name]!.process!.pid;
const running = (stateDir = first) => {
  const processes = clusterProcesses(clusterLayout(stateDir));
  seen.push(...processes);
  return processes;
};
/** Those that last: kubelet and kube-proxy run iptables for some milliseconds. */
const lasting = () =>
  eventually(30_000, async () => {
    const one = running();
    await sleep(300);
    return isDeepStrictEqual(one, running()) ? one : undefined;
  });
const killAll = (stateDir: string) =>
  eventually(60_000, async () => {
    const left = running(stateDir);
    for (const process of left) signal(process, "SIGKILL");
    return left.length === 0 ? true : undefined;
  });
const nodeNames = async (cluster: Cluster) =>
  (await coreApi(cluster).listNode()).items.map(({ metadata }) => metadata?.name);
const conditions = async (cluster: Cluster) =>
  (await coreApi(cluster).readNode({ name: cluster.id })).status?.conditions;

beforeAll(async () => {
  tools = { kubernetes: await programs.kubernetes };
  before = host();
});

afterAll(async () => {
  for (const stateDir of [first, second]) {
    await down({ progress, stateDir });
    rmSync(stateDir, { recursive: true, force: true });
  }
});

describe("the embedded node", () => {
  let cluster: Cluster;

  it("comes up with a Ready node before any image is there", async () => {
    const health = { name: "dns-health", namespace: "kube-system", service: "dns-health", port: "health" };
    writeJson(layout.forwardsFile, [...defaultForwards, health]);
    cluster = await start();
    running();
    expect(cluster.id).toBe(layout.id);
    expect(await conditions(cluster)).toContainEqual(expect.objectContaining({ type: "Ready", status: "True" }));
    expect(statSync(cluster.kubeconfig).mode & 0o777).toBe(0o600);
    expect(readFileSync(cluster.kubeconfig, "utf8")).toContain("current-context: throughline-sandbox");
  });

  it("is left alone by a second up, within three seconds", async () => {
    const processes = await lasting();
    const taken: number[] = [];
    for (const _ of [1, 2, 3]) {
      const begun = Date.now();
      expect(await start()).toEqual(cluster);
      taken.push(Date.now() - begun);
    }
    expect(Math.min(...taken)).toBeLessThan(3000);
    expect(await lasting()).toEqual(processes);
    expect(await status(first)).toEqual(cluster);
  });

  it("waits for another up of the same checkout", async () => {
    expect(await Promise.all([start(), start()])).toEqual([cluster, cluster]);
  });

  it("resolves names and runs pods", async () => {
    for (const name of ["pause", "coredns"] as const)
      await importImage(cluster, await imageTar(name, programs, progress));
    await deployDns(cluster);
    await deployDns(cluster);
    await eventually(180_000, async () => {
      const { items } = await coreApi(cluster).listNamespacedPod({ namespace: "kube-system" });
      return (
        items[0]?.status?.conditions?.some(({ type, status }) => type === "Ready" && status === "True") || undefined
      );
    });
  });

  it("carries a loopback port to a service of the cluster", async () => {
    const body = {
      metadata: { name: "dns-health" },
      spec: { selector: { "k8s-app": "kube-dns" }, ports: [{ name: "health", port: 80, targetPort: 8080 }] },
    };
    await coreApi(cluster).createNamespacedService({ namespace: "kube-system", body });
    const text = await eventually(60_000, async () => (await fetch(`${cluster.forwards["dns-health"]}/health`)).text());
    expect(text).toBe("OK");
    expect(cluster.forwards["jaeger"]).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
  });

  it("makes volumes that a pod can write by its fsGroup and that outlive the pod", async () => {
    await importShell(cluster);
    const core = coreApi(cluster);
    await core.createNamespacedPersistentVolumeClaim({ namespace: "default", body: claim });
    expect(await runPod(core, shellPod("writer", "echo kept > /data/file && echo written"))).toBe("written");
    expect(await runPod(core, shellPod("reader", "read word < /data/file && echo $word"))).toBe("kept");
    const [folder] = readdirSync(layout.volumes);
    expect(statSync(join(layout.volumes, folder!)).gid).toBe(10001);
  });

  it.each(["kube-scheduler", "containerd", "etcd", "kube-apiserver", "kubelet"])(
    "starts %s again when it is killed",
    async (name) => {
      running();
      const pid = pidOf(name);
      const died = keeperState().components[name]?.deaths ?? 0;
      process.kill(pid, "SIGKILL");
      await eventually(60_000, async () => (pidOf(name) !== pid ? true : undefined));
      cluster = await start();
      expect(await status(first)).toBeDefined();
      expect(cluster.deaths[name]).toBe(died + 1);
      expect(readFileSync(join(cluster.logs, "keeper.log"), "utf8")).toContain(`${name} died`);
    },
  );

  it("gets a new keeper on the same ports, without a restart of anything else", async () => {
    running();
    const { keeper, components, apiPort } = keeperState();
    process.kill(keeper.pid, "SIGKILL");
    await eventually(60_000, async () => (isRunning(keeper) ? undefined : true));
    expect(await status(first)).toBeUndefined();
    const again = await start();
    expect(again).toEqual({ ...cluster, deaths: {} });
    expect(keeperState().apiPort).toBe(apiPort);
    const pids = (all: typeof components) => Object.values(all).map(({ process }) => process?.pid);
    expect(pids(keeperState().components)).toEqual(pids(components));
  });

  it("comes back over the leftovers of killed processes, with its volumes", async () => {
    await killAll(first);
    expect(existsSync(layout.networkNamespace)).toBe(true);
    cluster = await start();
    running();
    const core = coreApi(cluster);
    expect(await runPod(core, shellPod("again", "read word < /data/file && echo $word"))).toBe("kept");
  });

  it("is mended when its network namespace or its link to the host was deleted", async () => {
    for (const args of [
      ["link", "delete", layout.hostInterface],
      ["netns", "delete", layout.id],
    ]) {
      execFileSync("ip", args);
      cluster = await start();
      running();
      expect(await nodeNames(cluster)).toEqual([layout.id]);
    }
  });

  it("removes a volume and its folder with the claim", async () => {
    const core = coreApi(cluster);
    await core.deleteNamespacedPersistentVolumeClaim({ name: "data", namespace: "default" });
    await eventually(120_000, async () => ((await core.listPersistentVolume()).items.length === 0 ? true : undefined));
    expect(readdirSync(layout.volumes)).toEqual([]);
  });
});

describe("a second cluster beside the first", () => {
  it("names a component that dies while starting, with the end of its log", async () => {
    const program = join(second, "broken");
    const lines = ["#!/bin/bash", 'if [ "${0##*/}" = kube-scheduler ]; then echo "no such luck" >&2; exit 1; fi'];
    writeFileSync(program, `${lines.join("\n")}\nexec -a "$0" ${tools.kubernetes} "$@"\n`, { mode: 0o755 });
    const error = await up({ tools: { kubernetes: program }, progress, stateDir: second }).catch(
      (error: Error) => error,
    );
    running(second);
    expect(error).toHaveProperty("name", "UserError");
    expect(String(error)).toMatch(
      /kube-scheduler died 4 times\. The end of its log, .*kube-scheduler\.log:\nno such luck/,
    );
    expect(String(error)).not.toContain("    at ");
  });

  it("comes up after an up that was killed, on addresses of its own", async () => {
    await down({ progress, stateDir: second });
    const script = `import { up } from "${checkoutRoot}/sandbox/node/cluster.ts";
      import { silentProgress as progress } from "${checkoutRoot}/common/progress.ts";
      await up({ tools: { kubernetes: "${tools.kubernetes}" }, progress, stateDir: "${second}" });`;
    for (const delay of [400, 900, 2000]) {
      const child = spawn(process.execPath, ["--input-type=module", "-e", script], {
        stdio: ["ignore", "ignore", "pipe"],
      });
      let stderr = "";
      child.stderr.on("data", (text) => {
        stderr += text;
      });
      const ended = once(child, "exit");
      await new Promise((resolve) => setTimeout(resolve, delay));
      expect({ delay, code: child.exitCode, stderr }).toEqual({ delay, code: null, stderr: "" });
      child.kill("SIGKILL");
      expect(await ended).toEqual([null, "SIGKILL"]);
    }
    const cluster = await start(second);
    running(second);
    const other = (await status(first))!;
    expect(cluster.nodeAddress).not.toBe(other.nodeAddress);
    expect(await nodeNames(cluster)).toEqual([cluster.id]);
    expect(await nodeNames(other)).toEqual([other.id]);
  });

  it("is removed alone, also when its keeper and half its programs are dead", async () => {
    const victims = running(second).filter((_, index) => index % 2 === 0);
    for (const victim of [keeperState(second).keeper, ...victims]) signal(victim, "SIGKILL");
    await down({ progress, stateDir: second });
    expect(clusterProcesses(clusterLayout(second))).toEqual([]);
    expect(await conditions((await status(first))!)).toContainEqual(
      expect.objectContaining({ type: "Ready", status: "True" }),
    );
  });
});

describe("down", () => {
  it("leaves the host as it was, and may run twice", async () => {
    running();
    expect(seen.length).toBeGreaterThan(20);
    // Process 1 may take its time to look after those that ended.
    const asBefore = () => vi.waitFor(() => expect(host()).toEqual(before), { timeout: 60_000, interval: 500 });
    await down({ progress, stateDir: first });
    await asBefore();
    expect(seen.filter(isRunning)).toEqual([]);
    expect(existsSync(layout.dir)).toBe(false);
    expect(existsSync(layout.kubeconfig)).toBe(false);
    await down({ progress, stateDir: first });
    await asBefore();
  });
});
