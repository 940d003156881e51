import { spawn } from "node:child_process";
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  rmSync,
  statfsSync,
  statSync,
  symlinkSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { ApiException, CoreV1Api, KubeConfig, RbacAuthorizationV1Api } from "@kubernetes/client-node";
import { UserError } from "../../common/errors.ts";
import type { Step } from "../../common/progress.ts";
import { images } from "../../infra/versions.ts";
import { isRunning } from "../processes.ts";
import { families } from "../tools/families.ts";
import { ensureCertificates, writeKubeconfig } from "./certificates.ts";
import { ensureControlGroups, hierarchies, removeControlGroups } from "./cgroups.ts";
import type { ClusterTools } from "./cluster.ts";
import * as config from "./config.ts";
import { endKeeper, endProcesses } from "./ending.ts";
import { lastLines, readJson, replaceFile, writeJson } from "./files.ts";
import { type ComponentState, isHealthy, type KeeperState, readKeeperState } from "./keeper-state.ts";
import type { Layout } from "./layout.ts";
import { ensureMountNamespace, holdsMounts } from "./mounts.ts";
import { ensureNetwork, hasInterface } from "./network.ts";
import { isReady } from "./probe.ts";
import { clusterProcesses } from "./processes.ts";
import { findCniFolder, findProgram } from "./programs.ts";
import { componentLog } from "./supervisor.ts";

const READY_TIMEOUT_MS = 240_000;
const STEADY_MS = 3000;
const OVERLAYFS_MAGIC = 0x794c7630;
const PROGRAMS = [
  "etcd",
  "kube-apiserver",
  "kube-controller-manager",
  "kube-scheduler",
  "kube-proxy",
  "kubelet",
  "kubeadm",
  "kubectl",
];
const NODE_LOGS = [...PROGRAMS, "containerd", "keeper"];

export const readNodeSettings = (layout: Layout) => readJson<config.NodeSettings>(layout.nodeFile);

/** Does what `up` says, with the lock held. `check` throws when the host lacks something; not called when all is up already. */
export async function bringUp(
  layout: Layout,
  tools: ClusterTools,
  check: () => Promise<void>,
  step: Step,
): Promise<config.NodeSettings> {
  const before = readNodeSettings(layout);
  const state = readKeeperState(layout);
  if (before && before.kubernetes === tools.kubernetes && isHealthy(state) && isComplete(layout)) {
    await waitForNode(layout, before, step);
    step.done("already running");
    return before;
  }
  await check();
  const settings = await prepare(layout, tools, before, step);
  await startKeeper(layout);
  await waitForNode(layout, settings, step);
  step.done(`node ${layout.id} is ready`);
  return settings;
}

/** Whether nothing is missing of what the processes of a cluster live in and are reached by. */
const isComplete = (layout: Layout) =>
  existsSync(layout.kubeconfig) &&
  existsSync(layout.networkNamespace) &&
  hasInterface(layout.hostInterface) &&
  holdsMounts(layout);

const apiServer = ({ nodeAddress }: config.NodeSettings) => `https://${nodeAddress}:${config.API_PORT}`;

