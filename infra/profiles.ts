/** Memory in MiB. The CPU request is a Kubernetes quantity; there is no CPU limit, since throttling delays traces and saves nothing. */
export interface Resources {
  readonly cpu: string;
  readonly memory: number;
  readonly memoryLimit: number;
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
    readonly batchDelayMs: number;
    /** `volume` is the size of the PersistentVolumeClaim; compaction needs room for a second copy of the queue. */
    readonly queue:
      | { readonly kind: "memory"; readonly bytes: number }
      | { readonly kind: "disk"; readonly bytes: number; readonly volume: string };
  };
  readonly jaeger: {
    readonly resources: Resources;
    /** Traces kept in memory; sized so that traces of about 80 KiB stay below the memory limit. */
    readonly maxTraces: number;
  };
}

const MiB = 1024 * 1024;

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
      batchDelayMs: 50,
      queue: { kind: "memory", bytes: 64 * MiB },
    },
    jaeger: { resources: { cpu: "50m", memory: 128, memoryLimit: 512 }, maxTraces: 5_000 },
  },
  /** A shared cluster: spans that were acknowledged survive the death of the gateway and long outages of Jaeger. */
  standard: {
    agent: {
      resources: { cpu: "100m", memory: 192, memoryLimit: 512 },
      compression: "zstd",
      batchDelayMs: 100,
      queueSpans: 100_000,
    },
    gateway: {
      resources: { cpu: "200m", memory: 256, memoryLimit: 1024 },
      batchDelayMs: 200,
      queue: { kind: "disk", bytes: 1024 * MiB, volume: "4Gi" },
    },
    jaeger: { resources: { cpu: "200m", memory: 512, memoryLimit: 2048 }, maxTraces: 20_000 },
  },
} as const satisfies Record<string, Profile>;

export type ProfileName = keyof typeof profiles;
export const profileNames = Object.keys(profiles) as ProfileName[];
