import { all, between, contribOnly, since, type Table, until } from "./table.ts";

/** Extensions by their newest names. */
export const extensions: Table = {
  ack: { contrib: all, k8s: all },
  aws_iam_db_auth: { contrib: since(159) },
  aws_logs_encoding: { contrib: all, was: ["awslogs_encoding", 148] },
  azure_auth: { contrib: all, was: ["azureauth", 148] },
  azure_encoding: { contrib: since(148) },
  basicauth: { contrib: all, k8s: all, jaeger: all },
  bearertokenauth: { contrib: all, k8s: all },
  cgroup_runtime: { contrib: all, k8s: all, was: ["cgroupruntime", 148] },
  expvar: { jaeger: all },
  file_storage: { contrib: all, k8s: all },
  google_cloud_logentry_encoding: { contrib: all, was: ["googlecloudlogentry_encoding", 148, 151] },
  headers_setter: { contrib: all, k8s: all },
  health_check: { core: all, contrib: all, k8s: all },
  healthcheckv2: { jaeger: all },
  host_observer: { contrib: all, k8s: all },
  http_forwarder: { contrib: all, k8s: all },
  jaeger_mcp: { jaeger: between(15, 20) },
  jaeger_query: { jaeger: all },
  jaeger_storage: { jaeger: all },
  k8s_leader_elector: { contrib: all, k8s: all },
  k8s_observer: { contrib: all, k8s: all },
  kafkatopics_observer: { contrib: until(159) },
  memory_limiter: {},
  oauth2client: { contrib: all, k8s: all },
  oidc: { contrib: all, k8s: all },
  opamp: { contrib: all, k8s: all },
  pebble_tail_storage: { contrib: since(155) },
  pprof: { core: all, contrib: all, k8s: all, jaeger: all },
  remote_sampling: { jaeger: all },
  remote_storage: { jaeger: all },
  sigv4auth: { contrib: all, jaeger: all },
  storage_cleaner: { jaeger: all },
  zpages: { core: all, contrib: all, k8s: all, jaeger: all },
  ...contribOnly(`
    asapclient awscloudwatchmetricstreams_encoding awsproxy datadog db_storage docker_observer ecs_observer
    googleclientauth jaeger_encoding jaegerremotesampling json_log_encoding otlp_encoding redis_storage
    skywalking_encoding sumologic text_encoding zipkin_encoding
  `),
};
