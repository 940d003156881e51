import { listeners } from "../collector-config/listeners.ts";
import { fields, items } from "../common/objects.ts";
import { collectorPods } from "./configurations.ts";
import { heardOn } from "./edges.ts";
import { policiesOf } from "./network-policies.ts";
import { at, objectsIn, ofKind, podsBehind } from "./objects.ts";
import { containersIn, list, type Pod, podsOf, portNumber } from "./pods.ts";
import type { Manifest, Rule } from "./types.ts";

const hosting = "https://opentelemetry.io/docs/security/hosting-best-practices/";

const noOpenReceiver: Rule = {
  name: "no-open-receiver",
  description:
    "A port of a Collector or Jaeger that the world can reach asks for TLS and a login, or a client certificate.",
  why: "Anyone may send spans at your cost, or read what your requests carry.",
  source: "https://opentelemetry.io/docs/security/config-best-practices/",
  severity: "error",
  example: {
    wrong: "kind: Service\nspec: {type: LoadBalancer} # before a receiver without tls",
    right: "receivers: {otlp: {protocols: {grpc: {tls: {cert_file: ..., key_file: ..., client_ca_file: ...}}}}}",
  },
  check: (manifests) =>
    ofKind(manifests, "Service")
      .filter(isOutside)
      .flatMap((object) =>
        (podsBehind(object, manifests) ?? []).flatMap((pod) =>
          list(at(object, "spec", "ports")).flatMap((port) => {
            const number = portNumber(pod, port["targetPort"] ?? port["port"]);
            const path = heardOn(pod, number, manifests)?.path;
            const open =
              path !== undefined &&
              (collectorPods(manifests).get(pod) ?? []).some(({ config }) => isOpen(config, path));
            const message = `shows port ${port["port"]} of ${pod.owner.metadata.name} to everyone, which takes plain text or anyone`;
            const fix = "type: ClusterIP, loadBalancerSourceRanges, or tls with client_ca_file or auth in the receiver";
            return open ? [{ object, path: "spec.type", message, fix }] : [];
          }),
        ),
      ),
};

/** Whether a Service is open to addresses outside the cluster, as far as it tells. */
function isOutside(service: Manifest): boolean {
  const { type, loadBalancerSourceRanges } = fields(service["spec"]);
  const annotations = Object.entries(fields(service.metadata["annotations"]));
  // Each cloud has its own annotation for a balancer that only the private network reaches.
  const internal = annotations.some(
    ([key, value]) => /internal|scheme|type/i.test(key) && /true|internal|0\.0\.0\.0\/0/i.test(String(value)),
  );
  if (type === "LoadBalancer") return !internal && items(loadBalancerSourceRanges).length === 0;
  return type === "NodePort";
}

/** Whether what listens at this place of a configuration takes plain text, or takes it from anyone. */
function isOpen(config: unknown, path: string): boolean {
  if (!/^(receivers|extensions\.jaeger_?query)\b/.test(path) || !listeners(config).some((one) => one.path === path))
    return false;
  const own = fields(at(config, ...path.split(".")));
  const tls = fields(own["tls"]);
  const secure = Object.keys(tls).length > 0;
  return (
    !secure || (tls["client_ca_file"] === undefined && tls["client_ca_pem"] === undefined && own["auth"] === undefined)
  );
}

const policyPresent: Rule = {
  name: "network-policy-present",
  description:
    "A NetworkPolicy says who may reach each Collector, and each pod of a namespace that has NetworkPolicies.",
  why: "Without one every pod of the cluster may send to it and read from it.",
  source: hosting,
  severity: "warning",
  example: {
    wrong: "kind: NetworkPolicy\nspec: {podSelector: {matchLabels: {app: other}}}",
    right:
      "kind: NetworkPolicy\nspec: {podSelector: {matchLabels: {app: collector}}, ingress: [{ports: [{port: 4317}]}]}",
  },
  check: (manifests) =>
    podsOf(manifests)
      .filter((pod) => pod.spec["hostNetwork"] !== true)
      .filter(
        (pod) =>
          collectorPods(manifests).has(pod) ||
          (listens(pod) && objectsIn(manifests, "NetworkPolicy", pod.namespace).length > 0),
      )
      .filter((pod) => policiesOf(pod, "Ingress", manifests).length === 0)
      .map(({ owner }) => ({
        object: owner,
        message: "has pods that no NetworkPolicy closes for incoming connections",
        fix: "a NetworkPolicy with podSelector: {matchLabels: the labels of the pod template} and policyTypes: [Ingress, Egress]",
      })),
};

