import { fields } from "../../common/objects.ts";
import { clashes, isEverywhere, isLoopback, listeners } from "../listeners.ts";
import { leaves, type ReadComponent } from "./reading.ts";
import type { Finding, Rule } from "./rule.ts";

const practices = "https://opentelemetry.io/docs/security/config-best-practices/";
const otlpReceiver =
  "https://github.com/open-telemetry/opentelemetry-collector/blob/main/receiver/otlpreceiver/README.md";
const services = "https://kubernetes.io/docs/concepts/services-networking/service/";

const grpcOn = (endpoint: string) => `receivers: {otlp: {protocols: {grpc: {endpoint: "${endpoint}"}}}}`;

const addresses: Rule = {
  id: "addresses",
  title: "Receivers listen on the pod's own address.",
  why: "On every address they also take data from networks nobody thought of, and on a fixed one no other pod can run them.",
  source: practices,
  severity: "warning",
  fix: 'endpoint: "[${env:POD_IP}]:4317"',
  example: {
    wrong: { yaml: grpcOn("0.0.0.0:4317") },
    right: { yaml: grpcOn("[${env:POD_IP}]:4317") },
  },
  check: ({ written }, { role }) =>
    listeners(written)
      .filter(({ path }) => path.startsWith("receivers."))
      .filter(
        ({ host }) =>
          isEverywhere(host) || (role !== undefined && /^[\d.]+$|^[\da-f]*:[\da-f:]+$/.test(host) && !isLoopback(host)),
      )
      .map(({ path, host, port }) => ({
        path: `${path}.endpoint`,
        message: `listens on ${isEverywhere(host) ? "every address" : host} instead of the pod IP`,
        fix: `endpoint: "[\${env:POD_IP}]:${port}"`,
      })),
};

const loopback: Rule = {
  id: "loopback",
  title: "A receiver of a pod of its own is heard by other pods.",
  why: "Loopback is heard inside the pod only, and OTLP listens there by default: senders get connection refused.",
  source: otlpReceiver,
  severity: "error",
  fix: 'endpoint: "[${env:POD_IP}]:4317"',
  example: {
    wrong: { yaml: grpcOn("localhost:4317"), context: { alone: true } },
    right: {
      yaml: `${grpcOn("[${env:POD_IP}]:4317").slice(0, -1)}, otlp/loopback: {protocols: {grpc: {endpoint: "127.0.0.1:4317"}}}}\nservice: {pipelines: {traces: {receivers: [otlp, otlp/loopback]}}}`,
      context: { alone: true },
    },
  },
  check: ({ written }, { alone }) => {
    if (alone !== true) return [];
    const all = listeners(written).filter(({ path }) => path.startsWith("receivers."));
    return all
      .filter(
        ({ host, port }) => isLoopback(host) && !all.some((other) => other.port === port && !isLoopback(other.host)),
      )
      .map(({ path, host, port }) => ({
        path: `${path}.endpoint`,
        message: `listens on ${host}:${port}, which no other pod can reach`,
        fix: `endpoint: "[\${env:POD_IP}]:${port}"`,
      }));
  },
};

/** Settings of exporters that tell where to connect to. */
const addressKeys = /^((traces|metrics|logs|profiles)_)?endpoints?$|^brokers$|^hostnames?$/;