async function prepare(
  layout: Layout,
  tools: ClusterTools,
  before: config.NodeSettings | undefined,
  step: Step,
): Promise<config.NodeSettings> {
  step.update("preparing");
  for (const dir of [layout.bin, layout.config, layout.logs, layout.volumes])
    mkdirSync(dir, { recursive: true, mode: 0o700 });
  // Logs of a cluster that was removed would only mislead.
  if (!before) clearLogs(layout);
  // A keeper that saw failures or runs older code would act on half of what follows.
  await endKeeper(layout);
  // Processes in a namespace that has lost its name can't be joined by others.
  if (!existsSync(layout.networkNamespace) || !holdsMounts(layout)) await endProcesses(layout);
  for (const name of PROGRAMS) {
    rmSync(join(layout.bin, name), { force: true });
    symlinkSync(tools.kubernetes, join(layout.bin, name));
  }
  // The kubelet would wait for the containers of each group that killed pods left.
  if (clusterProcesses(layout).length === 0) await removeControlGroups(layout.id);
  ensureControlGroups(layout.id);
  const [subnet] = await Promise.all([
    ensureNetwork(layout, before),
    ensureMountNamespace(layout, [dirname(tools.kubernetes)]),
  ]);
  const settings: config.NodeSettings = {
    ...subnet,
    kubernetes: tools.kubernetes,
    kubernetesVersion: families.kubernetes.stamps["k8s.io/component-base/version.gitVersion"],
    pauseImage: images.pause,
    cgroupVersion: hierarchies().version,
    snapshotter: statfsSync(layout.dir).type === OVERLAYFS_MAGIC ? "native" : "overlayfs",
    containerd: findProgram("containerd") ?? "",
    cniFolder: findCniFolder() ?? "",
  };
  const files: Record<string, string> = {
    "kubeadm.yaml": config.kubeadmConfig(layout, settings),
    "containerd.toml": config.containerdConfig(settings),
    "kubelet.yaml": config.kubeletConfig(layout),
    "kube-proxy.yaml": config.kubeProxyConfig(layout),
    "resolv.conf": `nameserver ${config.DNS_ADDRESS}\n`,
  };
  for (const [name, text] of Object.entries(files)) writeIfChanged(join(layout.config, name), text);
  writeIfChanged(join(layout.runDir, "owner"), layout.stateDir);
  mkdirSync(join(layout.run, "cni"), { recursive: true });
  writeIfChanged(join(layout.run, "cni", "10-pods.conflist"), config.cniConfig());
  await ensureCertificates(layout, settings);
  writeJson(layout.nodeFile, settings);
  return settings;
}

function clearLogs(layout: Layout): void {
  for (const name of readdirSync(layout.logs)) {
    const ours =
      ["pods", "containers"].includes(name) || NODE_LOGS.some((program) => name.startsWith(`${program}.log`));
    if (ours) rmSync(join(layout.logs, name), { recursive: true });
  }
}

/** kube-proxy exits when its file is touched, so an equal one stays. */
function writeIfChanged(path: string, text: string): void {
  if (!existsSync(path) || lastLines(path, Number.POSITIVE_INFINITY) !== text.trimEnd()) replaceFile(path, text);
}

async function startKeeper(layout: Layout): Promise<void> {
  const path = componentLog(layout, "keeper");
  const output = openSync(path, "a", 0o600);
  const child = spawn(process.execPath, [join(import.meta.dirname, "keeper.ts"), layout.stateDir], {
    detached: true,
    stdio: ["ignore", output, output],
    cwd: "/",
    env: { PATH: process.env["PATH"], HOME: process.env["HOME"] },
  });
  child.unref();
  closeSync(output);
  const until = Date.now() + 30_000;
  while (readKeeperState(layout)?.keeper.pid !== child.pid) {
    if (child.exitCode !== null || child.signalCode !== null || Date.now() > until) {
      throw new UserError([
        `The keeper of the embedded cluster did not start. The end of ${path}:\n${lastLines(path, 15)}`,
      ]);
    }
    await sleep(20);
  }
}

/** Waits until the API server answers, the node is Ready and the controllers work. */
async function waitForNode(layout: Layout, settings: config.NodeSettings, step: Step): Promise<void> {
  const until = Date.now() + READY_TIMEOUT_MS;
  let missing = "the API server";
  while (missing) {
    const state = readKeeperState(layout);
    throwIfFailed(layout, state);
    if (Date.now() > until) throw new UserError([timeoutMessage(layout, state, missing)]);
    step.update(`waiting for ${missing}`);
    missing = await whatIsMissing(layout, settings, state);
    if (missing) await sleep(100);
  }
}

