import { type Edge, edges, endOf, type Heard, heardOn, hits } from "./edges.ts";
import { admits, letsOut, opens, policiesOf } from "./network-policies.ts";
import { at, find, misspelt, objectsIn, ofKind } from "./objects.ts";
import { list, type Pod } from "./pods.ts";
import { slip } from "./spelling.ts";
import type { Finding, Manifest, Rule } from "./types.ts";

const finding = ({ object, path }: Edge, message: string, fix: string): Finding => ({ object, path, message, fix });
const dns = "https://kubernetes.io/docs/concepts/services-networking/dns-pod-service/";
const policies = "https://kubernetes.io/docs/concepts/services-networking/network-policies/";
const otlp = "https://opentelemetry.io/docs/specs/otel/protocol/exporter/";

const serviceExists: Rule = {
  name: "endpoint-service-exists",
  description: "No endpoint names a Service that is spelt otherwise among the manifests.",
  why: "The name does not resolve, and every span is kept back until it is dropped.",
  source: dns,
  severity: "error",
  example: {
    wrong: "exporters: {otlp_grpc: {endpoint: otel-gatway.observability.svc:4317}}",
    right: "exporters: {otlp_grpc: {endpoint: otel-gateway.observability.svc:4317}}",
  },
  check: (manifests) =>
    edges(manifests).flatMap((edge) => {
      if (find(manifests, "Service", edge.namespace, edge.service)) return [];
      // A host without a dot may be anything, unless its port is the one that is offered.
      const names = objectsIn(manifests, "Service", edge.namespace)
        .filter((service) => edge.certain || list(at(service, "spec", "ports")).some(({ port }) => port === edge.port))
        .map(({ metadata }) => metadata.name);
      const meant = edge.certain ? misspelt(edge.service, names) : slip(edge.service, names);
      if (meant === undefined) return [];
      const host = edge.host.replace(edge.service, meant);
      return [finding(edge, `names ${edge.host}, and there is no such Service`, `${host}:${edge.port}`)];
    }),
};

const portOffered: Rule = {
  name: "endpoint-port-offered",
  description: "The Service behind an endpoint has the endpoint's port.",
  why: "Nothing answers on the port, so every span is kept back until it is dropped.",
  source: "https://kubernetes.io/docs/concepts/services-networking/service/",
  severity: "error",
  example: {
    wrong: "env: [{name: OTEL_EXPORTER_OTLP_ENDPOINT, value: http://otel-agent.observability.svc:4319}]",
    right: "env: [{name: OTEL_EXPORTER_OTLP_ENDPOINT, value: http://otel-agent.observability.svc:4318}]",
  },
  check: (manifests) =>
    hits(manifests)
      .filter(({ targetPort }) => targetPort === undefined)
      .map((hit) => {
        const offered = list(at(hit.target, "spec", "ports")).map(({ port }) => port);
        return finding(
          hit,
          `leads to port ${hit.port} of Service ${hit.service}, which offers ${offered.join(", ")}`,
          `one of ${offered.map((port) => `${hit.host}:${port}`).join(", ")}`,
        );
      }),
};

/** Each edge with a pod at its end, and what listens there. */
function* ends(manifests: readonly Manifest[]): Generator<{ hit: Edge; pod: Pod; heard: Heard }> {
  for (const hit of hits(manifests)) {
    for (const pod of hit.pods) {
      const heard = heardOn(pod, endOf(hit, pod), manifests);
      if (heard) yield { hit, pod, heard };
    }
  }
}

const protocolFits: Rule = {
  name: "endpoint-protocol-fits",
  description: "An exporter or SDK speaks what the receiver at the other end listens for.",
  why: "gRPC sent to an HTTP port, or the reverse, is refused as malformed, span by span.",
  source: otlp,
  severity: "error",
  example: {
    wrong: "exporters: {otlp_grpc: {endpoint: otel-gateway.observability.svc:4318}}",
    right: "exporters: {otlp_grpc: {endpoint: otel-gateway.observability.svc:4317}}",
  },
  check: (manifests) =>
    [...ends(manifests)]
      .filter(({ hit, heard }) => hit.speaks && heard.speaks && hit.speaks !== heard.speaks)
      .map(({ hit, pod, heard }) => {
        const message = `speaks ${hit.speaks} to ${hit.host}:${hit.port}, where ${pod.owner.kind} ${pod.owner.metadata.name} listens for ${heard.speaks}`;
        return finding(hit, message, `${hit.host}:${hit.speaks === "grpc" ? 4317 : 4318}, or the other protocol`);
      }),
};