function listens(pod: Pod): boolean {
  return list(pod.spec["containers"]).some(({ ports }) => list(ports).length > 0);
}

const policyCloses: Rule = {
  name: "network-policy-closes",
  description: "No rule of a NetworkPolicy lets everything through.",
  why: "A rule without ports and peers admits everyone everywhere, so the policy only looks like one.",
  source: "https://kubernetes.io/docs/concepts/services-networking/network-policies/",
  severity: "warning",
  example: { wrong: "ingress: [{}]", right: "ingress: [{ports: [{port: 4317}]}]" },
  check: (manifests) =>
    ofKind(manifests, "NetworkPolicy").flatMap((object) =>
      (
        [
          ["ingress", "from"],
          ["egress", "to"],
        ] as const
      ).flatMap(([direction, peers]) =>
        list(at(object, "spec", direction)).flatMap((rule) => {
          const ports = list(rule["ports"]);
          const fix = `${direction}: [{${peers}: [...], ports: [{port: ...}]}]`;
          const wrong =
            ports.length === 0 && list(rule[peers]).length === 0
              ? "has a rule without ports and peers, which lets everything through"
              : ports.some(({ port }) => port === undefined) && list(rule[peers]).length === 0
                ? "has a rule whose ports name none, which opens all of them to everyone"
                : undefined;
          return wrong === undefined ? [] : [{ object, path: `spec.${direction}`, message: wrong, fix }];
        }),
      ),
    ),
};

const filesReadable: Rule = {
  name: "secret-files-readable",
  description: "The files of a Secret can be read by the user that the container runs as, and written by nobody else.",
  why: "The files belong to root, so a program without rights can't open its own key.",
  source: "https://kubernetes.io/docs/concepts/configuration/secret/#secret-files-permissions",
  severity: "error",
  example: {
    wrong: "securityContext: {runAsUser: 10001}\nvolumes: [{name: key, secret: {secretName: key, defaultMode: 0400}}]",
    right:
      "securityContext: {runAsUser: 10001, fsGroup: 10001}\nvolumes: [{name: key, secret: {secretName: key, defaultMode: 0440}}]",
  },
  check: (manifests) =>
    podsOf(manifests).flatMap((pod) =>
      list(pod.spec["volumes"]).flatMap((volume) => {
        const secret = fields(volume["secret"] ?? (holdsSecret(volume["projected"]) ? volume["projected"] : undefined));
        const mode = secret["defaultMode"];
        if (typeof mode !== "number") return [];
        const fix = "defaultMode: 0440 (288) with fsGroup";
        const what = `volume ${volume["name"]} has mode 0${mode.toString(8)}`;
        if (mode & 0o002) return [{ object: pod.owner, message: `${what}, which everyone may write`, fix }];
        const mask = at(pod.spec, "securityContext", "fsGroup") === undefined ? 0o004 : 0o044;
        return runsUnprivileged(pod) && !(mode & mask)
          ? [{ object: pod.owner, message: `${what}, which only root can read`, fix }]
          : [];
      }),
    ),
};

function holdsSecret(projected: unknown): boolean {
  return list(fields(projected)["sources"]).some(({ secret }) => secret !== undefined);
}

/** Whether no container of the pod is root, for sure. */
function runsUnprivileged(pod: Pod): boolean {
  const shared = fields(pod.spec["securityContext"]);
  return containersIn(pod).every(({ spec }) => {
    const { runAsUser, runAsNonRoot } = { ...shared, ...fields(spec["securityContext"]) };
    return runAsNonRoot === true || (typeof runAsUser === "number" && runAsUser > 0);
  });
}

export const exposureRules: readonly Rule[] = [noOpenReceiver, policyPresent, policyCloses, filesReadable];
