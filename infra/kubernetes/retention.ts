import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { RetentionJob } from "../jaeger-storage.ts";
import { labels, metadata } from "./metadata.ts";
import { networkPolicySpec } from "./network.ts";

export interface JaegerRetentionArgs extends RetentionJob {
  readonly namespace: string;
}

/**
 * Removes Jaeger's indices that are older than the retention, once a night.
 * @see https://www.jaegertracing.io/docs/latest/storage/elasticsearch/#index-cleaner
 */
export class JaegerRetention extends pulumi.ComponentResource {
  constructor(name: string, args: JaegerRetentionArgs, opts?: pulumi.ComponentResourceOptions) {
    super("throughline:index:JaegerRetention", name, {}, opts);
    const { namespace, endpoint } = args;
    const child = { parent: this };
    const meta = metadata(name, namespace);
    const account = new k8s.core.v1.ServiceAccount(
      name,
      { metadata: meta, automountServiceAccountToken: false },
      child,
    );
    const { port, protocol } = new URL(endpoint);
    const ways = [{ port: Number(port || (protocol === "https:" ? 443 : 80)) }];
    const spec = networkPolicySpec({ name, doors: [], ways, permissions: [] });
    const policy = new k8s.networking.v1.NetworkPolicy(name, { metadata: meta, spec }, child);
    new k8s.batch.v1.CronJob(
      name,
      {
        metadata: meta,
        spec: {
          schedule: "55 23 * * *",
          concurrencyPolicy: "Forbid",
          // A run that the controller could not start in time is made up for; without a limit a hundred missed ones would end them all.
          startingDeadlineSeconds: 21_600,
          successfulJobsHistoryLimit: 1,
          failedJobsHistoryLimit: 3,
          jobTemplate: {
            spec: { backoffLimit: 3, activeDeadlineSeconds: 3_600, template: cleanerPod(name, args) },
          },
        },
      },
      { ...child, dependsOn: [account, policy] },
    );
    this.registerOutputs({});
  }
}

function cleanerPod(name: string, args: RetentionJob): k8s.types.input.core.v1.PodTemplateSpec {
  const { image, days, endpoint, indexPrefix, variables, files } = args;
  const [authority] = files;
  return {
    metadata: { labels: labels(name) },
    spec: {
      serviceAccountName: name,
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      restartPolicy: "Never",
      nodeSelector: { "kubernetes.io/os": "linux" },
      securityContext: {
        runAsNonRoot: true,
        // The image's own.
        runAsUser: 10001,
        runAsGroup: 10001,
        fsGroup: 10001,
        seccompProfile: { type: "RuntimeDefault" },
      },
      containers: [
        {
          name,
          image,
          imagePullPolicy: "IfNotPresent",
          args: [`${days}`, endpoint],
          env: [
            ...(indexPrefix ? [{ name: "INDEX_PREFIX", value: indexPrefix }] : []),
            ...(authority
              ? [
                  { name: "ES_TLS_ENABLED", value: "true" },
                  { name: "ES_TLS_CA", value: `${authority.directory}/${authority.key}` },
                ]
              : []),
            ...variables.map(({ name: variable, secret, key }) => ({
              name: variable,
              valueFrom: { secretKeyRef: { name: secret, key } },
            })),
          ],
          resources: { requests: { cpu: "10m", memory: "32Mi" }, limits: { memory: "128Mi" } },
          securityContext: {
            allowPrivilegeEscalation: false,
            readOnlyRootFilesystem: true,
            runAsNonRoot: true,
            capabilities: { drop: ["ALL"] },
          },
          ...(authority && {
            volumeMounts: [{ name: authority.name, mountPath: authority.directory, readOnly: true }],
          }),
        },
      ],
      ...(authority && {
        volumes: [
          {
            name: authority.name,
            secret: {
              secretName: authority.secret,
              defaultMode: 0o440,
              items: [{ key: authority.key, path: authority.key }],
            },
          },
        ],
      }),
    },
  };
}
