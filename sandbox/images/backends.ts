import { join } from "node:path";
import { checkoutRoot } from "../paths.ts";
import type { ImagePart, ImageSpec } from "./catalog.ts";

const pom = (name: string) => join(checkoutRoot, "sandbox/images", name);

/** Debian 12's Java. `java` is no part of PATH in an image: nothing runs a package's scripts, which would put it there. */
export const java = "/usr/lib/jvm/java-17-openjdk-amd64/bin/java";
/** Its files for servers; they hold the compiler's classes too, so that a single source file runs as it is. */
export const jre: ImagePart = {
  kind: "debian",
  packages: ["openjdk-17-jre-headless", "libc6", "libgcc-s1", "libstdc++6", "zlib1g"],
  path: "/",
};
/** The tests' servers run for minutes: quick to start counts, not the highest speed. */
const jvm = ["-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"];

const erlangLibraries = ["asn1", "base", "crypto", "eldap", "inets", "mnesia", "os-mon", "parsetools", "public-key"];
const erlangTools = ["runtime-tools", "ssl", "syntax-tools", "tools", "xmerl"];

/** What Cassandra looks into of Java 17's own. */
const cassandraOpens = [
  "java.base/java.io",
  "java.base/java.lang",
  "java.base/java.lang.module",
  "java.base/java.lang.reflect",
  "java.base/java.nio",
  "java.base/java.util",
  "java.base/java.util.concurrent",
  "java.base/java.util.concurrent.atomic",
  "java.base/jdk.internal.loader",
  "java.base/jdk.internal.math",
  "java.base/jdk.internal.misc",
  "java.base/jdk.internal.module",
  "java.base/jdk.internal.ref",
  "java.base/jdk.internal.reflect",
  "java.base/jdk.internal.util.jar",
  "java.base/sun.nio.ch",
  "java.management.rmi/com.sun.jmx.remote.internal.rmi",
  "java.rmi/sun.rmi.registry",
  "java.rmi/sun.rmi.server",
  "java.rmi/sun.rmi.transport",
  "java.rmi/sun.rmi.transport.tcp",
  "jdk.management/com.sun.management.internal",
];

/**
 * The servers that spans and metrics are read back from in tests. No part of the product: made on demand only, under
 * the names of the upstream images, with users and folders like theirs. There is no shell in them.
 *
 * Prometheus, RabbitMQ and Java are what Debian 12 offers; on another release their packages differ from the names here, or are missing.
 */