const localExport: Rule = {
  id: "local-export",
  title: "No exporter of a pod of its own sends to localhost.",
  why: "Inside a pod localhost is the pod itself, where nothing listens: every request is refused.",
  source: "https://kubernetes.io/docs/concepts/workloads/pods/#pod-networking",
  severity: "error",
  fix: "endpoint: <service>.<namespace>:<port>",
  example: {
    wrong: { yaml: 'exporters: {otlp_grpc: {endpoint: "localhost:4317"}}', context: { alone: true } },
    right: { yaml: 'exporters: {otlp_grpc: {endpoint: "jaeger.observability:4317"}}', context: { alone: true } },
  },
  check: ({ exporters, written }, { alone }) => {
    if (alone !== true) return [];
    const heard = listeners(written).filter(({ host }) => isLoopback(host) || isEverywhere(host));
    const own = heard.map(({ port }) => port);
    return exporters
      .filter(({ type }) => type !== "prometheus")
      .flatMap(({ config, path }) => leaves(config, path))
      .flatMap(({ key, path, value }) => {
        const [, host = "", port = ""] = /^(?:\w+:\/\/)?(\[[^\]]*\]|[^/:]*)(?::(\d+))?/.exec(String(value)) ?? [];
        const bare = host.replace(/^\[|\]$/g, "");
        if (!addressKeys.test(key) || !isLoopback(bare) || own.includes(Number(port))) return [];
        return [
          {
            path,
            message: `is ${value}, the pod itself`,
            fix: `${key}: ${String(value).replace(host, "<service>.<namespace>")}`,
          },
        ];
      });
  },
};

const ports: Rule = {
  id: "ports",
  title: "No two parts listen on one port.",
  why: "The second one finds the address in use, and the Collector stops.",
  source: otlpReceiver,
  severity: "error",
  fix: "another port for one of the two",
  example: {
    wrong: { yaml: 'extensions: {health_check: {endpoint: "[${env:POD_IP}]:4317"}}' },
    right: { yaml: 'extensions: {health_check: {endpoint: "[${env:POD_IP}]:13133"}}' },
  },
  check: ({ written }) => {
    const all = listeners(written);
    return all.flatMap((one, index) => {
      const other = all.slice(0, index).find((earlier) => clashes(earlier, one));
      if (!other) return [];
      const free = all.reduce((port, { port: taken }) => Math.max(port, taken + 1), one.port + 1);
      return [
        {
          path: one.path,
          message: `listens on port ${one.port}, as ${other.path} does`,
          fix: `port ${Math.min(free, 65_535)} for one of the two`,
        },
      ];
    });
  },
};

const servicePorts: Rule = {
  id: "service-ports",
  title: "A Service leads to every port that a receiver opens to other pods.",
  why: "Senders use the Service's name, and behind it that port does not exist.",
  source: services,
  severity: "error",
  fix: "ports: [{name: otlp-grpc, port: 4317, targetPort: 4317}] in the Service",
  example: {
    wrong: { yaml: grpcOn("[${env:POD_IP}]:4317"), context: { servicePorts: [4318] } },
    right: { yaml: grpcOn("[${env:POD_IP}]:4317"), context: { servicePorts: [4317, 4318] } },
  },
  check: ({ written }, { servicePorts: offered }) =>
    offered === undefined
      ? []
      : listeners(written)
          .filter(
            ({ path, host, port }) => path.startsWith("receivers.") && !isLoopback(host) && !offered.includes(port),
          )
          .map(({ path, port, udp }) => ({
            path,
            message: `listens on port ${port}, to which no Service leads`,
            fix: `ports: [{name: ${path.split(".").at(-1)}, port: ${port}, targetPort: ${port}${udp ? ", protocol: UDP" : ""}}] in the Service`,
          })),
};

const otlp: Rule = {
  id: "otlp-protocol",
  title: "otlp_grpc sends to a gRPC port, otlp_http to an HTTP address without a path of a signal.",
  why: "The other end answers with what the exporter can't read, or with 404, and retrying never helps.",
  source: "https://opentelemetry.io/docs/specs/otlp/",
  severity: "error",
  fix: "otlp_grpc with port 4317, otlp_http with http://<host>:4318",
  example: {
    wrong: { yaml: 'exporters: {otlp_grpc: {endpoint: "gateway:4318"}}' },
    right: { yaml: 'exporters: {otlp_grpc: {endpoint: "gateway:4317"}}' },
  },
  check: ({ exporters }) => exporters.flatMap((exporter) => otlpProblems(exporter)),
};

