import { stringify } from "yaml";
import { backends } from "../../../sandbox/images/backends.ts";
import { namespace, type Server } from "./manifest.ts";

/** A Prometheus that takes remote writes and scrapes `targets` (`HOST:PORT`, path /metrics) every second. */
export const prometheus = (targets: readonly string[] = []): Server => ({
  name: "prometheus",
  image: backends.prometheus.reference,
  args: [
    "--config.file=/etc/prometheus/prometheus.yml",
    "--storage.tsdb.path=/prometheus",
    "--storage.tsdb.retention.time=1h",
    "--web.enable-remote-write-receiver",
  ],
  ports: { http: 9090 },
  user: 65534,
  memory: "256Mi",
  files: {
    "/etc/prometheus/prometheus.yml": stringify({
      global: { scrape_interval: "1s" },
      scrape_configs: [{ job_name: "tests", honor_labels: true, static_configs: [{ targets }] }],
    }),
  },
  writable: ["/prometheus"],
  ready: "/-/ready",
});

/** Zipkin, spans in memory. */
export const zipkin: Server = {
  name: "zipkin",
  image: backends.zipkin.reference,
  args: [],
  env: { JAVA_TOOL_OPTIONS: "-Xmx128m", STORAGE_TYPE: "mem" },
  ports: { http: 9411 },
  user: 1000,
  memory: "384Mi",
  writable: ["/tmp"],
  ready: "/health",
};

/** Where the broker's own tools reach it, inside its pod. */
export const kafkaLocal = "localhost:19092";

const kafkaProperties = {
  "process.roles": "broker,controller",
  "node.id": 1,
  "controller.quorum.voters": "1@localhost:19093",
  listeners: `CLIENTS://:9092,LOCAL://${kafkaLocal},CONTROLLER://localhost:19093`,
  "advertised.listeners": `CLIENTS://kafka.${namespace}:9092,LOCAL://${kafkaLocal}`,
  "listener.security.protocol.map": "CLIENTS:PLAINTEXT,LOCAL:PLAINTEXT,CONTROLLER:PLAINTEXT",
  "controller.listener.names": "CONTROLLER",
  "inter.broker.listener.name": "LOCAL",
  "log.dirs": "/var/lib/kafka/data",
  "num.partitions": 1,
  "offsets.topic.num.partitions": 1,
  "offsets.topic.replication.factor": 1,
  "transaction.state.log.num.partitions": 1,
  "transaction.state.log.replication.factor": 1,
  "transaction.state.log.min.isr": 1,
  "share.coordinator.state.topic.num.partitions": 1,
  "share.coordinator.state.topic.replication.factor": 1,
  "share.coordinator.state.topic.min.isr": 1,
  "group.initial.rebalance.delay.ms": 0,
};

/** One Kafka node that is broker and controller (KRaft) and makes topics as they are written to. */
export const kafka: Server = {
  name: "kafka",
  image: backends.kafka.reference,
  prepare: [
    "kafka.tools.StorageTool",
    "format",
    "--ignore-formatted",
    "--cluster-id=MkU3OEVBNTcwNTJENDM2Qg",
    "--config=/opt/kafka/config/server.properties",
  ],
  args: ["kafka.Kafka", "/opt/kafka/config/server.properties"],
  env: { JAVA_TOOL_OPTIONS: "-Xmx256m" },
  ports: { clients: 9092 },
  user: 1000,
  memory: "768Mi",
  files: {
    "/opt/kafka/config/server.properties": Object.entries(kafkaProperties)
      .map(([name, value]) => `${name}=${value}\n`)
      .join(""),
  },
  writable: ["/var/lib/kafka/data", "/tmp"],
  ready: "",
};

/** One RabbitMQ node without plugins, for the user guest from anywhere. Its queues stay as long as its pod does. */
export const rabbitmq: Server = {
  name: "rabbitmq",
  image: backends.rabbitmq.reference,
  args: [],
  ports: { amqp: 5672 },
  user: 999,
  memory: "384Mi",
  files: {
    "/etc/rabbitmq/rabbitmq.conf": [
      "loopback_users = none",
      "log.console.level = warning",
      "vm_memory_high_watermark.absolute = 256MB",
      "disk_free_limit.absolute = 10MB",
    ].join("\n"),
    "/etc/rabbitmq/enabled_plugins": "[].",
  },
  writable: ["/var/lib/rabbitmq", "/tmp"],
  ready: "",
};

