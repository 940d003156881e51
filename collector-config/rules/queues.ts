import { fields } from "../../common/objects.ts";
import { numberOr, processorType, type ReadComponent, type Reading, seconds } from "./reading.ts";
import type { Context, Finding, Mount, Rule } from "./rule.ts";

const helper = "https://github.com/open-telemetry/opentelemetry-collector/blob/main/exporter/exporterhelper/README.md";
const fileStorage =
  "https://github.com/open-telemetry/opentelemetry-collector-contrib/blob/main/extension/storage/filestorage/README.md";

const onDisk = (exporter: string, storage = "directory: /var/lib/otelcol/queue, fsync: true") =>
  `extensions: {file_storage: {${storage}}}\nexporters: {otlp_grpc: {${exporter}}}\nservice: {extensions: [health_check, file_storage]}`;
const durable = "retry_on_failure: {max_elapsed_time: 0s}, sending_queue: {storage: file_storage}";
const mounted: Mount = { path: "/var/lib/otelcol", persistent: true };

const noBatch: Rule = {
  id: "no-batch",
  title: "No pipeline uses the processor batch.",
  why: "It answers the sender before the spans are in any queue, so a restart loses what was acknowledged; exporters batch by themselves.",
  source: helper,
  severity: "error",
  fix: "sending_queue: {batch: {}} in the exporter, and batch taken out",
  example: {
    wrong: {
      yaml: "processors: {batch: {}}\nservice: {pipelines: {traces: {processors: [memory_limiter, batch]}}}",
    },
    right: { yaml: "exporters: {otlp_grpc: {sending_queue: {batch: {flush_timeout: 200ms}}}}" },
  },
  check: (config) =>
    config.pipelines.flatMap(({ path, processors, exporters }) => {
      const others = processors.filter((id) => processorType(id) !== "batch");
      if (others.length === processors.length) return [];
      return [
        {
          path: `${path}.processors`,
          message: "uses batch, which acknowledges spans before they are safe",
          fix: `processors: [${others.join(", ")}], and sending_queue: {batch: {}} in ${exporters.join(", ") || "the exporter"}`,
        },
      ];
    }),
};

const queues: Rule = {
  id: "queues",
  title: "The sizes of a queue and its batches fit each other, and wait_for_result stands with no disk.",
  why: "The Collector refuses to start, or no batch ever fills.",
  source: helper,
  severity: "error",
  fix: "sending_queue: {sizer: items, queue_size: 20000, batch: {min_size: 4096, max_size: 8192}}",
  example: {
    wrong: {
      yaml: "exporters: {otlp_grpc: {sending_queue: {sizer: items, queue_size: 1000, batch: {min_size: 4096}}}}",
    },
    right: {
      yaml: "exporters: {otlp_grpc: {sending_queue: {sizer: items, queue_size: 20000, batch: {min_size: 4096, max_size: 8192}}}}",
    },
  },
  check: (config) => config.exporters.flatMap(queueProblems),
};

function queueProblems({ config, path }: ReadComponent): Finding[] {
  const queue = fields(config["sending_queue"]);
  const batch = fields(queue["batch"]);
  const found: Finding[] = [];
  const add = (key: string, message: string, fix: string) =>
    found.push({ path: `${path}.sending_queue.${key}`, message, fix });
  const { min_size: least, max_size: most } = batch;
  const size = queue["queue_size"];
  if (typeof queue["storage"] === "string" && queue["wait_for_result"] === true) {
    add("wait_for_result", "is true for a queue on disk, which the Collector refuses", "wait_for_result: false");
  }
  if (typeof size === "number" && size <= 0) add("queue_size", `is ${size}`, "queue_size: 1000");
  if (typeof least === "number" && typeof most === "number" && most > 0 && most < least) {
    add("batch.max_size", `is ${most}, below min_size ${least}`, `max_size: ${least * 2}`);
  }
  const sameUnit = (batch["sizer"] ?? queue["sizer"]) === queue["sizer"];
  if (sameUnit && typeof least === "number" && typeof size === "number" && size > 0 && size < least) {
    add("queue_size", `is ${size}, below the batch's min_size ${least}, so no batch fills`, `queue_size: ${least * 4}`);
  }
  const sizer = batch["sizer"] ?? (Object.keys(batch).length > 0 ? queue["sizer"] : undefined);
  if (sizer === "requests") add("batch.sizer", "is requests, which the Collector refuses", "sizer: items");
  return found;
}

