import type * as k8s from "@pulumi/kubernetes";
import type { Offer } from "../../collector-config/graph.ts";
import type { DerivedPart } from "../part.ts";
import { selector } from "./metadata.ts";

/** Ports of a Service in front of a pod's ports of the same names. `appProtocol` tells meshes and gateways what to speak. */
export function servicePorts(offered: readonly Offer[]): k8s.types.input.core.v1.ServicePort[] {
  return offered
    .filter(({ purpose }) => purpose !== "health")
    .filter(({ name }) => name !== "metrics")
    .map(({ name, port, appProtocol }) => ({ name, port, targetPort: name, protocol: "TCP", appProtocol }));
}

/** What comes into the pods of one name and goes out of them. */
export type Edges = Pick<DerivedPart, "name" | "ways" | "doors" | "permissions">;

/**
 * Lets in and out what the configurations connect, and nothing else. The kubelet's probes need no rule: traffic from the pod's own node is
 * always let in.
 * @see https://kubernetes.io/docs/concepts/services-networking/network-policies/
 */
export function networkPolicySpec(part: Edges): k8s.types.input.networking.v1.NetworkPolicySpec {
  const { ways, doors } = part;
  return {
    podSelector: { matchLabels: selector(part.name) },
    policyTypes: ["Ingress", ...(ways ? ["Egress"] : [])],
    ingress: doors.map(({ ports, from }) => ({
      ...(from && { from: from.map((name) => ({ podSelector: { matchLabels: selector(name) } })) }),
      ports: ports.map((port) => ({ port, protocol: "TCP" })),
    })),
    ...(ways && {
      egress: [
        ...ways.map(({ port, to }) => ({
          ...(to && { to: [{ podSelector: { matchLabels: selector(to) } }] }),
          ports: [{ port, protocol: "TCP" }],
        })),
        ...(part.permissions.length > 0 ? [{ ports: apiServerPorts }] : []),
        { ports: dnsPorts },
      ],
    }),
  };
}

/** The API server's Service and the usual port behind it; its address is not known beforehand. */
const apiServerPorts = [443, 6443].map((port) => ({ port, protocol: "TCP" }));

const dnsPorts = ["UDP", "TCP"].map((protocol) => ({ port: 53, protocol }));
