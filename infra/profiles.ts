/** Memory in MiB. The CPU request is a Kubernetes quantity; there is no CPU limit, since throttling delays traces and saves nothing. */
export interface Resources {
  readonly cpu: string;
  readonly memory: number;
  readonly memoryLimit: number;
  /** GOGC: by how many per cent the heap may grow before it is collected. More of it trades memory for CPU. Default: 100. */
  readonly gcPercent?: number;
}

/**
 * Environment of the Go runtime. It collects harder near GOMEMLIMIT, before the kernel ends the process at the limit.
 * @see https://pkg.go.dev/runtime#hdr-Environment_Variables
 */
export function goRuntime(resources: Resources): Record<string, string> {
  const { gcPercent = 100 } = resources;
  return {
    GOMEMLIMIT: `${goMemLimitMiB(resources)}MiB`,
    ...(gcPercent !== 100 && { GOGC: `${gcPercent}` }),
  };
}

/** What the Go runtime may use of the container's memory, in MiB. */
export function goMemLimitMiB({ memoryLimit }: Resources): number {
  return Math.floor(memoryLimit * 0.8);
}

/** What a profile decides. Sizes are per pod. */
export interface Profile {
  readonly agent: {
    readonly resources: Resources;
    readonly compression: "none" | "zstd";
    readonly batchDelayMs: number;
    readonly queueSpans: number;
  };
  readonly gateway: {
    readonly resources: Resources;
    readonly replicas: number;
    readonly batchDelayMs: number;
    /** Bytes of memory for each backend's queue, or GiB of the volume that all of them share. */
    readonly queue:
      | { readonly kind: "memory"; readonly bytes: number }
      | { readonly kind: "disk"; readonly volumeGiB: number };
  };
  readonly jaeger: {
    readonly resources: Resources;
    /** Traces kept in memory; sized so that traces of about 80 KiB stay below the memory limit. */
    readonly maxTraces: number;
    /** Of the storage badger. */
    readonly volumeGiB: number;
  };
  /** TLS from agents to the gateway and from there to Jaeger. */
  readonly tls: "off" | "mutual";
}

const MiB = 1024 * 1024;

/** Pods that anything may have at most. */
export const mostPods = 50;

export const profiles = {
  /** One small cluster on one machine: little memory, short delays, queues in memory. */
  laptop: {
    agent: {
      resources: { cpu: "50m", memory: 96, memoryLimit: 256 },
      compression: "none",
      batchDelayMs: 20,
      queueSpans: 20_000,
    },
    gateway: {
      resources: { cpu: "50m", memory: 96, memoryLimit: 256 },
      replicas: 1,
      batchDelayMs: 50,
      queue: { kind: "memory", bytes: 64 * MiB },
    },
    jaeger: { resources: { cpu: "50m", memory: 128, memoryLimit: 512 }, maxTraces: 5_000, volumeGiB: 5 },
    tls: "off",
  },
  /** A shared cluster: spans that were acknowledged survive the death of the gateway and long outages of Jaeger. */
  standard: {
    agent: {
      resources: { cpu: "100m", memory: 192, memoryLimit: 512, gcPercent: 400 },
      compression: "none",
      batchDelayMs: 100,
      queueSpans: 100_000,
    },
    gateway: {
      resources: { cpu: "200m", memory: 256, memoryLimit: 1024, gcPercent: 400 },
      replicas: 1,
      batchDelayMs: 200,
      queue: { kind: "disk", volumeGiB: 4 },
    },
    jaeger: { resources: { cpu: "200m", memory: 512, memoryLimit: 2048 }, maxTraces: 20_000, volumeGiB: 20 },
    tls: "off",
  },
  /** A cluster that others depend on: three gateways that survive the loss of a node, and mutual TLS between the tiers. */
  production: {
    agent: {
      resources: { cpu: "100m", memory: 256, memoryLimit: 1024, gcPercent: 400 },
      compression: "zstd",
      batchDelayMs: 100,
      queueSpans: 200_000,
    },
    gateway: {
      resources: { cpu: "250m", memory: 512, memoryLimit: 2048, gcPercent: 400 },
      replicas: 3,
      batchDelayMs: 200,
      queue: { kind: "disk", volumeGiB: 10 },
    },
    jaeger: { resources: { cpu: "250m", memory: 1024, memoryLimit: 4096 }, maxTraces: 40_000, volumeGiB: 50 },
    tls: "mutual",
  },
} as const satisfies Record<string, Profile>;

export type ProfileName = keyof typeof profiles;
export const profileNames = Object.keys(profiles) as ProfileName[];