function throwIfFailed(layout: Layout, state: KeeperState | undefined): void {
  const keeperLog = componentLog(layout, "keeper");
  if (!state || !isRunning(state.keeper)) {
    throw new UserError([
      `The keeper of the embedded cluster died. The end of ${keeperLog}:\n${lastLines(keeperLog, 15)}`,
    ]);
  }
  const failed = Object.entries(state.components).filter(([, component]) => component.state === "failed");
  if (failed.length === 0) return;
  throw new UserError(
    failed.map(([name, { deaths }]) => {
      const path = componentLog(layout, name);
      return `${name} died ${deaths} times. The end of its log, ${path}:\n${lastLines(path, 15)}`;
    }),
  );
}

function timeoutMessage(layout: Layout, state: KeeperState | undefined, missing: string): string {
  const states = Object.entries(state?.components ?? {}).map(([name, { state }]) => `${name} ${state}`);
  return `The embedded cluster is not ready after ${READY_TIMEOUT_MS / 1000} s: still waiting for ${missing} (${states.join(", ")}). Logs: ${layout.logs}`;
}

/** The first thing that a usable cluster lacks, "" when there is nothing. */
async function whatIsMissing(
  layout: Layout,
  settings: config.NodeSettings,
  state: KeeperState | undefined,
): Promise<string> {
  if (!state) return "the keeper";
  if (!(await isReady(apiServer(settings), join(layout.pki, "ca.crt")))) return "the API server";
  const waiting = Object.entries(state.components).find(([, component]) => !isSteady(component));
  if (waiting) return waiting[0];
  writeKubeconfig(layout, state.apiPort);
  const kubeConfig = new KubeConfig();
  kubeConfig.loadFromFile(layout.kubeconfig);
  const core = kubeConfig.makeApiClient(CoreV1Api);
  try {
    const node = await core.readNode({ name: layout.id });
    const ready = node.status?.conditions?.find(({ type }) => type === "Ready");
    // After a restart the stored condition is that of the kubelet before; timestamps there have no fractions.
    const heartbeat = (ready?.lastHeartbeatTime?.getTime() ?? 0) + 1000;
    const started = Date.parse(state.components["kubelet"]?.startedAt ?? "");
    if (ready?.status !== "True" || heartbeat < started) return "the node";
    await core.readNamespacedServiceAccount({ name: "default", namespace: "default" });
    await allowKubeletAccess(kubeConfig);
    if (await hasStalePods(core, layout)) return "the pods of the earlier run";
    return "";
  } catch {
    return "the node";
  }
}

/** Whether a component runs, and for a while if it died before: it may just be between two deaths. */
const isSteady = ({ state, deaths, startedAt }: ComponentState) =>
  state === "running" && (deaths === 0 || Date.now() - Date.parse(startedAt ?? "") > STEADY_MS);

/** Whether a pod still says that it runs in a container which ended when all processes were killed. */
async function hasStalePods(core: CoreV1Api, layout: Layout): Promise<boolean> {
  const runtimeStarted = statSync(join(layout.run, "ready")).mtimeMs;
  const { items } = await core.listPodForAllNamespaces();
  return items
    .flatMap(({ status }) => status?.containerStatuses ?? [])
    .some(({ state }) => state?.running?.startedAt && state.running.startedAt.getTime() + 1000 < runtimeStarted);
}

/** Lets the API server fetch logs from the kubelet and forward ports through it, as `kubeadm init` does by this binding. */
async function allowKubeletAccess(kubeConfig: KubeConfig): Promise<void> {
  const apiGroup = "rbac.authorization.k8s.io";
  const body = {
    metadata: { name: "kubeadm:apiserver-kubelet-client" },
    roleRef: { apiGroup, kind: "ClusterRole", name: "system:kubelet-api-admin" },
    subjects: [{ apiGroup, kind: "User", name: "kube-apiserver-kubelet-client" }],
  };
  await kubeConfig
    .makeApiClient(RbacAuthorizationV1Api)
    .createClusterRoleBinding({ body })
    .catch((error: unknown) => {
      if (!(error instanceof ApiException && error.code === 409)) throw error;
    });
}
