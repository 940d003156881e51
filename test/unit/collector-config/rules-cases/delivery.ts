import { at, type Cases, queue, traces } from "./yaml.ts";

const disk = (directory: string, rest = "") =>
  `extensions: {file_storage/a: {directory: ${directory}, ${rest}}}\nservice: {extensions: [health_check, file_storage/a]}`;
const levels = (own: string, first: string) =>
  `connectors: {failover: {priority_levels: [[traces/a], [traces/b]], ${own}}}
exporters: {zipkin/a: {endpoint: "http://a:9411/api/v2/spans", ${first}}}
service: {pipelines: {traces: {exporters: [failover]}, traces/a: {receivers: [failover], exporters: [zipkin/a]}, traces/b: {receivers: [failover], exporters: [otlp_grpc]}}}`;
const fast = "sending_queue: {enabled: false}, retry_on_failure: {enabled: false}";

/** Rules of queues.ts and failover.ts. */
export const delivery: Readonly<Record<string, Cases>> = {
  "no-batch": {
    fails: [at(`processors: {batch/a: {}}\n${traces("processors: [memory_limiter, batch/a]")}`)],
    passes: [at("processors: {batch: {}}")],
  },
  queues: {
    fails: [
      at(queue("{storage: file_storage, wait_for_result: true}")),
      at(queue("{queue_size: 0}")),
      at(queue("{batch: {min_size: 20, max_size: 10}}")),
      at(queue("{sizer: requests, batch: {flush_timeout: 1s}}")),
    ],
    passes: [
      at(queue("{queue_size: 10, batch: {sizer: items, min_size: 20}}")),
      at(queue("{queue_size: 100, batch: {min_size: 20, max_size: 0}}")),
      at(queue("{wait_for_result: true}")),
    ],
  },
  retry: {
    fails: [
      at(`${queue("{storage: file_storage}")}\n`),
      at("exporters: {otlp_grpc: {retry_on_failure: {max_elapsed_time: 1h}, sending_queue: {storage: a}}}"),
      at("exporters: {otlp_grpc: {retry_on_failure: {enabled: false}, sending_queue: {storage: a}}}"),
      at("exporters: {elasticsearch: {sending_queue: {storage: a}}}"),
      at("exporters: {elasticsearch: {retry: {enabled: false}, sending_queue: {storage: a}}}"),
      at("exporters: {elasticsearch: {timeout: 0s, retry: {max_retries: 3}, sending_queue: {storage: a}}}"),
      at("exporters: {elasticsearch: {retry: {max_retries: 34}, sending_queue: {storage: a}}}"),
      at("exporters: {elasticsearch: {timeout: 1m, retry: {max_retries: 34}, sending_queue: {storage: a}}}"),
    ],
    passes: [
      at("exporters: {otlp_grpc: {retry_on_failure: {max_elapsed_time: 0}, sending_queue: {storage: a}}}"),
      at("exporters: {otlp_grpc: {retry_on_failure: {max_elapsed_time: 60s}, sending_queue: {}}}"),
      at("exporters: {elasticsearch: {timeout: 0s, retry: {max_retries: 34}, sending_queue: {storage: a}}}"),
      at("exporters: {elasticsearch: {timeout: 2h, retry: {max_retries: 100000}, sending_queue: {storage: a}}}"),
      at("exporters: {elasticsearch: {sending_queue: {}}}"),
    ],
  },
  fsync: {
    fails: [at(`extensions: {file_storage: {fsync: false}}\n${queue("{storage: file_storage}")}`)],
    passes: [
      at(`extensions: {file_storage: {}}`),
      at(`extensions: {db_storage: {}}\n${queue("{storage: db_storage}")}`),
    ],
  },
  "durable-queue": {
    fails: [at("{}", { role: "durable-gateway" })],
    passes: [
      at("{}"),
      at("{}", { role: "gateway" }),
      at(queue("{wait_for_result: true}"), { role: "durable-gateway" }),
      at(queue("{enabled: false}"), { role: "durable-gateway" }),
      at("exporters: {otlp_grpc: {sending_queue: {storage: a}}, debug: {}, file: {}}", { role: "durable-gateway" }),
    ],
  },
  failover: {
    fails: [
      at(levels("sending_queue: {enabled: true}", fast)),
      at(levels("sending_queue: {storage: file_storage}", fast)),
      at(levels("sending_queue: {enabled: false}", "")),
      at(levels("sending_queue: {enabled: false}", "sending_queue: {storage: a}, retry_on_failure: {enabled: false}")),
      at(levels("sending_queue: {enabled: false}", "sending_queue: {enabled: false}")),
      at(
        levels(
          "sending_queue: {enabled: false}",
          "sending_queue: {enabled: false}, retry_on_failure: {max_elapsed_time: 0s}",
        ),
      ),
    ],
    passes: [
      at(
        levels(
          "sending_queue: {enabled: false}",
          "sending_queue: {enabled: false}, retry_on_failure: {max_elapsed_time: 5s}",
        ),
      ),
      at(levels("sending_queue: {enabled: false}", `${fast}, timeout: 2s`)),
      at("connectors: {failover/a: {sending_queue: {enabled: false}, priority_levels: 5}}"),
      at("connectors: {forward: {}}"),
    ],
  },
  "storage-directory": {
    fails: [
      at(disk("/var/lib/otelcolumn"), { volumeMounts: [{ path: "/var/lib/otelcol" }] }),
      at(disk("/q/a"), { volumeMounts: [{ path: "/" }, { path: "/q", readOnly: true }] }),
      at(disk("/q", "compaction: {on_start: true}"), { volumeMounts: [{ path: "/q" }] }),
      at("extensions: {file_storage: }", { volumeMounts: [] }),
    ],
    passes: [
      at(disk("/q")),
      at(disk("/q/a/b"), { volumeMounts: [{ path: "/q/" }] }),
      at(disk("'${env:DIR}'"), { volumeMounts: [] }),
      at(disk("/q", "compaction: {on_rebound: true, directory: /q/c}"), { volumeMounts: [{ path: "/q" }] }),
    ],
  },
  "fs-group": {
    fails: [at(disk("/q"), { fsGroup: null, volumeMounts: [{ path: "/q", persistent: true }] })],
    passes: [
      at(disk("/q"), { volumeMounts: [{ path: "/q", persistent: true }] }),
      at(disk("/q"), { fsGroup: null, volumeMounts: [{ path: "/q" }] }),
    ],
  },
};
