/** Bytes of a span on its way, about: an OTLP request of 100 spans of a web service is some 59 kB. */
export const spanBytes = 600;

/** Requests that one exporter sends at the same time. Each holds up to a whole batch, so more of them cost memory and gain nothing. */
export const consumers = 4;

/** Seconds that a request to a backend may take: upstream's default. */
export const timeoutSeconds = 5;

/**
 * Size of each backend's queue on a volume that all backends share.
 * A database file grows to about one and a half times its content, and compaction writes a second copy of one of them.
 * @param volumeBytes Size of the volume.
 * @param backends How many queues stand on it, at least 1.
 */
export function queueBytes(volumeBytes: number, backends: number): number {
  return Math.floor(volumeBytes / 1.5 / (backends + 1));
}

/**
 * Seconds that a backend may be away before its queue is full and the agents, then the SDKs, must wait.
 * @param pods How many gateway pods share the load.
 */
export function outageSeconds(bytes: number, spansPerSecond: number, pods: number): number {
  return Math.floor((bytes * pods) / (spansPerSecond * spanBytes));
}

/**
 * Seconds between SIGTERM and SIGKILL that a Collector needs to empty its queue in memory, at 5 s for each full batch;
 * a queue on disk needs only the requests under way, since the rest is found again at the next start.
 * @param longest Seconds that the slowest of its backends may take for one request.
 */
export function drainSeconds(
  queue: { readonly kind: "memory" | "disk"; readonly bytes: number },
  batchBytes: number,
  longest: number = timeoutSeconds,
): number {
  const rounds = queue.kind === "disk" ? 1 : Math.ceil(queue.bytes / batchBytes / consumers);
  // Listeners close first, then processors hand over what they hold.
  const closing = 10;
  return closing + Math.max(rounds * timeoutSeconds, longest);
}

/** A duration for people: `3 h 10 min`, `12 min`, `40 s`. */
export function forPeople(seconds: number): string {
  if (seconds < 120) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 120) return `${minutes} min`;
  return `${Math.floor(minutes / 60)} h${minutes % 60 === 0 ? "" : ` ${minutes % 60} min`}`;
}