/** Exporters whose queue is kept by an extension, with that extension if it is defined. */
function stored(config: Reading): { exporter: ReadComponent; storage: ReadComponent | undefined }[] {
  return config.exporters.flatMap((exporter) => {
    const id = fields(exporter.config["sending_queue"])["storage"];
    return typeof id === "string" && id !== ""
      ? [{ exporter, storage: config.extensions.find((extension) => extension.id === id) }]
      : [];
  });
}

const retry: Rule = {
  id: "retry",
  title: "An exporter with its queue on disk retries without end.",
  why: "Retrying ends after five minutes by default, and then the spans that were kept on disk are thrown away.",
  source: helper,
  severity: "error",
  fix: "retry_on_failure: {max_elapsed_time: 0s}",
  example: {
    wrong: { yaml: onDisk("sending_queue: {storage: file_storage}") },
    right: { yaml: onDisk(durable) },
  },
  check: (config) =>
    stored(config).flatMap(({ exporter }) => {
      if (exporter.type === "elasticsearch") return endingRetries(exporter);
      const settings = fields(exporter.config["retry_on_failure"]);
      const path = `${exporter.path}.retry_on_failure`;
      if (settings["enabled"] === false) {
        return [{ path: `${path}.enabled`, message: "is false for a queue on disk" }];
      }
      const end = settings["max_elapsed_time"];
      const ends = end === undefined || end === null ? 300 : seconds(end);
      if (ends === undefined || ends === 0) return [];
      const got = end === undefined || end === null ? "is not set, and its default is 300s" : `is ${end}`;
      return [{ path: `${path}.max_elapsed_time`, message: `${got}, after which spans on disk are dropped` }];
    }),
};

/**
 * The Elasticsearch exporter counts its attempts, under a key of its own.
 * @see https://github.com/open-telemetry/opentelemetry-collector-contrib/blob/main/exporter/elasticsearchexporter/README.md
 */
function endingRetries({ path, config }: ReadComponent): Finding[] {
  const settings = fields(config["retry"]);
  const fix = "retry: {max_retries: 1000000, retry_on_status: [429, 500, 502, 503, 504]}";
  if (settings["enabled"] === false) {
    return [{ path: `${path}.retry.enabled`, message: "is false for a queue on disk", fix }];
  }
  const most = numberOr(settings["max_retries"], 2);
  if (most === undefined || most >= 10_000) return [];
  return [{ path: `${path}.retry.max_retries`, message: `is ${most}, after which spans on disk are dropped`, fix }];
}

const fsync: Rule = {
  id: "fsync",
  title: "A queue on disk is written with fsync.",
  why: "Without it spans that were acknowledged are still in the machine's memory, and a power cut takes them.",
  source: fileStorage,
  severity: "error",
  fix: "fsync: true",
  example: {
    wrong: { yaml: onDisk(durable, "directory: /var/lib/otelcol/queue") },
    right: { yaml: onDisk(durable) },
  },
  check: (config) =>
    config.extensions
      .filter((extension) => stored(config).some(({ storage }) => storage === extension))
      .filter(({ type, config: settings }) => type === "file_storage" && settings["fsync"] !== true)
      .map(({ path, config: settings }) => ({
        path: `${path}.fsync`,
        message: `is ${settings["fsync"] ?? "not set, and its default is false"}`,
      })),
};

/** Exporters that have no sending queue. */
const queueless = ["debug", "file", "prometheus", "nop", "jaeger_storage_exporter", "load_balancing"];

