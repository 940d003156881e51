import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { StorageJob } from "../jaeger/jobs.ts";
import { confinedContainer, confinedPod } from "./confinement.ts";
import { enclosure } from "./enclosure.ts";
import { labels, metadata } from "./metadata.ts";
import { secretVolume } from "./pod.ts";

export interface JaegerStorageJobArgs extends StorageJob {
  readonly namespace: string;
}

/** A program that tends Jaeger's storage once a night. It reaches nothing but the storage. */
export class JaegerStorageJob extends pulumi.ComponentResource {
  constructor(name: string, args: JaegerStorageJobArgs, opts?: pulumi.ComponentResourceOptions) {
    super("throughline:index:JaegerStorageJob", name, {}, opts);
    const { namespace, port, schedule, latestSeconds } = args;
    const child = { parent: this };
    const { account, policy } = enclosure({ name, doors: [], ways: [{ port }], permissions: [] }, namespace, child);
    new k8s.batch.v1.CronJob(
      name,
      {
        metadata: metadata(name, namespace),
        spec: {
          schedule,
          timeZone: "Etc/UTC",
          concurrencyPolicy: "Forbid",
          startingDeadlineSeconds: latestSeconds,
          successfulJobsHistoryLimit: 1,
          failedJobsHistoryLimit: 3,
          jobTemplate: { spec: { backoffLimit: 3, activeDeadlineSeconds: 3_600, template: pod(args) } },
        },
      },
      { ...child, dependsOn: [account, policy] },
    );
    this.registerOutputs({});
  }
}

function pod(job: StorageJob): k8s.types.input.core.v1.PodTemplateSpec {
  const { name, user, prepare, files, scratch } = job;
  return {
    metadata: { labels: labels(name) },
    spec: {
      serviceAccountName: name,
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      restartPolicy: "Never",
      nodeSelector: { "kubernetes.io/os": "linux" },
      securityContext: confinedPod(user),
      ...(prepare && {
        initContainers: [{ ...container(job), name: "prepare", command: [...prepare] }],
      }),
      containers: [
        {
          ...container(job),
          args: [...job.args],
          env: [
            ...Object.entries(job.env).map(([variable, value]) => ({ name: variable, value })),
            ...job.variables.map(({ name: variable, secret, key }) => ({
              name: variable,
              valueFrom: { secretKeyRef: { name: secret, key } },
            })),
          ],
        },
      ],
      volumes: [
        ...files.map(secretVolume),
        ...(scratch ? [{ name: "scratch", emptyDir: { sizeLimit: `${scratch.gib}Gi` } }] : []),
      ],
    },
  };
}

function container({ name, image, memory, memoryLimit, files, scratch }: StorageJob) {
  return {
    name,
    image,
    imagePullPolicy: "IfNotPresent",
    resources: {
      requests: { cpu: "10m", memory: `${memory}Mi` },
      limits: { memory: `${memoryLimit}Mi` },
    },
    securityContext: confinedContainer,
    volumeMounts: [
      ...files.map(({ name: volume, directory }) => ({ name: volume, mountPath: directory, readOnly: true })),
      ...(scratch ? [{ name: "scratch", mountPath: scratch.path }] : []),
    ],
  };
}
