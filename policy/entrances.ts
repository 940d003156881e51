import { fields } from "../common/objects.ts";
import { collectorPods } from "./configurations.ts";
import { type Heard, heardIn, heardOn } from "./edges.ts";
import { admits, policiesOf } from "./network-policies.ts";
import { at, matches, ofKind, podsBehind, podsIn, servicesOf } from "./objects.ts";
import { containerPort, list, namespaceOf, portNumber } from "./pods.ts";
import type { Manifest, Rule } from "./types.ts";

const networkPolicies = "https://kubernetes.io/docs/concepts/services-networking/network-policies/";
const trafficPolicy = "https://kubernetes.io/docs/concepts/services-networking/service-traffic-policy/";

const appProtocolFits: Rule = {
  name: "app-protocol-fits",
  description: "The appProtocol of a Service's port is what the receiver behind it speaks.",
  why: "Meshes and gateways believe it, and then speak HTTP/1 to gRPC, or TLS to plain text.",
  source: "https://kubernetes.io/docs/concepts/services-networking/service/#application-protocol",
  severity: "error",
  example: {
    wrong: "ports: [{name: otlp-http, port: 4318, appProtocol: grpc}]",
    right: "ports: [{name: otlp-http, port: 4318, appProtocol: http}]",
  },
  check: (manifests) =>
    ofKind(manifests, "Service").flatMap((object) =>
      list(at(object, "spec", "ports")).flatMap((port) => {
        const { appProtocol } = port;
        if (typeof appProtocol !== "string") return [];
        const wrong = (podsBehind(object, manifests) ?? [])
          .map((pod) => heardOn(pod, portNumber(pod, port["targetPort"] ?? port["port"]), manifests))
          .find((heard) => heard !== undefined && !fits(appProtocol, heard));
        if (wrong?.speaks === undefined) return [];
        const right = wrong.speaks === "grpc" ? "grpc" : wrong.secure ? "https" : "http";
        const message = `port ${port["port"]} has appProtocol ${appProtocol}, and the receiver behind it speaks ${right}`;
        return [{ object, path: "spec.ports", message, fix: `appProtocol: ${right}` }];
      }),
    ),
};

/** Whether an `appProtocol` says what is spoken. Names with a slash are those of some implementation. */
function fits(appProtocol: string, { speaks, secure }: Heard): boolean {
  if (speaks === undefined || appProtocol.includes("/")) return true;
  if (speaks === "grpc") return /^(grpc|grpcs|h2c|http2|tcp|tls)$/.test(appProtocol);
  return secure ? /^(https|tls|tcp)$/.test(appProtocol) : /^(http|tcp)$/.test(appProtocol);
}

const policyPortExists: Rule = {
  name: "network-policy-port-exists",
  description: "A port that a NetworkPolicy names is a port of the pods that it selects.",
  why: "A name that no pod has opens nothing, and what it was meant for stays closed.",
  source: networkPolicies,
  severity: "error",
  example: {
    wrong: "ingress: [{ports: [{port: oltp-grpc}]}]",
    right: "ingress: [{ports: [{port: otlp-grpc}]}]",
  },
  check: (manifests) =>
    ofKind(manifests, "NetworkPolicy").flatMap((object) => {
      const pods = podsIn(manifests, namespaceOf(object)).filter((pod) =>
        matches(at(object, "spec", "podSelector"), pod.labels),
      );
      if (pods.length === 0) return [];
      const named = list(at(object, "spec", "ingress")).flatMap(({ ports }) => list(ports));
      return named
        .filter(({ port }) => typeof port === "string" && !pods.some((pod) => containerPort(pod, port) !== undefined))
        .map(({ port }) => ({
          object,
          path: "spec.ingress",
          message: `names port ${port}, which its pods do not have`,
          fix: "port: the name or number of a container port",
        }));
    }),
};

