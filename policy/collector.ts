import { createHash } from "node:crypto";
import { parse } from "yaml";
import { isLoopback, listeners } from "../collector-config/listeners.ts";
import type { CollectorConfig } from "../collector-config/types.ts";
import { checks } from "../collector-config/validate.ts";
import { containerPort } from "./network.ts";
import { fields, list, namespaceOf, type Pod, podsOf, selects } from "./pods.ts";
import type { Manifest, Rule } from "./types.ts";

/** A Collector configuration that a pod reads from a ConfigMap of the stack. */
interface Configured {
  readonly pod: Pod;
  readonly map: Manifest;
  readonly text: string;
  readonly config: CollectorConfig;
}

function configured(manifests: readonly Manifest[]): Configured[] {
  return podsOf(manifests).flatMap((pod) =>
    list(pod.spec["volumes"]).flatMap((volume) => {
      const name = fields(volume["configMap"])["name"];
      const map = manifests.find(
        (object) =>
          object.kind === "ConfigMap" && object.metadata.name === name && namespaceOf(object) === pod.namespace,
      );
      return Object.values(fields(map?.["data"])).flatMap((text) => {
        const config = typeof text === "string" ? collectorConfig(text) : undefined;
        return map && config ? [{ pod, map, text: text as string, config }] : [];
      });
    }),
  );
}

/** The text as a Collector configuration, or undefined if it is none. */
function collectorConfig(text: string): CollectorConfig | undefined {
  try {
    const value: unknown = parse(text);
    const pipelines = Object.values(fields(fields(fields(value)["service"])["pipelines"])).map(fields);
    const whole = pipelines.every(({ receivers, exporters }) => Array.isArray(receivers) && Array.isArray(exporters));
    return pipelines.length > 0 && whole ? (value as CollectorConfig) : undefined;
  } catch {
    return undefined;
  }
}

/** Each check of a configuration as a rule of its own, named `collector-<check>`. */
const configurationRules: readonly Rule[] = Object.entries(checks).map(([name, check]) => ({
  name: `collector-${name}`,
  description: `Collector configurations pass the check ${name}.`,
  check: (manifests) =>
    configured(manifests).flatMap(({ map, config }) =>
      check({ ...config, receivers: config.receivers ?? {}, exporters: config.exporters ?? {} }).map((message) => ({
        object: map,
        message,
        fix: fixes[name as keyof typeof checks],
      })),
    ),
}));

const fixes: Readonly<Record<keyof typeof checks, string>> = {
  references: "define the component or take it out",
  pipelines: "at least one receiver and one exporter",
  "memory-limiter": "processors: [memory_limiter, ...]",
  order: "processors: [memory_limiter, k8s_attributes, tail_sampling]",
  "no-batch": "sending_queue: {batch: {}} in the exporter",
  queues: "sending_queue: sizes in rising order, its storage under service.extensions",
  addresses: 'endpoint: "${env:POD_IP}:<port>"',
  ports: "another port for one of the two",
  storage: "the name of a backend of jaeger_storage",
};

const configHash: Rule = {
  name: "config-hash",
  description: "A changed configuration changes the pod, by the hash in its ConfigMap's name.",
  check: (manifests) =>
    configured(manifests).flatMap(({ map, text }) => {
      const hash = createHash("sha256").update(text).digest("hex").slice(0, 10);
      return map.metadata.name.endsWith(`-${hash}`)
        ? []
        : [{ object: map, message: "does not have its content's hash in its name", fix: `name: <name>-${hash}` }];
    }),
};

const otlpPortsReachable: Rule = {
  name: "both-otlp-ports-reachable",
  description: "Where an OTLP receiver listens for other pods, a Service leads to 4317 and to 4318.",
  check: (manifests) =>
    configured(manifests).flatMap(({ pod, config }) => {
      const otlp = listeners(config).filter(({ path, host }) => /^receivers\.otlp\b/.test(path) && !isLoopback(host));
      if (otlp.length === 0) return [];
      const offered = manifests
        .filter((object) => object.kind === "Service" && namespaceOf(object) === pod.namespace)
        .filter((service) => selects(fields(service["spec"])["selector"], pod.labels))
        .flatMap((service) => list(fields(service["spec"])["ports"]))
        .map((port) => containerPort(pod, port["targetPort"] ?? port["port"]));
      return [4317, 4318]
        .filter((port) => !offered.includes(port) || !otlp.some((listener) => listener.port === port))
        .map((port) => ({
          object: pod.owner,
          message: `takes OTLP, but its port ${port} is not reachable through a Service`,
          fix: `a receiver protocol and a Service port on ${port}`,
        }));
    }),
};

const memoryBelowLimit: Rule = {
  name: "go-memory-below-limit",
  description: "GOMEMLIMIT is 70 to 90 % of the container's memory limit.",
  check: (manifests) =>
    configured(manifests).flatMap(({ pod }) =>
      list(pod.spec["containers"]).flatMap((container) => {
        const limit = mebibytes(fields(fields(container["resources"])["limits"])["memory"]);
        const value = list(container["env"]).find(({ name }) => name === "GOMEMLIMIT")?.["value"];
        const share = (mebibytes(value) ?? 0) / (limit ?? Number.POSITIVE_INFINITY);
        return share >= 0.7 && share <= 0.9
          ? []
          : [
              {
                object: pod.owner,
                message: `container ${container["name"]} has GOMEMLIMIT ${value ?? "unset"} for a limit of ${limit ?? "no"} MiB`,
                fix: `{name: GOMEMLIMIT, value: ${Math.floor((limit ?? 0) * 0.8)}MiB}`,
              },
            ];
      }),
    ),
};

function mebibytes(quantity: unknown): number | undefined {
  const match = /^(\d+)(Mi|Gi)B?$/.exec(String(quantity));
  return match ? Number(match[1]) * (match[2] === "Gi" ? 1024 : 1) : undefined;
}

export const collectorRules: readonly Rule[] = [
  ...configurationRules,
  configHash,
  otlpPortsReachable,
  memoryBelowLimit,
];
