import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { agentConfig } from "../collector-config/agent.ts";
import { gatewayConfig } from "../collector-config/gateway.ts";
import { jaegerConfig } from "../collector-config/jaeger.ts";
import { ports } from "../collector-config/ports.ts";
import type { CollectorConfig } from "../collector-config/types.ts";
import { goRuntime, type Profile, profiles } from "../infra/profiles.ts";
import { adapt } from "./adapt.ts";
import { baselineCollector, baselineJaeger } from "./baseline.ts";
import { type Program, program } from "./program.ts";

/** Paths of the executables. */
export interface Binaries {
  readonly collector: string;
  readonly jaeger: string;
}

/** How one side of a comparison is configured. */
export interface Design {
  readonly name: string;
  readonly agent: CollectorConfig;
  readonly gateway: CollectorConfig;
  readonly jaeger: CollectorConfig;
  /** Environment of both Collectors. */
  readonly agentEnv: Readonly<Record<string, string>>;
  readonly gatewayEnv: Readonly<Record<string, string>>;
}

/** An agent, a gateway and a Jaeger, each on its own loopback address. */
export interface Topology {
  readonly name: string;
  readonly agent: Program;
  readonly gateway: Program;
  readonly jaeger: Program;
  /** URL that takes traces over OTLP/HTTP. */
  readonly otlpHttp: string;
  /** Base URL of Jaeger's HTTP API. */
  readonly query: string;
}

/** Where the parts of the side with this number stand. */
export interface Place {
  readonly agent: string;
  readonly gateway: string;
  readonly jaeger: string;
  /** Folder of its files; the queue is below it. */
  readonly folder: string;
}

export function place(side: number, folder: string): Place {
  const [agent, gateway, jaeger] = [1, 2, 3].map((part) => `127.0.${side}.${part}`) as [string, string, string];
  return { agent, gateway, jaeger, folder: join(folder, `side-${side}`) };
}

const maxTraces = 1_000_000;
const queueBytes = 1024 ** 3;
const otlpGrpc = (address: string) => `${address}:${ports.otlpGrpc}`;
const otlpHttp = (address: string) => `${address}:${ports.otlpHttp}`;

/** The charts' defaults. */
export function baseline(at: Place): Design {
  return {
    name: "baseline",
    agent: baselineCollector(otlpGrpc(at.gateway)),
    gateway: baselineCollector(otlpGrpc(at.jaeger)),
    jaeger: baselineJaeger(maxTraces),
    agentEnv: {},
    gatewayEnv: {},
  };
}

/** What the program deploys with a profile. `queue` other than the profile's own tells what durability costs. */
export function ours(at: Place, queue: "disk" | "memory", profile: Profile = profiles.standard): Design {
  const { agent, gateway } = profile;
  return {
    name: queue === "disk" ? "durable" : "memory",
    agent: agentConfig({ ...agent, gateway: { kind: "any", endpoint: otlpHttp(at.gateway), several: false } }),
    gateway: gatewayConfig({
      backends: [{ kind: "jaeger", endpoint: otlpHttp(at.jaeger), tls: { insecure: true } }],
      redact: [],
      batchDelayMs: gateway.batchDelayMs,
      queue:
        queue === "disk"
          ? { kind: "disk", bytes: queueBytes, directory: join(at.folder, "queue") }
          : { kind: "memory", bytes: queueBytes },
    }),
    jaeger: jaegerConfig({ storage: { kind: "memory", maxTraces } }),
    agentEnv: goRuntime(agent.resources),
    gatewayEnv: goRuntime(gateway.resources),
  };
}

/** Starts all three. */
export async function startTopology(design: Design, at: Place, binaries: Binaries): Promise<Topology> {
  const part = (name: "agent" | "gateway" | "jaeger", env: Readonly<Record<string, string>>) =>
    program({
      name: `${design.name}-${name}`,
      path: name === "jaeger" ? binaries.jaeger : binaries.collector,
      address: at[name],
      config: adapt(design[name]),
      env,
      healthPath: name === "jaeger" ? "/status" : "/",
      folder: at.folder,
    });
  mkdirSync(at.folder, { recursive: true });
  const [agent, gateway, jaeger] = [
    part("agent", design.agentEnv),
    part("gateway", design.gatewayEnv),
    part("jaeger", {}),
  ];
  await Promise.all([agent.start(), gateway.start(), jaeger.start()]);
  return {
    name: design.name,
    agent,
    gateway,
    jaeger,
    otlpHttp: `http://${at.agent}:${ports.otlpHttp}/v1/traces`,
    query: `http://${at.jaeger}:${ports.query}`,
  };
}

export async function endTopology({ agent, gateway, jaeger }: Topology): Promise<void> {
  await Promise.allSettled([agent.end("SIGKILL"), gateway.end("SIGKILL"), jaeger.end("SIGKILL")]);
}

/** How many spans the side's Jaeger was given since it started. */
export function received({ jaeger }: Topology): Promise<number> {
  return jaeger.metric("otelcol_receiver_accepted_spans");
}