const policyAdmitsMetrics: Rule = {
  name: "network-policy-admits-metrics",
  description: "The NetworkPolicies of a Collector let its own metrics be scraped.",
  why: "Without them nobody sees that a queue fills, or that spans are refused or dropped.",
  source: "https://opentelemetry.io/docs/collector/internal-telemetry/",
  severity: "warning",
  example: {
    wrong: "ingress: [{ports: [{port: 4317}, {port: 4318}]}]",
    right: "ingress: [{ports: [{port: 4317}, {port: 4318}, {port: 8888}]}]",
  },
  check: (manifests) =>
    [...collectorPods(manifests).keys()].flatMap((pod) => {
      const [policy] = policiesOf(pod, "Ingress", manifests);
      const reader = heardIn(pod, manifests).find(({ path }) => path.startsWith("service.telemetry."));
      if (policy === undefined || reader === undefined || admits(pod, reader.port, manifests)) return [];
      const message = `closes port ${reader.port}, where ${pod.owner.kind} ${pod.owner.metadata.name} has its metrics`;
      return [{ object: policy, path: "spec.ingress", message, fix: `ingress: [{ports: [{port: ${reader.port}}]}]` }];
    }),
};

/** The Services that lead to pods of their own node only. */
function isLocal(service: Manifest): boolean {
  return at(service, "spec", "internalTrafficPolicy") === "Local";
}

const localService: Rule = {
  name: "local-service-on-every-node",
  description: "A Service that stays on the node leads to pods of a DaemonSet, which run on tainted nodes too.",
  why: "From a node without such a pod every connection is refused, though the Service has endpoints elsewhere.",
  source: trafficPolicy,
  severity: "warning",
  example: {
    wrong: "kind: Service\nspec: {internalTrafficPolicy: Local, selector: {app: gateway}} # a Deployment",
    right:
      "kind: Service\nspec: {internalTrafficPolicy: Local, selector: {app: agent}} # a DaemonSet that tolerates every taint",
  },
  check: (manifests) =>
    ofKind(manifests, "Service")
      .filter(isLocal)
      .flatMap((object) =>
        (podsBehind(object, manifests) ?? []).flatMap(({ owner, spec }) => {
          const name = `${owner.kind} ${owner.metadata.name}`;
          if (owner.kind !== "DaemonSet") {
            const message = `leads to pods of the own node only, and those of ${name} are not on every node`;
            return [{ object, path: "spec.internalTrafficPolicy", message, fix: "internalTrafficPolicy: Cluster" }];
          }
          if (list(spec["tolerations"]).length > 0) return [];
          const message = `is not on nodes with a taint, whose pods reach no other through Service ${object.metadata.name}`;
          return [{ object: owner, path: "tolerations", message, fix: "tolerations: [{operator: Exists}]" }];
        }),
      ),
};

const agentOfTheNode: Rule = {
  name: "agent-of-the-own-node",
  description:
    "Where k8s_attributes knows only the pods of its node, the Service before it leads to the own node only.",
  why: "Spans from pods of other nodes get no attributes of their pod, for most of them.",
  source:
    "https://github.com/open-telemetry/opentelemetry-collector-contrib/blob/main/processor/k8sattributesprocessor/README.md",
  severity: "error",
  example: {
    wrong: "spec: {internalTrafficPolicy: Cluster}",
    right: "spec: {internalTrafficPolicy: Local}",
  },
  check: (manifests) =>
    [...collectorPods(manifests)].flatMap(([pod, read]) => {
      const filtered = read.some(({ config }) =>
        Object.entries(fields(at(config, "processors"))).some(
          ([id, settings]) =>
            /^k8s_?attributes(\/|$)/.test(id) && typeof at(settings, "filter", "node_from_env_var") === "string",
        ),
      );
      if (!filtered || pod.owner.kind !== "DaemonSet") return [];
      return servicesOf(pod, manifests)
        .filter((service) => !isLocal(service) && at(service, "spec", "clusterIP") !== "None")
        .filter((service) => leadsToReceiver(service, manifests))
        .map((object) => ({
          object,
          path: "spec.internalTrafficPolicy",
          message: `leads to ${pod.owner.metadata.name} of any node, which knows only the pods of its own`,
          fix: "internalTrafficPolicy: Local",
        }));
    }),
};

function leadsToReceiver(service: Manifest, manifests: readonly Manifest[]): boolean {
  const pods = podsBehind(service, manifests) ?? [];
  return list(at(service, "spec", "ports")).some((port) =>
    pods.some((pod) =>
      heardOn(pod, portNumber(pod, port["targetPort"] ?? port["port"]), manifests)?.path.startsWith("receivers."),
    ),
  );
}