const tlsFits: Rule = {
  name: "endpoint-tls-fits",
  description: "TLS is spoken where the receiver has a certificate, and only there.",
  why: "A handshake sent to a plain port, or plain text sent to a TLS port, ends the connection.",
  source: "https://github.com/open-telemetry/opentelemetry-collector/blob/main/config/configtls/README.md",
  severity: "error",
  example: {
    wrong: "exporters: {otlp_http: {endpoint: https://jaeger.observability.svc:4318}} # where Jaeger has no tls",
    right: "exporters: {otlp_http: {endpoint: http://jaeger.observability.svc:4318}}",
  },
  check: (manifests) =>
    [...ends(manifests)]
      .filter(({ hit, heard }) => hit.secure !== undefined && heard.speaks && hit.secure !== heard.secure)
      .map(({ hit, pod, heard }) => {
        const [sent, taken] = hit.secure ? ["TLS", "plain text"] : ["plain text", "TLS"];
        const message = `sends ${sent} to ${hit.host}:${hit.port}, where ${pod.owner.kind} ${pod.owner.metadata.name} takes ${taken}`;
        return finding(
          hit,
          message,
          heard.secure ? "https:// and tls: {ca_file: ...}" : "http://, or tls: {insecure: true}",
        );
      }),
};

const admitsSender: Rule = {
  name: "network-policy-admits-sender",
  description: "The NetworkPolicies of a receiver let in every pod of the manifests that sends to it.",
  why: "The connection times out, and the sender's queue fills until spans are dropped.",
  source: policies,
  severity: "error",
  example: {
    wrong: "ingress: [{from: [{podSelector: {matchLabels: {app: agnet}}}], ports: [{port: 4317}]}]",
    right: "ingress: [{from: [{podSelector: {matchLabels: {app: agent}}}], ports: [{port: 4317}]}]",
  },
  check: (manifests) =>
    hits(manifests).flatMap((hit) =>
      hit.pods.flatMap((pod) => {
        const port = endOf(hit, pod);
        const { from } = hit;
        if (from === undefined || port === undefined || admits(pod, port, manifests, from)) return [];
        const [policy] = policiesOf(pod, "Ingress", manifests);
        const message = `lets ${from.owner.kind} ${from.owner.metadata.name} not in on port ${port}, to which it sends`;
        return policy ? [{ object: policy, path: "spec.ingress", message, fix: rule("from", from, pod, port) }] : [];
      }),
    ),
};

const letsSenderOut: Rule = {
  name: "network-policy-lets-sender-out",
  description: "The NetworkPolicies of a pod that sends let it out to where it sends.",
  why: "The connection times out, and the queue fills until spans are dropped.",
  source: policies,
  severity: "error",
  example: {
    wrong: "egress: [{ports: [{port: 53, protocol: UDP}]}]",
    right: "egress: [{ports: [{port: 53, protocol: UDP}]}, {ports: [{port: 4317}]}]",
  },
  check: (manifests) => {
    const inside = hits(manifests).flatMap((hit) =>
      hit.pods.flatMap((pod) => {
        const port = endOf(hit, pod);
        return hit.from === undefined || port === undefined || letsOut(hit.from, port, manifests, pod)
          ? []
          : [{ edge: hit, from: hit.from, fix: rule("to", pod, hit.from, port) }];
      }),
    );
    const known = new Set(hits(manifests).map(({ object, path }) => `${path} ${object.metadata.name}`));
    const outside = edges(manifests).flatMap((edge) =>
      edge.from === undefined ||
      !leavesPod(edge) ||
      known.has(`${edge.path} ${edge.object.metadata.name}`) ||
      letsOut(edge.from, edge.port, manifests)
        ? []
        : [{ edge, from: edge.from, fix: `egress: [{ports: [{port: ${edge.port}}]}]` }],
    );
    return [...inside, ...outside].flatMap(({ edge, from, fix }) => {
      const [policy] = policiesOf(from, "Egress", manifests);
      const message = `does not let ${from.owner.kind} ${from.owner.metadata.name} out to ${edge.host}:${edge.port}`;
      return policy ? [{ object: policy, path: "spec.egress", message, fix }] : [];
    });
  },
};

