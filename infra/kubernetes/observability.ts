import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { profiles } from "../profiles.ts";
import type { Settings } from "../settings.ts";
import { OtelAgent } from "./agent.ts";
import { OtelGateway } from "./gateway.ts";
import { Jaeger } from "./jaeger.ts";
import { labels, names, restrictedNamespace } from "./metadata.ts";

export type ObservabilityArgs = Pick<
  Settings,
  "profile" | "namespace" | "createNamespace" | "maxTraces" | "storageClass"
>;

/** Agents, gateway and Jaeger in one namespace: workload -> agent of its node -> gateway -> Jaeger. */
export class Observability extends pulumi.ComponentResource {
  readonly agent: OtelAgent;
  readonly gateway: OtelGateway;
  readonly jaeger: Jaeger;

  constructor(name: string, args: ObservabilityArgs, opts?: pulumi.ComponentResourceOptions) {
    const profile = profiles[args.profile];
    super("throughline:index:Observability", name, args, opts);
    const { namespace } = args;

    const made = args.createNamespace
      ? [
          new k8s.core.v1.Namespace(
            "observability",
            { metadata: { name: namespace, labels: { ...labels(namespace), ...restrictedNamespace } } },
            { parent: this },
          ),
        ]
      : [];
    const child = { parent: this, dependsOn: made };
    this.jaeger = new Jaeger(names.jaeger, { namespace, profile: profile.jaeger, maxTraces: args.maxTraces }, child);
    this.gateway = new OtelGateway(
      names.gateway,
      { namespace, profile: profile.gateway, storageClass: args.storageClass },
      child,
    );
    this.agent = new OtelAgent(names.agent, { namespace, profile: profile.agent }, child);
    this.registerOutputs({});
  }
}
