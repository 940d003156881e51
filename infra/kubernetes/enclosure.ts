import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import { metadata } from "./metadata.ts";
import { type Edges, networkPolicySpec } from "./network.ts";

/** What stands around the pods of one name. They start when it is there. */
export interface Enclosure {
  /** Who they are to the API server. No token is mounted unless a pod says so. */
  readonly account: k8s.core.v1.ServiceAccount;
  /** What may come in and go out. */
  readonly policy: k8s.networking.v1.NetworkPolicy;
}

/** Makes what stands around the pods of one name. */
export function enclosure(edges: Edges, namespace: string, child: pulumi.CustomResourceOptions): Enclosure {
  const { name } = edges;
  const meta = metadata(name, namespace);
  return {
    account: new k8s.core.v1.ServiceAccount(name, { metadata: meta, automountServiceAccountToken: false }, child),
    policy: new k8s.networking.v1.NetworkPolicy(name, { metadata: meta, spec: networkPolicySpec(edges) }, child),
  };
}