/** Whether an edge is surely a connection: any text in an argument may look like an address. */
function leavesPod({ certain, speaks, path }: Edge): boolean {
  return certain || speaks !== undefined || path.includes(".exporters.");
}

/** A rule for the peer of a pod, as a line to write. */
function rule(direction: "from" | "to", peer: Pod, pod: Pod, port: number): string {
  const labels = JSON.stringify(peer.labels).replaceAll('"', "").replaceAll(":", ": ").replaceAll(",", ", ");
  const namespace =
    peer.namespace === pod.namespace
      ? ""
      : `, namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: ${peer.namespace}}}`;
  const peers = `[{podSelector: {matchLabels: ${labels}}${namespace}}]`;
  return `${direction === "from" ? "ingress" : "egress"}: [{${direction}: ${peers}, ports: [{port: ${port}}]}]`;
}

/** Pods that connect to a name in the cluster, and may not ask for its address. */
function withoutDns(manifests: readonly Manifest[], protocol: "UDP" | "TCP"): Finding[] {
  const pods = new Set(edges(manifests).flatMap((edge) => (edge.from && leavesPod(edge) ? [edge.from] : [])));
  return [...pods].flatMap((pod) => {
    const [policy] = policiesOf(pod, "Egress", manifests);
    if (policy === undefined || letsOut(pod, 53, manifests, undefined, protocol)) return [];
    const message = `does not let ${pod.owner.kind} ${pod.owner.metadata.name} ask DNS over ${protocol}`;
    const fix = `egress: [{ports: [{port: 53, protocol: ${protocol}}]}]`;
    return [{ object: policy, path: "spec.egress", message, fix }];
  });
}

/** Policies that open DNS over one protocol by its number, and not over this one. */
function halfDns(manifests: readonly Manifest[], protocol: "UDP" | "TCP"): Finding[] {
  const other = protocol === "UDP" ? "TCP" : "UDP";
  return ofKind(manifests, "NetworkPolicy").flatMap((object) => {
    const rules = list(at(object, "spec", "egress"));
    const says = rules.some(({ ports }) =>
      list(ports).some(({ port, protocol: spoken = "TCP" }) => port === 53 && spoken === other),
    );
    if (!says || rules.some(({ ports }) => opens(ports, 53, undefined, protocol))) return [];
    const fix = `egress: [{ports: [{port: 53, protocol: ${protocol}}]}]`;
    return [{ object, path: "spec.egress", message: `opens DNS over ${other}, and not over ${protocol}`, fix }];
  });
}

/** Each policy once. */
function dnsFindings(manifests: readonly Manifest[], protocol: "UDP" | "TCP"): Finding[] {
  const found = withoutDns(manifests, protocol);
  const known = new Set(found.map(({ object }) => object));
  return [...found, ...halfDns(manifests, protocol).filter(({ object }) => !known.has(object))];
}

const letsDnsOut: Rule = {
  name: "network-policy-lets-dns-out",
  description: "A pod that connects to names may ask the cluster's DNS.",
  why: "No name resolves otherwise, so nothing is sent at all.",
  source: dns,
  severity: "error",
  example: {
    wrong: "egress: [{ports: [{port: 4317}]}]",
    right: "egress: [{ports: [{port: 4317}]}, {ports: [{port: 53, protocol: UDP}, {port: 53, protocol: TCP}]}]",
  },
  check: (manifests) => dnsFindings(manifests, "UDP"),
};

const letsLongDnsOut: Rule = {
  name: "network-policy-lets-long-dns-out",
  description: "A pod that connects to names may ask the cluster's DNS over TCP too.",
  why: "Long answers, such as the addresses of all pods behind a headless Service, come over TCP only.",
  source: "https://www.rfc-editor.org/rfc/rfc7766",
  severity: "warning",
  example: {
    wrong: "egress: [{ports: [{port: 53, protocol: UDP}]}]",
    right: "egress: [{ports: [{port: 53, protocol: UDP}, {port: 53, protocol: TCP}]}]",
  },
  check: (manifests) => dnsFindings(manifests, "TCP"),
};

export const endpointRules: readonly Rule[] = [
  serviceExists,
  portOffered,
  protocolFits,
  tlsFits,
  admitsSender,
  letsSenderOut,
  letsDnsOut,
  letsLongDnsOut,
];
