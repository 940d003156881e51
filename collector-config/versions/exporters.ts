import { all, contribOnly, type Table, until } from "./table.ts";

/** Exporters by their newest names. */
export const exporters: Table = {
  azure_blob: { contrib: all, was: ["azureblob", 148] },
  azure_monitor: { contrib: all, was: ["azuremonitor", 159] },
  bmc_helix: { contrib: all, was: ["bmchelix", 152] },
  carbon: { contrib: until(141) },
  debug: { core: all, contrib: all, k8s: all, jaeger: all },
  file: { core: all, contrib: all, k8s: all },
  google_cloud_storage: { contrib: all, was: ["googlecloudstorage", 148] },
  honeycomb_marker: { contrib: all, was: ["honeycombmarker", 151] },
  jaeger_storage_exporter: { jaeger: all },
  kafka: { core: all, contrib: all, jaeger: all },
  load_balancing: { contrib: all, k8s: all, was: ["loadbalancing", 153] },
  mezmo: { contrib: until(161) },
  nop: { core: all, contrib: all, k8s: all, jaeger: all },
  otelarrow: { contrib: all, k8s: all },
  otlp_grpc: { core: all, contrib: all, k8s: all, otlp: all, jaeger: all, was: ["otlp", 144] },
  otlp_http: { core: all, contrib: all, k8s: all, otlp: all, jaeger: all, was: ["otlphttp", 144] },
  prometheus: { core: all, contrib: all, jaeger: all },
  prometheus_remote_write: { core: all, contrib: all, was: ["prometheusremotewrite", 154] },
  sapm: { contrib: until(147) },
  zipkin: { core: all, contrib: all },
  ...contribOnly(`
    alibabacloud_logservice awscloudwatchlogs awsemf awskinesis awss3 awsxray azuredataexplorer cassandra
    clickhouse coralogix datadog dataset doris elasticsearch faro googlecloud googlecloudpubsub
    googlemanagedprometheus influxdb logicmonitor logzio opensearch pulsar rabbitmq sentry signalfx splunk_hec
    stef sumologic syslog tencentcloud_logservice tinybird
  `),
};
