import type { Reading } from "./reading.ts";

/** `error`: it does not start, or it loses, falsifies or leaks data. `warning`: it works, with a known weakness. */
export type Severity = "error" | "warning";

/** A folder of the container's that is not its image's. */
export interface Mount {
  readonly path: string;
  readonly readOnly?: boolean;
  /** Whether it outlives the pod: a PersistentVolumeClaim. */
  readonly persistent?: boolean;
}

/** What is known of the place where a configuration runs. A missing member is unknown, and no rule guesses it. */
export interface Context {
  /** The container's memory limit; null when it has none. */
  readonly memoryLimitMiB?: number | null;
  readonly goMemLimitMiB?: number;
  /** How many pods run it at once, at most. */
  readonly replicas?: number;
  /** Ports of the pod that a Service or a port of the node leads to. */
  readonly servicePorts?: readonly number[];
  readonly volumeMounts?: readonly Mount[];
  /** The group that owns the pod's volumes; null when none is set and the container is not root. */
  readonly fsGroup?: number | null;
  /** Names of the container's environment variables. */
  readonly env?: readonly string[];
  /** New traces that arrive per second at one pod. */
  readonly tracesPerSecond?: number;
  /** Whether all spans of one trace reach the same pod. */
  readonly upstreamRouting?: "trace-id" | "any";
  /** `agent`: one pod per node. `gateway`: any other pod. `durable-gateway`: a gateway with a volume that outlives it. */
  readonly role?: "agent" | "gateway" | "durable-gateway";
  /** The container's image. */
  readonly image?: string;
  /** Whether the Collector is the only container of its pod. */
  readonly alone?: boolean;
}

/** What a rule found wrong in one place. */
export interface Finding {
  /** The setting's place, such as `processors.tail_sampling.num_traces`. */
  readonly path: string;
  /** What is wrong, with the value got. */
  readonly message: string;
  /** What to write there instead. Default: the rule's `fix`. */
  readonly fix?: string;
}

/** Part of a configuration, and where it runs if that matters. */
export interface Example {
  readonly yaml: string;
  readonly context?: Context;
}

/** One thing that must hold of a Collector configuration. */
export interface Rule {
  /** Stable. In policies and on the command line it stands with `collector-` in front. */
  readonly id: string;
  /** What must hold, as a sentence. */
  readonly title: string;
  /** What happens otherwise, as a sentence. */
  readonly why: string;
  /** Address of the upstream page. */
  readonly source: string;
  readonly severity: Severity;
  /** The line to write where the finding has none of its own. */
  readonly fix: string;
  /** Laid over a sound configuration, `wrong` breaks this rule and `right` does not. */
  readonly example: { readonly wrong: Example; readonly right: Example };
  check(config: Reading, context: Context): Finding[];
}

/** A finding with the rule that made it, in plain text. */
export interface Problem {
  readonly id: string;
  readonly severity: Severity;
  readonly path: string;
  readonly message: string;
  readonly fix: string;
}
