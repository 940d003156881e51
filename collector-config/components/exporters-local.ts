import { type Exporter, extra } from "../component.ts";
import type { Duration, NonEmpty, SendingQueue } from "./sending-queue.ts";

/** Appends, rotates or (upstream's default) starts the file anew at each start; rotation appends by itself. */
type FileGrowth =
  | { readonly append?: boolean; readonly rotation?: never }
  | {
      readonly append?: false;
      readonly rotation: {
        /** Upstream's default: 100. */
        readonly max_megabytes?: number;
        /** Upstream's default: 0, no limit by age. */
        readonly max_days?: number;
        /** Upstream's default: 100. */
        readonly max_backups?: number;
        readonly localtime?: boolean;
      };
    };

export type FileExporterArgs = FileGrowth & {
  readonly path: string;
  /** Upstream's default: json, one request on each line. */
  readonly format?: "json" | "proto";
  readonly compression?: "zstd";
  /** Upstream's default: 1s. */
  readonly flush_interval?: Duration;
  readonly create_directory?: boolean;
};

/**
 * Writes OTLP into a file.
 * @see https://github.com/open-telemetry/opentelemetry-collector-contrib/blob/main/exporter/fileexporter/README.md
 */
export function fileExporter(args: FileExporterArgs, name = ""): Exporter {
  return extra.exporter("file", { ...args }, name);
}

export type DebugExporterArgs = {
  /** One line for each request, one for each item, or everything. Upstream's default: basic. */
  readonly verbosity?: "basic" | "normal" | "detailed";
  /** Messages in each second before thinning begins. Upstream's default: 2. */
  readonly sampling_initial?: number;
  /** Then one of so many. Upstream's default: 1, all. */
  readonly sampling_thereafter?: number;
  readonly sending_queue?: SendingQueue;
} & (
  | { readonly use_internal_logger?: true; readonly output_paths?: never }
  | {
      /** Writes plain text to stdout instead of the Collector's log. */
      readonly use_internal_logger: false;
      readonly output_paths?: NonEmpty<string>;
    }
);

/**
 * Shows data on the Collector's output, for development.
 * @see https://github.com/open-telemetry/opentelemetry-collector/blob/main/exporter/debugexporter/README.md
 */
export function debugExporter(args: DebugExporterArgs = {}, name = ""): Exporter {
  return extra.exporter("debug", { ...args }, name);
}

/**
 * Takes everything and does nothing with it.
 * @see https://github.com/open-telemetry/opentelemetry-collector/blob/main/exporter/nopexporter/README.md
 */
export function nopExporter(name = ""): Exporter {
  return extra.exporter("nop", {}, name);
}
