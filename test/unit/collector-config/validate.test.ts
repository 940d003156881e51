import { expect, test } from "vitest";
import { listeners } from "../../../collector-config/listeners.ts";
import type { CollectorConfig } from "../../../collector-config/types.ts";
import { validateConfig } from "../../../collector-config/validate.ts";

const sound: CollectorConfig = {
  extensions: { health_check: { endpoint: "[${env:POD_IP}]:13133" }, file_storage: { directory: "/queue" } },
  receivers: { otlp: { protocols: { grpc: { endpoint: "[${env:POD_IP}]:4317" } } } },
  processors: { memory_limiter: {} },
  exporters: { otlp_grpc: { endpoint: "jaeger:4317", sending_queue: { storage: "file_storage" } } },
  service: {
    extensions: ["health_check", "file_storage"],
    telemetry: { metrics: { readers: [{ pull: { exporter: { prometheus: { host: "", port: 8888 } } } }] } },
    pipelines: { traces: { receivers: ["otlp"], processors: ["memory_limiter"], exporters: ["otlp_grpc"] } },
  },
};

test("a sound configuration has no problem", () => {
  expect(validateConfig(sound)).toEqual([]);
});

test("all problems are listed at once", () => {
  const broken: CollectorConfig = {
    ...sound,
    receivers: { otlp: { protocols: { grpc: { endpoint: "0.0.0.0:8888" } } }, zipkin: {} },
    exporters: { otlp_grpc: { sending_queue: { storage: "nowhere", wait_for_result: true } } },
    service: {
      ...sound.service,
      pipelines: {
        traces: {
          receivers: ["otlp", "jaeger"],
          processors: ["tail_sampling", "k8s_attributes", "batch"],
          exporters: [],
        },
      },
    },
  };
  expect(validateConfig(broken)).toEqual([
    "pipeline traces names the receiver jaeger, which is not defined",
    "the receiver zipkin is defined but not used",
    "pipeline traces names the processor tail_sampling, which is not defined",
    "pipeline traces names the processor k8s_attributes, which is not defined",
    "pipeline traces names the processor batch, which is not defined",
    "the processor memory_limiter is defined but not used",
    "the exporter otlp_grpc is defined but not used",
    "pipeline traces has no exporter",
    "pipeline traces does not begin with memory_limiter",
    "pipeline traces has k8s_attributes after tail_sampling, where the sender is no longer known",
    "pipeline traces uses the deprecated processor batch, which acknowledges spans before they are safe",
    "exporter otlp_grpc keeps its queue in nowhere, which is not among the service's extensions",
    "exporter otlp_grpc has a queue on disk and wait_for_result, which the Collector refuses together",
    "receivers.otlp.protocols.grpc listens on 0.0.0.0 instead of the pod IP",
    "receivers.otlp.protocols.grpc and service.telemetry.metrics.readers.0 both listen on port 8888",
  ]);
});

test("a connector may stand as exporter of one pipeline and receiver of another", () => {
  const connected: CollectorConfig = {
    ...sound,
    connectors: { forward: {} },
    service: {
      ...sound.service,
      pipelines: {
        "traces/in": { receivers: ["otlp"], processors: ["memory_limiter"], exporters: ["forward"] },
        "traces/out": { receivers: ["forward"], processors: ["memory_limiter"], exporters: ["otlp_grpc"] },
      },
    },
  };
  expect(validateConfig(connected)).toEqual([]);
});

test("one port on two different addresses is no clash", () => {
  const receivers = { ...sound.receivers, "otlp/loopback": { protocols: { grpc: { endpoint: "127.0.0.1:4317" } } } };
  const pipelines = { traces: { ...sound.service.pipelines["traces"]!, receivers: ["otlp", "otlp/loopback"] } };
  expect(validateConfig({ ...sound, receivers, service: { ...sound.service, pipelines } })).toEqual([]);
});

test("listeners are receivers, extensions and own metrics, not exporters", () => {
  expect(listeners(sound).map(({ host, port }) => `${host}:${port}`)).toEqual([
    "${env:POD_IP}:4317",
    "${env:POD_IP}:13133",
    ":8888",
  ]);
});
