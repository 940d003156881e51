import { fields } from "../common/objects.ts";
import { admits } from "./network-policies.ts";
import { ofKind, podsBehind, podsIn } from "./objects.ts";
import { once } from "./once.ts";
import { containerPort, list, namespaceOf, type Pod, portNumber } from "./pods.ts";
import type { Manifest, Rule } from "./types.ts";

interface Target {
  readonly service: Manifest;
  readonly port: Record<string, unknown>;
  readonly pods: readonly Pod[];
}

/** Each port of each Service with the pods behind it. Services without selector are left out: their endpoints come from elsewhere. */
const targets = once((manifests): readonly Target[] =>
  ofKind(manifests, "Service").flatMap((service) => {
    const pods = podsBehind(service, manifests);
    return pods === undefined ? [] : list(fields(service["spec"])["ports"]).map((port) => ({ service, port, pods }));
  }),
);

const nameLabel = "app.kubernetes.io/name";

const serviceHasPods: Rule = {
  name: "service-has-pods",
  description: "The selector of every Service finds pods of the stack.",
  why: "The Service's name resolves, and every connection is refused.",
  source: "https://kubernetes.io/docs/tasks/debug/debug-application/debug-service/",
  severity: "error",
  example: { wrong: "selector: {app: colector}", right: "selector: {app: collector}" },
  check: (manifests) =>
    ofKind(manifests, "Service").flatMap((object) => {
      const { selector, type } = fields(object["spec"]);
      const pods = podsBehind(object, manifests);
      const fix = "selector: the labels of the pod template";
      if (pods?.length === 0) {
        return [{ object, message: `selects ${JSON.stringify(selector)}, which no pod has`, fix }];
      }
      // Whose endpoints somebody else writes does not carry the name of pods beside it.
      const name = fields(object.metadata["labels"])[nameLabel];
      const beside = podsIn(manifests, namespaceOf(object)).some(({ labels }) => labels[nameLabel] === name);
      return pods === undefined && type !== "ExternalName" && name !== undefined && beside
        ? [{ object, message: `selects nothing, though there are pods of ${name}`, fix }]
        : [];
    }),
};

const servicePortListens: Rule = {
  name: "service-port-listens",
  description: "Behind every port of a Service a container listens.",
  why: "Every connection to that port is refused.",
  source: "https://kubernetes.io/docs/tasks/debug/debug-application/debug-service/",
  severity: "error",
  example: { wrong: "ports: [{port: 4318, targetPort: otlp}]", right: "ports: [{port: 4318, targetPort: otlp-http}]" },
  check: (manifests) =>
    targets(manifests).flatMap(({ service, port, pods }) => {
      const target = port["targetPort"] ?? port["port"];
      return pods
        .filter((pod) => containerPort(pod, target) === undefined && !(typeof target === "number" && declaresNone(pod)))
        .map(({ owner }) => ({
          object: service,
          message: `port ${port["port"]} leads to ${target}, where no container of ${owner.kind} ${owner.metadata.name} listens`,
          fix: `targetPort: the name or number of a container port`,
        }));
    }),
};

/** Whether a container tells of no port at all, in which case it may listen anywhere. */
function declaresNone(pod: Pod): boolean {
  return list(pod.spec["containers"]).some(({ ports }) => list(ports).length === 0);
}

const policyAdmitsService: Rule = {
  name: "network-policy-admits-service",
  description: "No NetworkPolicy closes a port that a Service offers.",
  why: "Every connection to that port times out.",
  source: "https://kubernetes.io/docs/concepts/services-networking/network-policies/",
  severity: "error",
  example: { wrong: "ingress: [{ports: [{port: 4317}]}]", right: "ingress: [{ports: [{port: 4317}, {port: 4318}]}]" },
  check: (manifests) =>
    targets(manifests).flatMap(({ service, port, pods }) =>
      pods
        .filter((pod) => !admits(pod, portNumber(pod, port["targetPort"] ?? port["port"]), manifests))
        .map(() => ({
          object: service,
          message: `port ${port["port"]} is closed by the NetworkPolicies of its pods`,
          fix: `ingress: [{ports: [{port: ${port["targetPort"] ?? port["port"]}}]}]`,
        })),
    ),
};

const appProtocolSet: Rule = {
  name: "grpc-port-says-so",
  description: "A Service port for gRPC says so in appProtocol, without which meshes treat it as plain TCP.",
  why: "Meshes and gateways then balance connections instead of requests, or speak HTTP/1 to it.",
  source: "https://kubernetes.io/docs/concepts/services-networking/service/#application-protocol",
  severity: "warning",
  example: {
    wrong: "ports: [{name: otlp-grpc, port: 4317}]",
    right: "ports: [{name: otlp-grpc, port: 4317, appProtocol: grpc}]",
  },
  check: (manifests) =>
    targets(manifests)
      .filter(({ port }) => /grpc/.test(String(port["name"])) && !/grpc|h2c/.test(String(port["appProtocol"])))
      .map(({ service, port }) => ({
        object: service,
        message: `port ${port["name"]} has no appProtocol for gRPC`,
        fix: "appProtocol: grpc",
      })),
};

export const networkRules: readonly Rule[] = [serviceHasPods, servicePortListens, policyAdmitsService, appProtocolSet];
