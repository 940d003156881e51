import { spawn } from "node:child_process";
import { closeSync, mkdirSync, openSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import Docker from "dockerode";
import { UserError } from "../../common/errors.ts";
import type { Progress } from "../../common/progress.ts";
import { run } from "../../common/run.ts";
import { shellWord } from "../../common/shell.ts";
import { ensureControlGroups, hierarchies } from "../node/cgroups.ts";
import { endProcesses } from "../node/ending.ts";
import { lastLines } from "../node/files.ts";
import { clusterLayout, type Layout } from "../node/layout.ts";
import { ensureMountNamespace } from "../node/mounts.ts";
import { ensureNetwork } from "../node/network.ts";
import { installDebianPackages } from "../node/packages.ts";
import { findProgram, packagesFor } from "../node/programs.ts";
import { removeCluster } from "../node/remove.ts";
import { cacheDir, stateDir } from "../paths.ts";
import { identify, signal, waitForEnd } from "../processes.ts";
import { type EnginePrograms, enginePrograms } from "./programs.ts";

/** A Docker Engine of our own, in a network namespace, mount namespace and control group of its own. */
export interface Engine {
  /** Names everything that belongs to it on this host, e.g. `tl-3fa01c`. */
  readonly id: string;
  /** Address of its socket, such as `unix:///run/tl-3fa01c/run/docker.sock`. */
  readonly host: string;
  readonly docker: Docker;
  /** What runs a command where the engine's loopback ports are: `nsenter --net=...`. */
  readonly inside: readonly [string, ...string[]];
  /** File with what the engine says. */
  readonly log: string;
}

const startTimeoutMs = 60_000;
const stopTimeoutMs = 30_000;
/** Programs of the host that it needs beside its own. */
const needed = ["iptables", "ip", "nsenter", "unshare", "mount", "busybox"];

/** Where the engine of a state folder keeps everything. Default: this checkout's state folder. */
export const engineLayout = (state: string = stateDir()): Layout => clusterLayout(join(state, "engine"));

const pidFile = (layout: Layout) => join(layout.run, "dockerd.pid");
const socket = (layout: Layout) => join(layout.run, "docker.sock");

function describe(layout: Layout): Engine {
  const path = socket(layout);
  return {
    id: layout.id,
    host: `unix://${path}`,
    docker: new Docker({ socketPath: path }),
    inside: ["nsenter", `--net=${layout.networkNamespace}`],
    log: join(layout.logs, "dockerd.log"),
  };
}

/**
 * Starts Debian's Docker Engine beside whatever runs on this host, and waits until it answers; the host's own engine, its iptables and its
 * control groups stay as they are. Does nothing where it runs already. Linux on x86_64, as root.
 * @throws UserError with the end of its log when it does not start
 */
export async function startEngine(progress: Progress, state?: string): Promise<Engine> {
  const layout = engineLayout(state);
  const engine = describe(layout);
  if (await answers(engine)) return engine;
  const missing = needed.filter((name) => !findProgram(name));
  if (missing.length > 0) {
    const failure = await installDebianPackages(packagesFor(missing), progress);
    if (failure !== undefined) throw new UserError([failure]);
  }
  const programs = await enginePrograms(progress);
  const step = progress.step("starting a Docker Engine");
  try {
    // Of one that was killed something may still run.
    await endProcesses(layout);
    mkdirSync(layout.logs, { recursive: true, mode: 0o700 });
    ensureControlGroups(layout.id);
    await Promise.all([ensureNetwork(layout, undefined), ensureMountNamespace(layout, [cacheDir()])]);
    await launch(layout, programs, engine);
    step.done();
    return engine;
  } catch (error) {
    step.done("failed");
    throw error;
  }
}

/** Ends the engine as its host's shutdown would, with its containers, and starts it again on the same data. */
export async function restartEngine(progress: Progress, state?: string): Promise<Engine> {
  const layout = engineLayout(state);
  const daemon = identify(Number(readFileSync(pidFile(layout), "utf8")));
  if (daemon) {
    signal(daemon, "SIGTERM");
    await waitForEnd([daemon], stopTimeoutMs);
  }
  return startEngine(progress, state);
}

/** Ends the engine and removes everything that is its: containers, images, volumes, namespaces, control groups. */
export async function removeEngine(state?: string): Promise<void> {
  const layout = engineLayout(state);
  await removeCluster(layout);
  rmSync(layout.stateDir, { recursive: true, force: true });
}

async function answers({ docker }: Engine): Promise<boolean> {
  return docker.ping().then(
    () => true,
    () => false,
  );
}

/** Born in the engine's control group, so that it is found whatever happens. */
function enter(layout: Layout): string {
  const { roots, version } = hierarchies();
  return roots
    .filter((root) => version === 2 || !root.endsWith("/cpuset"))
    .map((root) => `echo $$ > ${shellWord(join(root, layout.id, "node", "cgroup.procs"))}`)
    .join(" && ");
}

async function launch(layout: Layout, { root, env }: EnginePrograms, engine: Engine): Promise<void> {
  // Every fixed path below /run and /var is the engine's own in its mount namespace; an empty file keeps the host's daemon.json out.
  const config = join(layout.run, "daemon.json");
  await run("sh", ["-c", `echo '{}' > ${shellWord(config)}`]);
  const dockerd = [
    join(root, "usr/sbin/dockerd"),
    "--config-file=/run/daemon.json",
    "--data-root=/var/lib/docker",
    "--exec-root=/run/docker",
    "--pidfile=/run/dockerd.pid",
    "--host=unix:///run/docker.sock",
    "--group=root",
    `--cgroup-parent=/${layout.id}`,
    `--userland-proxy-path=${join(root, "usr/sbin/docker-proxy")}`,
    `--init-path=${join(root, "usr/bin/docker-init")}`,
  ];
  const namespaces = [`--net=${layout.networkNamespace}`, `--mount=${layout.mountNamespace}`];
  const command = ["nsenter", ...namespaces, "--", ...dockerd].map(shellWord).join(" ");
  const output = openSync(engine.log, "a", 0o600);
  const child = spawn("sh", ["-c", `${enter(layout)} && exec ${command}`], {
    detached: true,
    stdio: ["ignore", output, output],
    cwd: "/",
    env,
  });
  child.unref();
  closeSync(output);
  let failure: string | undefined;
  child.on("error", (error) => {
    failure = error.message;
  });
  const until = Date.now() + startTimeoutMs;
  while (!(await answers(engine))) {
    if (child.exitCode !== null || child.signalCode !== null) failure = "it ended";
    if (failure === undefined && Date.now() > until) failure = `no answer within ${startTimeoutMs / 1000} s`;
    if (failure !== undefined) {
      throw new UserError([
        `The Docker Engine ${layout.id} did not start: ${failure}. The end of ${engine.log}:\n${lastLines(engine.log, 15)}`,
      ]);
    }
    await sleep(50);
  }
}