const consoleLogging = [
  "appender.console.type = Console",
  "appender.console.name = console",
  "appender.console.layout.type = PatternLayout",
  "appender.console.layout.pattern = %d{ISO8601} %p %c{1.} %m%n",
  "rootLogger.level = info",
  "rootLogger.appenderRef.console.ref = console",
].join("\n");

const singleNode = {
  "cluster.name": "tests",
  "discovery.type": "single-node",
  "network.host": "0.0.0.0",
  "path.data": "/data",
  "path.logs": "/tmp",
  "cluster.routing.allocation.disk.threshold_enabled": false,
};

const searchNode = {
  args: [],
  ports: { http: 9200 },
  user: 1000,
  memory: "1Gi",
  ready: "/_cluster/health?local=true",
} as const;

const openSearchConfig = "/usr/share/opensearch-2.19.4/config";

/** One OpenSearch node without security. */
export const opensearch: Server = {
  ...searchNode,
  name: "opensearch",
  image: backends.opensearch.reference,
  env: { JAVA_TOOL_OPTIONS: "-Xms384m -Xmx384m" },
  files: {
    [`${openSearchConfig}/opensearch.yml`]: stringify(singleNode),
    [`${openSearchConfig}/log4j2.properties`]: consoleLogging,
  },
  // It keeps its key store among its settings.
  writable: [openSearchConfig, "/data", "/tmp"],
};

/** One Cassandra node without security, that talks to itself on loopback. */
export const cassandra: Server = {
  name: "cassandra",
  image: backends.cassandra.reference,
  args: [],
  env: {
    JAVA_TOOL_OPTIONS: [
      "-Xms384m -Xmx384m -XX:MaxDirectMemorySize=128m",
      "-Dlogback.configurationFile=file:///etc/cassandra/logback.xml",
      // It is alone, and waits for nobody.
      "-Dcassandra.ring_delay_ms=100 -Dcassandra.superuser_setup_delay_ms=0",
      "-Dcassandra.skip_wait_for_gossip_to_settle=0",
    ].join(" "),
  },
  ports: { cql: 9042 },
  user: 999,
  memory: "1Gi",
  files: {
    "/etc/cassandra/cassandra.yaml": stringify({
      cluster_name: "tests",
      num_tokens: 1,
      partitioner: "org.apache.cassandra.dht.Murmur3Partitioner",
      // An acknowledged write is on disk.
      commitlog_sync: "batch",
      data_file_directories: ["/var/lib/cassandra/data"],
      endpoint_snitch: "SimpleSnitch",
      seed_provider: [
        { class_name: "org.apache.cassandra.locator.SimpleSeedProvider", parameters: [{ seeds: "127.0.0.1" }] },
      ],
      listen_address: "127.0.0.1",
      // Clients are told the pod's own address.
      rpc_interface: "eth0",
      native_transport_port: 9042,
      auto_snapshot: false,
    }),
    "/etc/cassandra/logback.xml":
      '<configuration><appender name="out" class="ch.qos.logback.core.ConsoleAppender"><encoder><pattern>%-5level %logger{0} %msg%n</pattern></encoder></appender><root level="WARN"><appender-ref ref="out"/></root></configuration>',
  },
  writable: ["/var/lib/cassandra", "/tmp"],
  ready: "",
};

const elasticsearchHome = "/usr/share/elasticsearch-8.17.0";
const elasticsearchConfig = `${elasticsearchHome}/config`;

/** One Elasticsearch node without security, and without data streams. */
export const elasticsearch: Server = {
  ...searchNode,
  name: "elasticsearch",
  image: backends.elasticsearch.reference,
  workingDir: elasticsearchHome,
  files: {
    [`${elasticsearchConfig}/elasticsearch.yml`]: stringify({ ...singleNode, "xpack.security.enabled": false }),
    [`${elasticsearchConfig}/jvm.options`]: "-XX:+UseSerialGC\n-XX:TieredStopAtLevel=1\n-Xms384m\n-Xmx384m\n",
    [`${elasticsearchConfig}/log4j2.properties`]: consoleLogging,
  },
  writable: [elasticsearchConfig, "/data", "/tmp"],
};