const nodeVariable: Rule = {
  name: "agent-knows-its-node",
  description: "The variable by which k8s_attributes knows its node is set in the container.",
  why: "Without it the agent of every node watches the pods of the whole cluster, and the API server answers all of them.",
  source:
    "https://github.com/open-telemetry/opentelemetry-collector-contrib/blob/main/processor/k8sattributesprocessor/README.md",
  severity: "error",
  example: {
    wrong: "processors: {k8s_attributes: {filter: {node_from_env_var: NODE_NAME}}}\nenv: []",
    right:
      "processors: {k8s_attributes: {filter: {node_from_env_var: NODE_NAME}}}\nenv: [{name: NODE_NAME, valueFrom: {fieldRef: {fieldPath: spec.nodeName}}}]",
  },
  check: (manifests) =>
    [...collectorPods(manifests)].flatMap(([pod, configurations]) =>
      configurations.flatMap(({ config, container }) =>
        Object.entries(fields(at(config, "processors"))).flatMap(([id, settings]) => {
          const name = at(settings, "filter", "node_from_env_var");
          if (!/^k8s_?attributes(\/|$)/.test(id) || typeof name !== "string" || container === undefined) return [];
          const variable = list(container["env"]).find((one) => one["name"] === name);
          const path = at(variable, "valueFrom", "fieldRef", "fieldPath");
          if (list(container["envFrom"]).length > 0 || (variable && (path === undefined || path === "spec.nodeName"))) {
            return [];
          }
          const message = `${variable ? `takes ${name} from ${path}` : `does not set ${name}`}, by which ${id} knows its node`;
          const fix = `env: [{name: ${name}, valueFrom: {fieldRef: {fieldPath: spec.nodeName}}}]`;
          return [{ object: pod.owner, message: `container ${container["name"]} ${message}`, fix }];
        }),
      ),
    ),
};

const usualPort: Rule = {
  name: "service-port-usual",
  description: "A Service offers the ports of OTLP and of Jaeger's UI under their usual numbers, or those of the web.",
  why: "SDKs, charts and people try 4317, 4318 and 16686, and find nothing there.",
  source: "https://opentelemetry.io/docs/specs/otlp/",
  severity: "warning",
  example: { wrong: "ports: [{port: 4381, targetPort: 4318}]", right: "ports: [{port: 4318, targetPort: 4318}]" },
  check: (manifests) =>
    ofKind(manifests, "Service").flatMap((object) =>
      list(at(object, "spec", "ports")).flatMap((port) => {
        const usual = (podsBehind(object, manifests) ?? [])
          .map((pod) => portNumber(pod, port["targetPort"] ?? port["port"]))
          .find((number) => [4317, 4318, 16685, 16686].includes(number ?? 0));
        if (usual === undefined || [usual, 80, 443].includes(port["port"] as number)) return [];
        const message = `offers port ${usual} of its pods as ${port["port"]}`;
        return [{ object, path: "spec.ports", message, fix: `port: ${usual}` }];
      }),
    ),
};

const queryOffered: Rule = {
  name: "query-port-offered",
  description: "A Service leads to the port of Jaeger's UI and API.",
  why: "Nobody can look at a trace.",
  source: "https://www.jaegertracing.io/docs/latest/architecture/apis/",
  severity: "error",
  example: {
    wrong: "ports: [{name: otlp-grpc, port: 4317}]",
    right: "ports: [{name: otlp-grpc, port: 4317}, {name: http-query, port: 16686}]",
  },
  check: (manifests) =>
    [...collectorPods(manifests).keys()].flatMap((pod) => {
      const services = servicesOf(pod, manifests);
      const offered = services.flatMap((service) =>
        list(at(service, "spec", "ports")).map((port) => portNumber(pod, port["targetPort"] ?? port["port"])),
      );
      const asked = heardIn(pod, manifests).filter(({ path }) => /^extensions\.jaeger_query\b/.test(path));
      const [object] = services;
      if (object === undefined) return [];
      return asked
        .filter(({ port }) => !offered.includes(port))
        .map(({ port, path }) => ({
          object,
          path: "spec.ports",
          message: `does not lead to port ${port} of ${path}`,
          fix: `ports: [{port: ${port}}]`,
        }));
    }),
};

export const entranceRules: readonly Rule[] = [
  appProtocolFits,
  policyPortExists,
  policyAdmitsMetrics,
  localService,
  agentOfTheNode,
  nodeVariable,
  usualPort,
  queryOffered,
];
