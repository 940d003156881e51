import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, mkdirSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { toYaml } from "../collector-config/shared.ts";
import type { CollectorConfig } from "../collector-config/types.ts";
import { UserError } from "../common/errors.ts";
import { parseMetrics, sumOf } from "../receipt/prometheus.ts";

export interface ProgramArgs {
  /** Names it in errors and in the names of its files. */
  readonly name: string;
  /** The executable. */
  readonly path: string;
  /** Its own loopback address. It becomes POD_IP. */
  readonly address: string;
  readonly config: CollectorConfig;
  /** Set beside POD_IP; nothing of the caller's environment is passed on. */
  readonly env: Readonly<Record<string, string>>;
  /** Path of the health check on port 13133. */
  readonly healthPath: string;
  /** Folder for its configuration and log. */
  readonly folder: string;
}

/** A Collector or Jaeger as a process of its own. */
export interface Program {
  readonly name: string;
  readonly address: string;
  /** Starts it and waits until it is healthy, 30 seconds at most. */
  start(): Promise<void>;
  /** Sends a signal and waits until it has ended. */
  end(signal: "SIGKILL" | "SIGTERM"): Promise<void>;
  /** Stops or continues it without its notice. */
  freeze(frozen: boolean): void;
  pid(): number;
  /** Sum of one of its own metrics over all labels; 0 while it has none. */
  metric(name: string): Promise<number>;
}

const startTimeoutMs = 30_000;
const endTimeoutMs = 60_000;

export function program(args: ProgramArgs): Program {
  const { name, address } = args;
  const file = join(args.folder, `${name}.yaml`);
  const log = join(args.folder, `${name}.log`);
  mkdirSync(args.folder, { recursive: true });
  writeFileSync(file, toYaml(args.config));
  let child: ChildProcess | undefined;

  const running = (): ChildProcess => {
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) throw new UserError([ended()]);
    return child;
  };
  const ended = () => {
    const lines = readFileSync(log, "utf8").trim().split("\n").slice(-5).join("\n");
    return `${name} does not run (exit code ${child?.exitCode ?? child?.signalCode}). The last lines of its log:\n${lines}`;
  };

  return {
    name,
    address,
    pid: () => running().pid ?? 0,
    async start() {
      const output = openSync(log, "a");
      child = spawn(args.path, ["--config", file], {
        stdio: ["ignore", output, output],
        env: { ...args.env, POD_IP: address },
      });
      child.on("error", () => {});
      closeSync(output);
      const until = Date.now() + startTimeoutMs;
      while (!(await answers(`http://${address}:13133${args.healthPath}`))) {
        running();
        if (Date.now() > until) throw new UserError([`${name} was not healthy after ${startTimeoutMs / 1000} s`]);
        await sleep(50);
      }
    },
    async end(signal) {
      const process = running();
      const closed = once(process, "exit");
      process.kill(signal);
      const timer = setTimeout(() => process.kill("SIGKILL"), endTimeoutMs);
      await closed;
      clearTimeout(timer);
    },
    freeze(frozen) {
      running().kill(frozen ? "SIGSTOP" : "SIGCONT");
    },
    async metric(metric) {
      const response = await fetch(`http://${address}:8888/metrics`, { signal: AbortSignal.timeout(5_000) });
      return sumOf(parseMetrics(await response.text()), metric);
    },
  };
}

async function answers(url: string): Promise<boolean> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(1_000) });
    await response.arrayBuffer();
    return response.ok;
  } catch {
    return false;
  }
}
