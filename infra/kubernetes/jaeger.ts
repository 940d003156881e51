import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { ports } from "../../collector-config/ports.ts";
import type { JaegerPart } from "../jaeger/jaeger.ts";
import type { DerivedPart } from "../part.ts";
import { autoscaler, takesOver } from "./autoscaler.ts";
import { address, keptVolumes, metadata, names, selector } from "./metadata.ts";
import { partObjects } from "./part.ts";
import { programPod } from "./pod.ts";
import type { TlsMount } from "./tls.ts";

type Program = JaegerPart & DerivedPart;

export interface JaegerArgs {
  readonly namespace: string;
  /** Its programs, in the order in which they are changed. */
  readonly parts: readonly Program[];
  /** StorageClass of its volume. Default: - the cluster's default class. */
  readonly storageClass?: string | undefined;
  /** Certificates of whoever takes spans. */
  readonly tls: readonly TlsMount[];
}

/** Jaeger v2, all in one or a program for each role. */
export class Jaeger extends pulumi.ComponentResource {
  /** URL of the UI and the HTTP API inside the cluster. */
  readonly query: string;
  /** Known when its pods are ready. */
  readonly ready: pulumi.Output<unknown>;

  constructor(name: string, args: JaegerArgs, opts?: pulumi.ComponentResourceOptions) {
    const { namespace, parts } = args;
    super("throughline:index:Jaeger", name, {}, opts);
    const made: pulumi.CustomResource[] = [];
    for (const part of parts) {
      const services = Object.fromEntries(part.services.map((service) => [service, {}]));
      const { configMap, dependsOn } = partObjects(part, namespace, services, this);
      made.push(workload(part, args, configMap, { parent: this, dependsOn: [...dependsOn, ...made] }));
    }
    const root = `http://${address(names.jaeger, namespace, ports.query)}`;
    this.query = `${root}${parts[0]?.basePath ?? ""}`;
    this.ready = pulumi.all(made.map(({ id }) => id));
    this.registerOutputs({ query: this.query });
  }
}

/** One pod of all in one, of which there are never two at once, or the pods of a role. */
function workload(part: Program, args: JaegerArgs, configMap: string, opts: pulumi.CustomResourceOptions) {
  const { name, replicas, maxReplicas, volume, volumeGiB, role } = part;
  const { namespace, storageClass, tls } = args;
  const onDisk = volume !== undefined && volumeGiB !== undefined;
  const template = programPod(part, {
    tls: role === "all-in-one" || role === "collector" ? tls : [],
    configMap,
    replaced: role !== "all-in-one",
    ...(onDisk && { volumeMounts: [{ name: "traces", mountPath: volume }] }),
  });
  const shared = { replicas, selector: { matchLabels: selector(name) }, template };
  if (role === "all-in-one") {
    // One kind for every storage: a change of it ends the old pod before the new one starts, so that no span goes to the old.
    return new k8s.apps.v1.StatefulSet(
      name,
      {
        metadata: metadata(name, namespace),
        spec: {
          ...shared,
          serviceName: names.jaeger,
          podManagementPolicy: "Parallel",
          ...(onDisk && {
            persistentVolumeClaimRetentionPolicy: keptVolumes,
            volumeClaimTemplates: [claim(name, volumeGiB, storageClass)],
          }),
        },
      },
      opts,
    );
  }
  const made = new k8s.apps.v1.Deployment(
    name,
    { metadata: { ...metadata(name, namespace), annotations: { ...takesOver } }, spec: shared },
    // An autoscaler changes the number of pods behind our back.
    { ...opts, ...(maxReplicas && { ignoreChanges: ["spec.replicas"] }) },
  );
  if (maxReplicas !== undefined) {
    const limits = { minReplicas: replicas, maxReplicas };
    autoscaler(name, { kind: "Deployment", namespace, ...limits }, { parent: opts.parent!, dependsOn: [made] });
  }
  return made;
}

/** It outlives its StatefulSet, so that nobody loses traces by a changed setting. */
function claim(name: string, volumeGiB: number, storageClass: string | undefined) {
  return {
    metadata: { name: "traces", labels: selector(name) },
    spec: {
      accessModes: ["ReadWriteOnce"],
      resources: { requests: { storage: `${volumeGiB}Gi` } },
      ...(storageClass && { storageClassName: storageClass }),
    },
  };
}
