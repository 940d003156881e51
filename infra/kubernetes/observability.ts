import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { Settings } from "../settings/settings.ts";
import type { Topology } from "../topology.ts";
import { OtelAgent } from "./agent.ts";
import { OtelGateway } from "./gateway.ts";
import { JaegerIngress } from "./ingress.ts";
import { Jaeger } from "./jaeger.ts";
import { labels, names, restrictedNamespace } from "./metadata.ts";
import { JaegerStorageJob } from "./storage-job.ts";
import { TierCertificates } from "./tls.ts";

export interface ObservabilityArgs
  extends Pick<
    Settings,
    "namespace" | "createNamespace" | "storageClass" | "gatewayMaxReplicas" | "ingress" | "jaeger"
  > {
  readonly topology: Topology;
}

/** Agents, gateway and Jaeger in one namespace: workload -> agent of its node -> gateway -> Jaeger and other backends. */
export class Observability extends pulumi.ComponentResource {
  readonly agent: OtelAgent;
  readonly gateway: OtelGateway;
  readonly jaeger: Jaeger;
  /** The address of Jaeger's UI for people outside the cluster. Undefined without an ingress. */
  readonly ui: string | undefined;
  /** Known when everything is there and ready. */
  readonly ready: pulumi.Output<unknown>;

  constructor(name: string, args: ObservabilityArgs, opts?: pulumi.ComponentResourceOptions) {
    super("throughline:index:Observability", name, {}, opts);
    const { namespace, topology } = args;
    const made = args.createNamespace
      ? [
          new k8s.core.v1.Namespace(
            "observability",
            { metadata: { name: namespace, labels: { ...labels(namespace), ...restrictedNamespace } } },
            { parent: this },
          ),
        ]
      : [];
    const { generation, mounts } = topology.tls;
    const certificates =
      generation === undefined
        ? []
        : [new TierCertificates("tls", { namespace, generation }, { parent: this, dependsOn: made })];
    const child = { parent: this, dependsOn: [...made, ...certificates] };
    this.jaeger = new Jaeger(
      names.jaeger,
      { namespace, parts: topology.jaeger, storageClass: args.storageClass, tls: mounts.jaeger },
      child,
    );
    for (const job of topology.jobs) new JaegerStorageJob(job.name, { namespace, ...job }, child);
    this.ui =
      args.ingress &&
      new JaegerIngress(
        "jaeger-ingress",
        { ...args.ingress, namespace, pods: uiPods(topology), basePath: args.jaeger?.basePath },
        { parent: this, dependsOn: [this.jaeger] },
      ).url;
    this.gateway = new OtelGateway(
      names.gateway,
      {
        namespace,
        part: topology.gateway,
        volumeGiB: topology.volumeGiB,
        storageClass: args.storageClass,
        maxReplicas: args.gatewayMaxReplicas,
        tls: mounts.gateway,
      },
      child,
    );
    this.agent = new OtelAgent(names.agent, { namespace, part: topology.agent, tls: mounts.agent }, child);
    this.ready = pulumi.all([this.jaeger.ready, this.gateway.ready, this.agent.ready]);
    this.registerOutputs({});
  }
}

/** Name of the pods behind the Service that everybody asks for the UI. */
function uiPods({ jaeger }: Topology): string {
  return jaeger.find(({ services }) => services.includes(names.jaeger))?.name ?? names.jaeger;
}
