import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { checkoutRoot } from "../paths.ts";
import { isRunning, type ProcessId } from "../processes.ts";
import { readJson } from "./files.ts";
import type { Layout } from "./layout.ts";

/** How one program of the node is doing. */
export interface ComponentState {
  /** "waiting" for what it needs or for its next start, "running", or "failed": it died too often and is left alone until the next `up`. */
  state: "waiting" | "running" | "failed";
  process?: ProcessId;
  /** When this process was started, ISO 8601. */
  startedAt?: string;
  /** How often it died since the keeper started. */
  deaths: number;
}

/** A service of the cluster, reachable on the host. */
export interface ServiceForward {
  name: string;
  namespace: string;
  service: string;
  port: number | string;
  /** Port on 127.0.0.1; chosen free when absent. */
  localPort?: number;
}

/** What the keeper knows, as in keeper.json. Only the keeper writes it. */
export interface KeeperState {
  keeper: ProcessId;
  /** Hash of the program text it runs. */
  version: string;
  /** Port on 127.0.0.1 that leads to the API server. */
  apiPort: number;
  forwards: ServiceForward[];
  components: Record<string, ComponentState>;
}

export const defaultForwards: ServiceForward[] = [
  { name: "jaeger", namespace: "observability", service: "jaeger", port: "http-query" },
];

export const readKeeperState = (layout: Layout) => readJson<KeeperState>(layout.keeperFile);

/** Hash of everything a keeper runs, so that one of an older version of the checkout is replaced. */
export function keeperVersion(): string {
  const hash = createHash("sha256").update(process.version);
  for (const folder of ["sandbox/node", "sandbox", "receipt", "common"].map((name) => join(checkoutRoot, name))) {
    for (const name of readdirSync(folder)
      .filter((name) => name.endsWith(".ts"))
      .sort()) {
      hash.update(name).update(readFileSync(join(folder, name)));
    }
  }
  return hash.digest("hex").slice(0, 16);
}

/** Whether the keeper and all components run and the keeper is of this version. */
export const isHealthy = (state: KeeperState | undefined): state is KeeperState =>
  state !== undefined &&
  state.version === keeperVersion() &&
  isRunning(state.keeper) &&
  Object.values(state.components).length > 0 &&
  Object.values(state.components).every(({ state, process }) => state === "running" && isRunning(process));