function otlpProblems({ type, config, path }: ReadComponent): Finding[] {
  if (type === "load_balancing") {
    const inner = fields(fields(config["protocol"])["otlp"]);
    return otlpProblems({ kind: "exporter", id: "", type: "otlp_grpc", config: inner, path: `${path}.protocol.otlp` });
  }
  const endpoint = config["endpoint"];
  if ((type !== "otlp_grpc" && type !== "otlp_http") || typeof endpoint !== "string" || endpoint.startsWith("${"))
    return [];
  const at = (message: string, fix: string): Finding => ({
    path: `${path}.endpoint`,
    message: `is ${endpoint}, ${message}`,
    fix: `endpoint: ${fix}`,
  });
  const signalPath = /\/v1\/(traces|metrics|logs)\/?$/;
  if (type === "otlp_grpc") {
    if (/:4318(\/|$)/.test(endpoint)) return [at("the port of OTLP over HTTP", endpoint.replace(":4318", ":4317"))];
    if (/^([a-z]+:\/\/)?[^/]+\/.+/.test(endpoint) && !/^(dns|unix|passthrough):/.test(endpoint))
      return [at("but gRPC takes no path", endpoint.replace(/^([a-z]+:\/\/)?([^/]+)\/.*$/, "$1$2"))];
    return [];
  }
  return [
    ...(/^https?:\/\//.test(endpoint) ? [] : [at("without http:// or https://", `http://${endpoint}`)]),
    ...(/:4317(\/|$)/.test(endpoint) ? [at("the port of OTLP over gRPC", endpoint.replace(":4317", ":4318"))] : []),
    ...(signalPath.test(endpoint)
      ? [at("to which the exporter adds the path once more", endpoint.replace(signalPath, ""))]
      : []),
  ];
}

const ownMetrics: Rule = {
  id: "own-metrics",
  title: "The Collector's own metrics can be scraped from outside its pod.",
  why: "They listen on localhost by default, where no Prometheus reaches them, and loss goes unseen.",
  source: "https://opentelemetry.io/docs/collector/internal-telemetry/",
  severity: "warning",
  fix: 'telemetry: {metrics: {readers: [{pull: {exporter: {prometheus: {host: "${env:POD_IP}", port: 8888}}}}]}}',
  example: {
    wrong: {
      yaml: "service: {telemetry: {metrics: {readers: [{pull: {exporter: {prometheus: {host: localhost, port: 8888}}}}]}}}",
      context: { role: "gateway" },
    },
    right: {
      yaml: 'service: {telemetry: {metrics: {readers: [{pull: {exporter: {prometheus: {host: "${env:POD_IP}", port: 8888}}}}]}}}',
      context: { role: "gateway" },
    },
  },
  check: ({ telemetry, receivers }, { role }) => {
    const metrics = fields(telemetry["metrics"]);
    // A Collector can scrape itself.
    const scrapesItself = receivers.some(
      ({ type, config }) =>
        type === "prometheus" && leaves(config, "").some(({ value }) => /:8888$/.test(String(value))),
    );
    if (role === undefined || metrics["level"] === "none" || scrapesItself) return [];
    const readers = metrics["readers"];
    const path = "service.telemetry.metrics.readers";
    if (!Array.isArray(readers)) {
      return metrics["address"] === undefined
        ? [{ path, message: "is not set, and its default listens on localhost" }]
        : [];
    }
    const pulls = readers.map((reader) => fields(fields(fields(reader)["pull"])["exporter"])["prometheus"]);
    return pulls.flatMap((pull, index) => {
      const host = fields(pull)["host"] ?? "localhost";
      return pull !== undefined && typeof host === "string" && isLoopback(host)
        ? [{ path: `${path}.${index}`, message: `listens on ${host}`, fix: 'host: "${env:POD_IP}"' }]
        : [];
    });
  },
};

export const addressRules: readonly Rule[] = [addresses, loopback, localExport, ports, servicePorts, otlp, ownMetrics];
