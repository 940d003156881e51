import type { Extension } from "../component.ts";

/** A length of time as Go writes it, such as `500ms`, `1s` or `10m`. */
export type Duration = `${number}${"ms" | "s" | "m" | "h"}`;

/** A list that holds something: upstream refuses an empty one. */
export type NonEmpty<T> = readonly [T, ...T[]];

/** What a queue or batch is measured in: whole requests, items (spans, data points, log records) or bytes of protobuf. */
export type Sizer = "requests" | "items" | "bytes";

/** How what waits in the queue is packed into requests. */
export interface Batch {
  /**
   * Upstream takes the queue's sizer when this is missing, and refuses `requests`, which is the queue's default;
   * so it is always written.
   */
  readonly sizer: Exclude<Sizer, "requests">;
  /** How long to wait for `min_size`. Upstream's default: 200ms. */
  readonly flush_timeout?: Duration;
  /** Send as soon as so much has come, in `sizer`; at most `queue_size` when the queue has the same sizer. Upstream's default: 8192. */
  readonly min_size?: number;
  /** Split what is larger, in `sizer`; not below `min_size`. Upstream's default: 0, no limit. */
  readonly max_size?: number;
  /** One batch for each combination of these request headers' values; the receiver needs `include_metadata`. */
  readonly partition?: { readonly metadata_keys: NonEmpty<string> };
}

interface QueueSettings {
  readonly enabled?: true;
  /** Default: requests. */
  readonly sizer?: Sizer;
  /** How much may wait or be under way, in `sizer`. Upstream's default: 1000, too little for bytes or items. */
  readonly queue_size?: number;
  /** Requests under way at a time. Upstream's default: 10. */
  readonly num_consumers?: number;
  /** A full queue makes senders wait instead of refusing what they bring. Upstream's default: false. */
  readonly block_on_overflow?: boolean;
  /** Upstream's default: no batching. */
  readonly batch?: Batch;
}

/**
 * The queue in front of an exporter. It is on disk, in memory, or in memory with the sender waiting for the result;
 * the last two can't be had together with a disk, since a persistent queue answers before the backend does.
 * @see https://github.com/open-telemetry/opentelemetry-collector/blob/main/exporter/exporterhelper/README.md
 */
export type SendingQueue =
  | { readonly enabled: false }
  | (QueueSettings & { readonly storage: Extension; readonly wait_for_result?: false })
  | (QueueSettings & { readonly storage?: never; readonly wait_for_result?: boolean });

/**
 * What to do when the backend fails in a way that may pass. After `max_elapsed_time` the data is dropped.
 * @see https://github.com/open-telemetry/opentelemetry-collector/blob/main/config/configretry/README.md
 */
export type RetryOnFailure =
  | { readonly enabled: false }
  | {
      readonly enabled?: true;
      /** Upstream's default: 5s; of opensearch: no end. */
      readonly initial_interval?: Duration;
      /** Upstream's default: 30s. */
      readonly max_interval?: Duration;
      /** `0s` retries for ever; otherwise not below the two intervals. Upstream's default: 5m. */
      readonly max_elapsed_time?: Duration;
      /** Upstream's default: 1.5. */
      readonly multiplier?: number;
      /** From 0 to 1. Upstream's default: 0.5. */
      readonly randomization_factor?: number;
    };

/** What the exporters share that are built on upstream's helper. */
export interface Delivery {
  /** How long one attempt may take. Upstream's default: 5s. */
  readonly timeout?: Duration;
  readonly sending_queue?: SendingQueue;
  readonly retry_on_failure?: RetryOnFailure;
}