const durableQueue: Rule = {
  id: "durable-queue",
  title: "A gateway with a volume keeps its queues on it.",
  why: "A queue in memory goes with the process, and the agents were told that the spans are safe.",
  source: helper,
  severity: "warning",
  fix: "sending_queue: {storage: file_storage}",
  example: {
    wrong: {
      yaml: "exporters: {otlp_grpc: {sending_queue: {queue_size: 1000}}}",
      context: { role: "durable-gateway" },
    },
    right: { yaml: onDisk(durable), context: { role: "durable-gateway", volumeMounts: [mounted] } },
  },
  check: (config, { role }) =>
    role !== "durable-gateway"
      ? []
      : config.exporters
          .filter(({ type, config: settings }) => {
            const queue = fields(settings["sending_queue"]);
            // Without a queue the sender waits for the backend's answer.
            const none = queueless.includes(type) || queue["enabled"] === false;
            return !none && !queue["storage"] && queue["wait_for_result"] !== true;
          })
          .map(({ path }) => ({
            path: `${path}.sending_queue.storage`,
            message: "is not set: the queue is in memory",
          })),
};

function directories(config: Reading): { path: string; directory: string }[] {
  return config.extensions
    .filter(({ type }) => type === "file_storage")
    .flatMap(({ path, config: settings }) => {
      const compaction = fields(settings["compaction"]);
      const compacts = compaction["on_start"] === true || compaction["on_rebound"] === true;
      return [
        { path: `${path}.directory`, directory: settings["directory"] ?? "/var/lib/otelcol/file_storage" },
        ...(compacts ? [{ path: `${path}.compaction.directory`, directory: compaction["directory"] ?? "/tmp" }] : []),
      ];
    })
    .filter(
      (one): one is { path: string; directory: string } =>
        typeof one.directory === "string" && !one.directory.includes("${"),
    );
}

function mountOf(directory: string, mounts: readonly Mount[]): Mount | undefined {
  const above = mounts.filter(({ path }) => `${directory}/`.startsWith(path.endsWith("/") ? path : `${path}/`));
  return above.sort((a, b) => b.path.length - a.path.length)[0];
}

const storageDirectory: Rule = {
  id: "storage-directory",
  title: "The directory of file_storage is on a volume that the container can write to.",
  why: "In the image's own file system the start fails where that is read-only, and the queue is gone with the container where it is not.",
  source: fileStorage,
  severity: "error",
  fix: "directory: a folder on a volume of the container",
  example: {
    wrong: { yaml: onDisk(durable), context: { volumeMounts: [{ path: "/conf", readOnly: true }] } },
    right: { yaml: onDisk(durable), context: { volumeMounts: [mounted] } },
  },
  check: (config, { volumeMounts }) =>
    volumeMounts === undefined
      ? []
      : directories(config)
          .filter(({ directory }) => {
            const mount = mountOf(directory, volumeMounts);
            return mount === undefined || mount.readOnly === true;
          })
          .map(({ path, directory }) => ({
            path,
            message: `is ${directory}, where no volume that can be written to is mounted`,
            fix: `volumeMounts: [{name: queue, mountPath: ${directory}}] in the container`,
          })),
};

const fsGroup: Rule = {
  id: "fs-group",
  title: "A pod that keeps a queue on a persistent volume sets fsGroup.",
  why: "A new volume belongs to root, and a Collector that is not root can't write to it.",
  source: "https://kubernetes.io/docs/tasks/configure-pod-container/security-context/",
  severity: "error",
  fix: "securityContext: {fsGroup: 10001} in the pod",
  example: {
    wrong: { yaml: onDisk(durable), context: { volumeMounts: [mounted], fsGroup: null } },
    right: { yaml: onDisk(durable), context: { volumeMounts: [mounted], fsGroup: 10001 } },
  },
  check: (config, { volumeMounts = [], fsGroup: group }: Context) =>
    group !== null
      ? []
      : directories(config)
          .filter(({ directory }) => mountOf(directory, volumeMounts)?.persistent === true)
          .map(({ path, directory }) => ({
            path,
            message: `is ${directory} on a persistent volume, and the pod has no fsGroup`,
          })),
};

export const queueRules: readonly Rule[] = [noBatch, queues, retry, fsync, durableQueue, storageDirectory, fsGroup];
