import { extra, type Processor } from "../component.ts";
import type { ErrorMode } from "./processors-content.ts";
import type { Duration, NonEmpty } from "./sending-queue.ts";

/** Policies that stand alone or inside others. `type` says which settings there are. */
export type SimplePolicy = { readonly name: string } & (
  | { readonly type: "always_sample" }
  /** Traces with the sampled flag set by their head. */
  | { readonly type: "trace_flags" }
  | {
      readonly type: "latency";
      /** Milliseconds; the upper one is upstream's way to a range. */
      readonly latency: { readonly threshold_ms: number; readonly upper_threshold_ms?: number };
    }
  | {
      readonly type: "numeric_attribute";
      readonly numeric_attribute: Inverted & {
        readonly key: string;
        readonly min_value?: number;
        readonly max_value?: number;
      };
    }
  | {
      readonly type: "probabilistic";
      readonly probabilistic: {
        readonly sampling_percentage: number;
        /** The same for all Collectors of one tier, another one for the next tier. */
        readonly hash_salt?: string;
      };
    }
  | {
      readonly type: "status_code";
      readonly status_code: { readonly status_codes: NonEmpty<"OK" | "ERROR" | "UNSET"> };
    }
  | {
      readonly type: "string_attribute";
      readonly string_attribute: Inverted & {
        readonly key: string;
        readonly values: NonEmpty<string>;
        readonly enabled_regex_matching?: boolean;
        readonly cache_max_size?: number;
      };
    }
  | {
      readonly type: "boolean_attribute";
      readonly boolean_attribute: Inverted & { readonly key: string; readonly value: boolean };
    }
  | {
      readonly type: "rate_limiting";
      readonly rate_limiting: { readonly spans_per_second: number; readonly burst_capacity?: number };
    }
  | {
      readonly type: "bytes_limiting";
      readonly bytes_limiting: { readonly bytes_per_second: number; readonly burst_capacity?: number };
    }
  | { readonly type: "span_count"; readonly span_count: { readonly min_spans: number; readonly max_spans?: number } }
  | { readonly type: "trace_state"; readonly trace_state: { readonly key: string; readonly values: NonEmpty<string> } }
  | {
      readonly type: "ottl_condition";
      readonly ottl_condition: {
        readonly error_mode: ErrorMode;
        readonly span?: readonly string[];
        readonly spanevent?: readonly string[];
      };
    }
);

interface Inverted {
  /** Matches what does not match, and what lacks the attribute. */
  readonly invert_match?: boolean;
}

/** The opposite of another policy. */
export type NotPolicy = {
  readonly name: string;
  readonly type: "not";
  readonly not: { readonly not_sub_policy: SimplePolicy };
};

/** All of several policies. */
export type AndPolicy = {
  readonly name: string;
  readonly type: "and";
  readonly and: { readonly and_sub_policy: NonEmpty<SimplePolicy | NotPolicy> };
};

/** Traces that all of these match are never kept, whatever the others say. */
export type DropPolicy = {
  readonly name: string;
  readonly type: "drop";
  readonly drop: { readonly drop_sub_policy: NonEmpty<SimplePolicy | NotPolicy> };
};

/** A rate, shared out over several policies. */
export type CompositePolicy = {
  readonly name: string;
  readonly type: "composite";
  readonly composite: {
    readonly max_total_spans_per_second: number;
    /** Names of the policies below, the most important first. */
    readonly policy_order: NonEmpty<string>;
    readonly composite_sub_policy: NonEmpty<SimplePolicy | AndPolicy>;
    readonly rate_allocation?: readonly { readonly policy: string; readonly percent: number }[];
  };
};

export type Policy = SimplePolicy | NotPolicy | AndPolicy | DropPolicy | CompositePolicy;

export interface TailSamplingArgs {
  /** A trace is kept when one of them says so. Names are unique; they label the processor's metrics. */
  readonly policies: NonEmpty<Policy>;
  /** From a trace's first span to its decision. Upstream's default: 30s. */
  readonly decision_wait?: Duration;
  /** Decides so soon after the root span. Upstream's default: 0s, off. */
  readonly decision_wait_after_root_received?: Duration;
  /** Traces in memory; below rate x decision_wait, traces are decided too early. Upstream's default: 50000. */
  readonly num_traces?: number;
  /** Makes senders wait when `num_traces` is reached. Upstream's default: false, the oldest go undecided. */
  readonly block_on_overflow?: boolean;
  readonly expected_new_traces_per_sec?: number;
  /** Remembers decisions for spans that come later; ten times `num_traces` is upstream's advice. Upstream's default: 0, off. */
  readonly decision_cache?: { readonly sampled_cache_size?: number; readonly non_sampled_cache_size?: number };
  /** Upstream's default: false. */
  readonly sample_on_first_match?: boolean;
  /** Drops a trace that grows beyond so many bytes. Upstream's default: 0, no limit. */
  readonly maximum_trace_size_bytes?: number;
  /** Upstream's default: false, traces in memory are decided on what there is. */
  readonly drop_pending_traces_on_shutdown?: boolean;
}

/**
 * Keeps or drops whole traces after seeing them. All spans of a trace must come to the same Collector.
 * @see https://github.com/open-telemetry/opentelemetry-collector-contrib/blob/main/processor/tailsamplingprocessor/README.md
 */
export function tailSampling(args: TailSamplingArgs, name = ""): Processor {
  return extra.processor("tail_sampling", { ...args }, name);
}

export type ProbabilisticSamplerArgs = {
  /** From 0 to 100. */
  readonly sampling_percentage: number;
  /** On an error keeps nothing instead of all. Upstream's default: true, fails closed. */
  readonly fail_closed?: boolean;
  /** Hex digits of the threshold, 1 to 14. Upstream's default: 4. */
  readonly sampling_precision?: number;
  /** Logs only: what is hashed. Upstream's default: traceID. */
  readonly attribute_source?: "traceID" | "record";
  readonly from_attribute?: string;
  /** Logs only: the attribute that holds a priority. */
  readonly sampling_priority?: string;
} & (
  | {
      /** Upstream's default: hash_seed. */
      readonly mode?: "hash_seed";
      /** The same for all Collectors of one tier. */
      readonly hash_seed: number;
    }
  | { readonly mode?: "hash_seed" | "proportional" | "equalizing"; readonly hash_seed?: never }
);

/**
 * Keeps a share of the traces, chosen by their id, so that all replicas choose the same.
 * @see https://github.com/open-telemetry/opentelemetry-collector-contrib/blob/main/processor/probabilisticsamplerprocessor/README.md
 */
export function probabilisticSampler(args: ProbabilisticSamplerArgs, name = ""): Processor {
  return extra.processor("probabilistic_sampler", { ...args }, name);
}
