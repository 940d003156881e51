import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { gatewayConfig } from "../../collector-config/gateway.ts";
import { ports, toYaml } from "../../collector-config/shared.ts";
import type { Profile } from "../profiles.ts";
import { images } from "../versions.ts";
import { checked } from "./checked.ts";
import { address, configMap, metadata, names, selector } from "./metadata.ts";
import { ingressOnly, otlpPorts, programPod, servicePorts } from "./pod.ts";

export interface OtelGatewayArgs {
  readonly namespace: string;
  /** Sizes, delays and the kind of queue. */
  readonly profile: Profile["gateway"];
  /** StorageClass of the disk queue's volume. Default: - the cluster's default class. */
  readonly storageClass?: string | undefined;
}

/** The OpenTelemetry Collector between the agents and Jaeger: one pod with a queue that outlives Jaeger's absence. */
export class OtelGateway extends pulumi.ComponentResource {
  constructor(name: string, args: OtelGatewayArgs, opts?: pulumi.ComponentResourceOptions) {
    const { namespace } = args;
    const config = configMap(names.gateway, namespace, toYaml(checked(names.gateway, resolveConfig(args))));
    super("throughline:index:OtelGateway", name, args, opts);
    const child = { parent: this };
    const meta = metadata(names.gateway, namespace);

    const account = new k8s.core.v1.ServiceAccount(
      name,
      { metadata: meta, automountServiceAccountToken: false },
      child,
    );
    const map = new k8s.core.v1.ConfigMap(`${name}-config`, config.args, child);
    const policy = new k8s.networking.v1.NetworkPolicy(
      name,
      { metadata: meta, spec: ingressOnly(names.gateway, [{ ports: otlpPorts, from: [names.agent] }]) },
      child,
    );
    new k8s.core.v1.Service(name, { metadata: meta, spec: { ...serviceSpec(), clusterIP: "None" } }, child);
    new k8s.core.v1.Service(
      `${name}-otlp`,
      { metadata: metadata(names.gateway, namespace, names.gatewayOtlp), spec: serviceSpec() },
      child,
    );
    new k8s.apps.v1.StatefulSet(
      name,
      { metadata: meta, spec: statefulSetSpec(args, config.objectName) },
      { parent: this, dependsOn: [account, map, policy] },
    );
    this.registerOutputs({});
  }
}

const queueDirectory = "/var/lib/otelcol";

function resolveConfig({ namespace, profile }: OtelGatewayArgs) {
  const { queue } = profile;
  return gatewayConfig({
    jaegerEndpoint: address(names.jaeger, namespace, ports.otlpGrpc),
    batchDelayMs: profile.batchDelayMs,
    // Below the mount point: the volume's own folder may hold lost+found.
    queue: queue.kind === "disk" ? { ...queue, directory: `${queueDirectory}/queue` } : queue,
  });
}

function serviceSpec(): k8s.types.input.core.v1.ServiceSpec {
  return { type: "ClusterIP", selector: selector(names.gateway), ports: servicePorts(otlpPorts) };
}

function statefulSetSpec(args: OtelGatewayArgs, config: string): k8s.types.input.apps.v1.StatefulSetSpec {
  const { queue, resources } = args.profile;
  const onDisk = queue.kind === "disk";
  return {
    replicas: 1,
    serviceName: names.gateway,
    podManagementPolicy: "Parallel",
    updateStrategy: { type: "RollingUpdate" },
    selector: { matchLabels: selector(names.gateway) },
    template: programPod({
      name: names.gateway,
      image: images.collector,
      configMap: config,
      ports: otlpPorts,
      healthPath: "/",
      resources,
      gracePeriodSeconds: 60,
      ...(onDisk && { volumeMounts: [{ name: "queue", mountPath: queueDirectory }] }),
    }),
    ...(onDisk && {
      volumeClaimTemplates: [
        {
          metadata: { name: "queue", labels: selector(names.gateway) },
          spec: {
            accessModes: ["ReadWriteOnce"],
            resources: { requests: { storage: queue.volume } },
            ...(args.storageClass && { storageClassName: args.storageClass }),
          },
        },
      ],
    }),
  };
}
