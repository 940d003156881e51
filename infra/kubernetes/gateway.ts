import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { DerivedPart } from "../part.ts";
import { queueMount } from "../topology.ts";
import { autoscaler, takesOver } from "./autoscaler.ts";
import { gatewayPods, keptVolumes, metadata, names, selector } from "./metadata.ts";
import { partObjects } from "./part.ts";
import { programPod } from "./pod.ts";
import type { TlsMount } from "./tls.ts";

export interface OtelGatewayArgs {
  readonly namespace: string;
  readonly part: DerivedPart;
  /** Size of each pod's volume for the queues. Default: - queues are in memory. */
  readonly volumeGiB?: number | undefined;
  /** StorageClass of that volume. Default: - the cluster's default class. */
  readonly storageClass?: string | undefined;
  /** Pods under load. Default: - always the part's `replicas`. */
  readonly maxReplicas?: number | undefined;
  /** Its certificates. */
  readonly tls: readonly TlsMount[];
}

/** The OpenTelemetry Collector between the agents and the backends: pods with queues that outlive a backend's absence. */
export class OtelGateway extends pulumi.ComponentResource {
  /** Known when its pods are ready. */
  readonly ready: pulumi.Output<unknown>;

  constructor(name: string, args: OtelGatewayArgs, opts?: pulumi.ComponentResourceOptions) {
    const { namespace, part, maxReplicas } = args;
    super("throughline:index:OtelGateway", name, {}, opts);
    const services = {
      // A StatefulSet must have one: it gives each pod a name of its own.
      [names.gateway]: { clusterIP: "None" },
      [names.gatewayOtlp]: {},
      // For routing by trace id. The address stays when the pod is replaced; that behind the pod's own name does not, and whoever
      // has asked for it just before may go on with the old one for half a minute.
      ...Object.fromEntries(
        part.services
          .filter((service) => gatewayPods(part.replicas).includes(service))
          .map((pod) => [pod, { selector: { ...selector(names.gateway), "statefulset.kubernetes.io/pod-name": pod } }]),
      ),
    };
    const { configMap, dependsOn } = partObjects(part, namespace, services, this);
    const meta = metadata(names.gateway, namespace);
    const set = new k8s.apps.v1.StatefulSet(
      name,
      { metadata: { ...meta, annotations: { ...takesOver } }, spec: statefulSetSpec(args, configMap) },
      // An autoscaler changes the number of pods behind our back.
      { parent: this, dependsOn: [...dependsOn], ...(maxReplicas && { ignoreChanges: ["spec.replicas"] }) },
    );
    if (maxReplicas !== undefined) {
      const limits = { minReplicas: part.replicas, maxReplicas };
      autoscaler(name, { kind: "StatefulSet", namespace, ...limits }, { parent: this, dependsOn: [set] });
    }
    this.ready = set.id;
    this.registerOutputs({});
  }
}

function statefulSetSpec(args: OtelGatewayArgs, configMap: string): k8s.types.input.apps.v1.StatefulSetSpec {
  const { part, maxReplicas, volumeGiB, storageClass, tls } = args;
  const onDisk = volumeGiB !== undefined;
  return {
    replicas: part.replicas,
    serviceName: names.gateway,
    podManagementPolicy: "Parallel",
    updateStrategy: { type: "RollingUpdate" },
    selector: { matchLabels: selector(names.gateway) },
    template: programPod(part, {
      tls,
      configMap,
      replaced: (maxReplicas ?? part.replicas) > 1,
      ...(onDisk && { volumeMounts: [{ name: "queue", mountPath: queueMount }] }),
    }),
    ...(onDisk && {
      persistentVolumeClaimRetentionPolicy: keptVolumes,
      volumeClaimTemplates: [
        {
          metadata: { name: "queue", labels: selector(names.gateway) },
          spec: {
            accessModes: ["ReadWriteOnce"],
            resources: { requests: { storage: `${volumeGiB}Gi` } },
            ...(storageClass && { storageClassName: storageClass }),
          },
        },
      ],
    }),
  };
}