export const backends = {
  prometheus: {
    reference: "docker.io/prom/prometheus:v2.42.0",
    entrypoint: ["/usr/bin/prometheus"],
    user: "65534:65534",
    parts: [{ kind: "debian", packages: ["prometheus", "libc6"], path: "/" }],
  },
  zipkin: {
    reference: "docker.io/openzipkin/zipkin-slim:3.5.1",
    entrypoint: [java, ...jvm, "-cp", "/zipkin/BOOT-INF/classes:/zipkin/BOOT-INF/lib/*", "zipkin.server.ZipkinServer"],
    user: "1000:1000",
    parts: [jre, { kind: "maven", source: pom("zipkin"), path: "/zipkin" }],
  },
  kafka: {
    reference: "docker.io/apache/kafka:4.1.0",
    entrypoint: [java, ...jvm, "-cp", "/opt/kafka/libs/*"],
    user: "1000:1000",
    parts: [jre, { kind: "maven", source: pom("kafka"), path: "/opt/kafka/libs" }],
  },
  rabbitmq: {
    reference: "docker.io/library/rabbitmq:3.10.8",
    // The emulator itself, with what the package's scripts would give it.
    entrypoint: [
      ...["/usr/lib/erlang/erts-13.1.5/bin/erlexec", "-noinput", "-s", "rabbit", "boot", "-boot", "start_sasl"],
      ...["+W", "w", "+sbwt", "none", "+sbwtdcpu", "none", "+sbwtdio", "none"],
      ...["-syslog", "logger", "[]", "-syslog", "syslog_error_logger", "false"],
      ...["-kernel", "prevent_overlapping_partitions", "false"],
    ],
    env: [
      ...["ROOTDIR=/usr/lib/erlang", "BINDIR=/usr/lib/erlang/erts-13.1.5/bin", "EMU=beam", "PROGNAME=erl"],
      ...["HOME=/var/lib/rabbitmq", "LANG=C.UTF-8", "ERL_CRASH_DUMP_SECONDS=0"],
      "ERL_LIBS=/usr/lib/rabbitmq/lib/rabbitmq_server-3.10.8/plugins",
      "RABBITMQ_HOME=/usr/lib/rabbitmq/lib/rabbitmq_server-3.10.8",
      ...["RABBITMQ_LOGS=-", "RABBITMQ_LOG_BASE=/var/lib/rabbitmq/log", "RABBITMQ_NODENAME=rabbit@localhost"],
    ],
    user: "999:999",
    parts: [
      {
        kind: "debian",
        packages: [
          ...["rabbitmq-server", ...[...erlangLibraries, ...erlangTools].map((name) => `erlang-${name}`)],
          ...["libc6", "libgcc-s1", "libstdc++6", "libtinfo6", "zlib1g", "libssl3"],
          // Of epmd, which links libsystemd.
          ...["libsystemd0", "libcap2", "libgcrypt20", "libgpg-error0", "liblz4-1", "liblzma5", "libzstd1"],
        ],
        path: "/",
      },
      // The script that starts epmd needs these.
      { kind: "linked", source: "busybox", path: "/bin/busybox" },
      { kind: "symlink", target: "busybox", path: "/bin/sh" },
      { kind: "symlink", target: "/bin/busybox", path: "/usr/bin/basename" },
    ],
  },
  opensearch: {
    reference: "docker.io/opensearchproject/opensearch:2.19.4",
    entrypoint: [
      java,
      ...jvm,
      "-Dopensearch.path.home=/usr/share/opensearch-2.19.4",
      "-Dopensearch.path.conf=/usr/share/opensearch-2.19.4/config",
      "-Dopensearch.distribution.type=tar",
      "-Dopensearch.bundled_jdk=false",
      "-cp",
      "/usr/share/opensearch-2.19.4/lib/*",
      "org.opensearch.bootstrap.OpenSearch",
    ],
    user: "1000:1000",
    parts: [jre, { kind: "maven", source: pom("opensearch"), path: "/usr/share" }],
  },
  cassandra: {
    reference: "docker.io/library/cassandra:5.0.5",
    entrypoint: [
      java,
      ...jvm,
      "-Djdk.attach.allowAttachSelf=true",
      ...cassandraOpens.flatMap((one) => [`--add-opens=${one}=ALL-UNNAMED`, `--add-exports=${one}=ALL-UNNAMED`]),
      "-javaagent:/opt/cassandra/lib/jamm-0.4.0.jar",
      "-Dcassandra.config=file:///etc/cassandra/cassandra.yaml",
      "-Dcassandra.storagedir=/var/lib/cassandra",
      "-cp",
      "/opt/cassandra/lib/*",
      "org.apache.cassandra.service.CassandraDaemon",
    ],
    user: "999:999",
    parts: [jre, { kind: "maven", source: pom("cassandra"), path: "/opt/cassandra/lib" }],
  },
  elasticsearch: {
    reference: "docker.elastic.co/elasticsearch/elasticsearch:8.17.0",
    // The launcher, which makes the server's command from config/jvm.options. To be run in the home folder.
    entrypoint: [
      java,
      ...jvm,
      "-Xmx32m",
      "-Dcli.name=server",
      "-Dcli.script=/usr/share/elasticsearch-8.17.0/bin/elasticsearch",
      "-Dcli.libs=lib/tools/server-cli",
      "-Des.path.home=/usr/share/elasticsearch-8.17.0",
      "-Des.path.conf=/usr/share/elasticsearch-8.17.0/config",
      "-Des.distribution.type=tar",
      "-Des.java.type=JAVA_HOME",
      "-cp",
      "/usr/share/elasticsearch-8.17.0/lib/*:/usr/share/elasticsearch-8.17.0/lib/cli-launcher/*",
      "org.elasticsearch.launcher.CliToolLauncher",
    ],
    user: "1000:0",
    parts: [jre, { kind: "maven", source: pom("elasticsearch"), path: "/usr/share" }],
  },
} as const satisfies Record<string, ImageSpec>;

export type BackendImage = keyof typeof backends;
