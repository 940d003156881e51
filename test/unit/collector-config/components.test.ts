import { expect, test } from "vitest";
import { assemble } from "../../../collector-config/assemble.ts";
import type { PipelineOf } from "../../../collector-config/component.ts";
import { failover, routing } from "../../../collector-config/components/connectors.ts";
import { otlpGrpcExporter, otlpHttpExporter } from "../../../collector-config/components/exporters-otlp.ts";
import { bearerTokenAuth, fileStorage, healthCheck, oidc } from "../../../collector-config/components/extensions.ts";
import { memoryLimiter } from "../../../collector-config/components/processors.ts";
import { otlpReceiver } from "../../../collector-config/components/receivers.ts";

const disk = fileStorage({ directory: "/queue", create_directory: true, fsync: true });

function traces(parts: Partial<PipelineOf>): PipelineOf {
  return { signal: "traces", name: "", receivers: [], processors: [], exporters: [], ...parts };
}

test("what a component refers to is written as its id and comes along", () => {
  const exporter = otlpGrpcExporter(
    {
      endpoint: "jaeger:4317",
      tls: { ca_file: "/tls/ca.crt", cert_file: "/tls/tls.crt", key_file: "/tls/tls.key", reload_interval: "1m" },
      auth: { authenticator: bearerTokenAuth({ token: "${env:TOKEN}" }, "jaeger") },
      retry_on_failure: { initial_interval: "1s", max_interval: "10s", max_elapsed_time: "0s" },
      sending_queue: {
        storage: disk,
        block_on_overflow: true,
        sizer: "bytes",
        queue_size: 1_000_000,
        batch: { flush_timeout: "200ms", min_size: 100_000, max_size: 200_000, sizer: "bytes" },
      },
    },
    "jaeger",
  );
  const receivers = [otlpReceiver({ host: "[${env:POD_IP}]", max_recv_msg_size_mib: 64 })];
  const processors = [memoryLimiter({ check_interval: "1s", limit_percentage: 80, spike_limit_percentage: 20 })];
  expect(
    assemble({
      pipelines: [traces({ receivers, processors, exporters: [exporter] })],
      extensions: [healthCheck({ endpoint: "[${env:POD_IP}]:13133" })],
    }),
  ).toEqual({
    extensions: {
      health_check: { endpoint: "[${env:POD_IP}]:13133" },
      "bearertokenauth/jaeger": { token: "${env:TOKEN}" },
      file_storage: { directory: "/queue", create_directory: true, fsync: true },
    },
    receivers: {
      otlp: {
        protocols: {
          grpc: { endpoint: "[${env:POD_IP}]:4317", max_recv_msg_size_mib: 64 },
          http: { endpoint: "[${env:POD_IP}]:4318", max_request_body_size: 67_108_864 },
        },
      },
    },
    processors: { memory_limiter: { check_interval: "1s", limit_percentage: 80, spike_limit_percentage: 20 } },
    exporters: {
      "otlp_grpc/jaeger": {
        endpoint: "jaeger:4317",
        tls: { ca_file: "/tls/ca.crt", cert_file: "/tls/tls.crt", key_file: "/tls/tls.key", reload_interval: "1m" },
        auth: { authenticator: "bearertokenauth/jaeger" },
        retry_on_failure: { initial_interval: "1s", max_interval: "10s", max_elapsed_time: "0s" },
        sending_queue: {
          storage: "file_storage",
          block_on_overflow: true,
          sizer: "bytes",
          queue_size: 1_000_000,
          batch: { flush_timeout: "200ms", min_size: 100_000, max_size: 200_000, sizer: "bytes" },
        },
      },
    },
    service: {
      extensions: ["health_check", "bearertokenauth/jaeger", "file_storage"],
      pipelines: { traces: { receivers: ["otlp"], processors: ["memory_limiter"], exporters: ["otlp_grpc/jaeger"] } },
    },
  });
});

test("both OTLP protocols get the TLS, the authenticator and the size limit; CORS is HTTP's and keepalive gRPC's", () => {
  const tls = { cert_file: "/tls/tls.crt", key_file: "/tls/tls.key", client_ca_file: "/tls/ca.crt" };
  const provider = { issuer_url: "https://issuer.example.com", audience: "traces" };
  const auth = { authenticator: oidc({ providers: [provider] }) };
  const keepalive = { server_parameters: { max_connection_age: "5m" } } as const;
  const cors = { allowed_origins: ["https://shop.example.com"] };
  const args = { host: "127.0.0.1", tls, auth, keepalive, cors, include_metadata: true, keep_alives_enabled: false };
  expect(otlpReceiver(args, "secure")).toEqual({
    kind: "receiver",
    type: "otlp",
    name: "secure",
    config: {
      protocols: {
        grpc: {
          endpoint: "127.0.0.1:4317",
          max_recv_msg_size_mib: 16,
          tls,
          auth,
          include_metadata: true,
          keepalive,
        },
        http: {
          endpoint: "127.0.0.1:4318",
          max_request_body_size: 16_777_216,
          tls,
          auth,
          include_metadata: true,
          cors,
          keep_alives_enabled: false,
        },
      },
    },
  });
});

test("routing and failover name the pipelines they send to", () => {
  const eu = { signal: "traces", name: "eu" } as const;
  const rest = { signal: "traces", name: "" } as const;
  const router = routing({
    table: [{ condition: 'resource.attributes["region"] == "eu"', pipelines: [eu, rest], action: "copy" }],
    default_pipelines: [rest],
    error_mode: "ignore",
  });
  expect(router.config).toEqual({
    table: [{ condition: 'resource.attributes["region"] == "eu"', pipelines: ["traces/eu", "traces"], action: "copy" }],
    default_pipelines: ["traces"],
    error_mode: "ignore",
  });
  expect(failover({ priority_levels: [[eu], [rest, eu]], retry_interval: "10s" }).config).toEqual({
    sending_queue: { enabled: false },
    priority_levels: [["traces/eu"], ["traces", "traces/eu"]],
    retry_interval: "10s",
  });
  const queue = { queue_size: 5 };
  expect(failover({ priority_levels: [[eu]], sending_queue: queue }).config).toMatchObject({ sending_queue: queue });
});

test("the spelling of a version reaches the ids in settings too", () => {
  const storage = fileStorage({ directory: "/queue" });
  const exporters = [otlpHttpExporter({ endpoint: "https://example.com", sending_queue: { storage } })];
  const spell = (_: string, type: string) => ({ otlp_http: "otlphttp", file_storage: "old_storage" })[type] ?? type;
  const { exporters: written } = assemble({ pipelines: [traces({ exporters })], extensions: [] }, spell);
  expect(written).toEqual({
    otlphttp: { endpoint: "https://example.com", sending_queue: { storage: "old_storage" } },
  });
});
