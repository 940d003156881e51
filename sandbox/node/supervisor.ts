import { spawn } from "node:child_process";
import { closeSync, existsSync, openSync, realpathSync, renameSync, statSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { identify, isRunning, type ProcessId, signal, waitForEnd } from "../processes.ts";
import type { Component, Readiness } from "./components.ts";
import { lastLines } from "./files.ts";
import type { ComponentState } from "./keeper-state.ts";
import type { Layout } from "./layout.ts";
import { clusterProcesses, commandLine, programOf, startedAt } from "./processes.ts";

const DEATHS_ALLOWED = 4;
const DEATHS_WITHIN_MS = 60_000;
const MAX_LOG_BYTES = 50 * 2 ** 20;

export interface SupervisorOptions {
  layout: Layout;
  components: readonly Component[];
  /** Whether what a component waits for answers. */
  isReady: (what: Readiness) => Promise<boolean>;
  /** Called whenever a state changed. */
  onChange: (states: Record<string, ComponentState>) => void;
  log: (line: string) => void;
}

export const componentLog = (layout: Layout, name: string) => join(layout.logs, `${name}.log`);

/** When a component that died at these times (ms) may start again: a delay in ms, or undefined when it died too often. */
export function restartDelay(deaths: readonly number[], now: number): number | undefined {
  const recent = deaths.filter((time) => now - time < DEATHS_WITHIN_MS).length;
  return recent >= DEATHS_ALLOWED ? undefined : 250 * 2 ** Math.max(0, recent - 1);
}

/** Keeps the components running for ever: takes over those that already run, starts the others, restarts what dies. */
export async function supervise(options: SupervisorOptions): Promise<never> {
  const { layout, components, log } = options;
  const states: Record<string, ComponentState> = {};
  const deaths: Record<string, number[]> = {};
  const nextStart: Record<string, number> = {};
  for (const component of components) {
    const process = await takeOver(layout, component);
    if (process) log(`${component.name}: took over the running process ${process.pid}`);
    states[component.name] = process
      ? { state: "running", process, startedAt: startedAt(process), deaths: 0 }
      : { state: "waiting", deaths: 0 };
  }
  options.onChange(states);

  for (;;) {
    for (const component of components) {
      const state = states[component.name] as ComponentState;
      if (state.state === "running" && !isRunning(state.process)) {
        const times = [...(deaths[component.name] ?? []), Date.now()];
        deaths[component.name] = times;
        const delay = restartDelay(times, Date.now());
        states[component.name] = { state: delay === undefined ? "failed" : "waiting", deaths: times.length };
        nextStart[component.name] = Date.now() + (delay ?? 0);
        const path = componentLog(layout, component.name);
        const then = delay === undefined ? "died too often and is left alone" : `starts again in ${delay} ms`;
        log(`${component.name} died (${then}); the end of ${path}:\n${lastLines(path, 15)}`);
        options.onChange(states);
      } else if (state.state === "waiting" && Date.now() >= (nextStart[component.name] ?? 0)) {
        const ready = await Promise.all(component.after.map(options.isReady));
        if (ready.includes(false)) continue;
        const process = start(layout, component);
        states[component.name] = {
          ...state,
          state: "running",
          ...(process && { process, startedAt: startedAt(process) }),
        };
        options.onChange(states);
      }
    }
    await sleep(100);
  }
}

/** Finds the component among the processes left by an earlier keeper. One that was started otherwise than now wanted is ended. */
async function takeOver(layout: Layout, { program, args }: Component): Promise<ProcessId | undefined> {
  let kept: ProcessId | undefined;
  for (const process of clusterProcesses(layout)) {
    const [first, ...rest] = commandLine(process.pid);
    if (first !== program) continue;
    const same = rest.join("\0") === args.join("\0") && programOf(process.pid) === realpathSync(program);
    if (same && !kept) {
      kept = process;
      continue;
    }
    signal(process, "SIGKILL");
    await waitForEnd([process], 10_000);
  }
  return kept;
}

function start(layout: Layout, component: Component): ProcessId | undefined {
  const path = componentLog(layout, component.name);
  if (existsSync(path) && statSync(path).size > MAX_LOG_BYTES) renameSync(path, `${path}.1`);
  const output = openSync(path, "a", 0o600);
  const namespaces = [`--net=${layout.networkNamespace}`, `--mount=${layout.mountNamespace}`];
  const child = spawn("nsenter", [...namespaces, "--", component.program, ...component.args], {
    detached: true,
    stdio: ["ignore", output, output],
    cwd: "/",
    env: { PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", HOME: "/root" },
  });
  child.on("error", () => {});
  child.unref();
  closeSync(output);
  return child.pid === undefined ? undefined : identify(child.pid);
}
