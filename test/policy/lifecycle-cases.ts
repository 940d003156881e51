import type { Manifest } from "../../policy/types.ts";
import { type Cases, configWith, object, stack } from "./cases.ts";

const labels = { app: "collector" };
const spread = (app: string) => [
  {
    maxSkew: 1,
    topologyKey: "kubernetes.io/hostname",
    whenUnsatisfiable: "ScheduleAnyway",
    labelSelector: { matchLabels: { app } },
  },
];
const budget = (spec: object) =>
  object("policy/v1", "PodDisruptionBudget", "collector", { spec: { selector: { matchLabels: labels }, ...spec } });
const several = (replicas: number, ...more: Manifest[]) => ({
  deployment: { replicas },
  pod: { topologySpreadConstraints: spread("collector") },
  more: more.length === 0 ? [budget({ maxUnavailable: 1 })] : more,
});
const exporting = (settings: string) =>
  configWith("debug: {}", `otlp_http: {endpoint: "http://jaeger.data:4318", ${settings}}`).replace(
    "[debug]",
    "[otlp_http]",
  );

/** The sound Deployment as another kind, beside the sound one. */
const as = (kind: string, spec: object, part: object = {}): Manifest[] => {
  const [, map, , made] = stack(part);
  const more = kind === "StatefulSet" ? { serviceName: "collector" } : {};
  const workload = {
    ...made!,
    kind,
    metadata: { name: "other", namespace: "demo" },
    spec: { ...(made!["spec"] as object), ...more, ...spec },
  };
  return part === undefined ? [workload] : [map!, workload];
};
const surge = { updateStrategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } } };
const claims = (more: object = {}) => ({
  volumeClaimTemplates: [
    {
      metadata: { name: "queue", ...more },
      spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } },
    },
  ],
});
const kept = { persistentVolumeClaimRetentionPolicy: { whenDeleted: "Retain", whenScaled: "Retain" } };
const onDisk = configWith("extensions: {", "extensions: {file_storage: {directory: /queue/a, fsync: true}, ")
  .replace("[health_check]", "[health_check, file_storage]")
  .replace(
    "debug: {}",
    "otlp_http: {endpoint: 'http://jaeger.data:4318', retry_on_failure: {max_elapsed_time: 0}, sending_queue: {storage: file_storage}}",
  )
  .replace("[debug]", "[otlp_http]");
const disk = {
  config: onDisk,
  pod: { securityContext: { fsGroup: 10001 } },
  container: { volumeMounts: [{ name: "queue", mountPath: "/queue" }] },
};
const durable = (spec: object = {}, part: object = {}) => ({
  more: as("StatefulSet", { ...claims(), ...kept, ...spec }, { ...disk, ...part }),
});
const claimed = (deployment: Record<string, unknown>, ...more: Manifest[]) => ({
  pod: {
    securityContext: { fsGroup: 10001 },
    volumes: [{ name: "data", persistentVolumeClaim: { claimName: "data" } }],
  },
  container: { volumeMounts: [{ name: "data", mountPath: "/data" }] },
  deployment,
  more: [
    object("v1", "PersistentVolumeClaim", "data", {
      spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } },
    }),
    ...more,
  ],
});
const scaler = (kind: string, name: string) =>
  object("autoscaling/v2", "HorizontalPodAutoscaler", "scaler", {
    spec: { scaleTargetRef: { kind, name }, maxReplicas: 3 },
  });
const definition = (labelled: object, annotations: object = {}) => ({
  more: [
    {
      apiVersion: "apiextensions.k8s.io/v1",
      kind: "CustomResourceDefinition",
      metadata: { name: "a.example.com", labels: labelled, annotations },
      spec: {
        group: "example.com",
        scope: "Namespaced",
        names: { kind: "A", plural: "a" },
        versions: [{ name: "v1", schema: { openAPIV3Schema: { type: "object" } } }],
      },
    },
  ],
});
const managed = { "app.kubernetes.io/managed-by": "Helm" };
const quiet = () => {
  const [, , , made] = stack({
    container: {
      args: [],
      env: [],
      ports: [],
      readinessProbe: undefined,
      livenessProbe: undefined,
      startupProbe: undefined,
    },
  });
  const spec = (made!["spec"] as { template: { spec: { containers: object[] } } }).template.spec;
  const containers = spec.containers.map((one) => ({ ...one, volumeMounts: [] }));
  return { metadata: { labels: { app: "job" } }, spec: { ...spec, restartPolicy: "Never", volumes: [], containers } };
};
const job = (name: string, spec: object, annotations: object = {}) => {
  const made = object("batch/v1", "Job", name, { spec: { template: quiet(), ...spec } });
  return { more: [{ ...made, metadata: { ...made.metadata, annotations } }] };
};
const cron = (spec: object, jobSpec: object = {}) => ({
  more: [
    object("batch/v1", "CronJob", "clean", {
      spec: { schedule: "0 0 * * *", jobTemplate: { spec: { template: quiet(), ...jobSpec } }, ...spec },
    }),
  ],
});
const named = (name: string, more: object = {}): { more: Manifest[] } => {
  const made = object("v1", "PersistentVolumeClaim", name, {
    spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } },
  });
  return { more: [{ ...made, metadata: { ...made.metadata, ...more } }] };
};
export const lifecycleCases: Cases = {
  "grace-period-drains": {
    fails: [
      { config: exporting("timeout: 5s"), pod: { terminationGracePeriodSeconds: 5 } },
      { config: exporting("timeout: 40s") },
      {
        config: exporting("timeout: 5s"),
        pod: { terminationGracePeriodSeconds: 20 },
        container: { lifecycle: { preStop: { sleep: { seconds: 10 } } } },
      },
    ],
    passes: [{ config: exporting("timeout: 5s") }],
  },
  "leaves-before-it-closes": {
    fails: [
      { container: { lifecycle: {} } },
      { container: { lifecycle: { preStop: { sleep: { seconds: 0 } } } } },
      { more: as("DaemonSet", surge, { container: { lifecycle: {} } }) },
      { more: as("StatefulSet", { replicas: 2 }, { container: { lifecycle: {} } }) },
      {
        more: [...as("StatefulSet", {}, { container: { lifecycle: {} } }), scaler("StatefulSet", "other")],
      },
    ],
    passes: [
      { container: { lifecycle: { preStop: { exec: { command: ["sleep", "5"] } } } } },
      { more: as("StatefulSet", {}, { container: { lifecycle: {} } }) },
    ],
  },
  "rollout-keeps-one": {
    fails: [
      { more: as("DaemonSet", {}) },
      { deployment: { strategy: { type: "Recreate" } } },
      { deployment: { strategy: { rollingUpdate: { maxUnavailable: 1 } } } },
      { deployment: { strategy: { rollingUpdate: { maxUnavailable: "100%" } } } },
    ],
    passes: [
      { more: as("DaemonSet", surge) },
      { deployment: { strategy: { rollingUpdate: { maxUnavailable: "25%" } } } },
    ],
  },
  "updates-roll": {
    fails: [
      { more: as("DaemonSet", { updateStrategy: { type: "OnDelete" } }) },
      { deployment: { paused: true } },
      { more: as("StatefulSet", { updateStrategy: { type: "RollingUpdate", rollingUpdate: { partition: 1 } } }) },
    ],
    passes: [{ more: as("StatefulSet", { updateStrategy: { type: "RollingUpdate" } }) }],
  },
  "budget-allows-eviction": {
    fails: [
      several(2, budget({ minAvailable: 2 })),
      several(2, budget({ maxUnavailable: 0 })),
      several(2, budget({ minAvailable: "100%" })),
    ],
    passes: [several(2, budget({ minAvailable: 1 })), several(2)],
  },
  "replicas-spread": {
    fails: [
      { deployment: { replicas: 2 }, more: [budget({ maxUnavailable: 1 })] },
      { pod: { topologySpreadConstraints: spread("colector") } },
    ],
    passes: [
      several(2),
      {
        deployment: { replicas: 2 },
        pod: { affinity: { podAntiAffinity: {} } },
        more: [budget({ maxUnavailable: 1 })],
      },
    ],
  },
  "disk-queue-not-scaled": {
    fails: [{ more: [...durable().more, scaler("StatefulSet", "other")] }],
    passes: [durable(), { more: [scaler("Deployment", "collector")] }],
  },
  "crd-retained": {
    fails: [definition(managed)],
    passes: [definition({}), definition(managed, { "helm.sh/resource-policy": "keep" })],
  },
  "selector-matches-template": {
    fails: [{ deployment: { selector: { matchLabels: { app: "colector" } } } }],
    passes: [{ deployment: { selector: { matchLabels: labels } } }],
  },
  "immutable-fields-stable": {
    fails: [
      { deployment: { selector: { matchLabels: { "app.kubernetes.io/version": "1" } } } },
      durable(claims({ labels: { "helm.sh/chart": "a-1" } })),
    ],
    passes: [durable(claims({ labels }))],
  },
  "job-can-change": {
    fails: [job("migrate", {})],
    passes: [
      job("migrate", { ttlSecondsAfterFinished: 60 }),
      job("migrate-0123abcdef", {}),
      job("migrate", {}, { "helm.sh/hook": "pre-install" }),
    ],
  },
  "names-stable": {
    fails: [named("reader-3f9a01bc"), named("reader", { generateName: "reader-" })],
    passes: [named("reader-deadline"), named("reader")],
  },
  "claim-retention-explicit": {
    fails: [
      durable({ persistentVolumeClaimRetentionPolicy: undefined }),
      durable({ persistentVolumeClaimRetentionPolicy: { whenDeleted: "Retain", whenScaled: "Delete" } }),
    ],
    passes: [durable()],
  },
  "one-writer-per-volume": {
    fails: [
      claimed({}),
      { ...claimed({ replicas: 2, strategy: { type: "Recreate" } }) },
      claimed({ strategy: { type: "Recreate" } }, scaler("Deployment", "collector")),
      claimed(
        { strategy: { type: "Recreate" } },
        ...as(
          "Deployment",
          { strategy: { type: "Recreate" } },
          { pod: claimed({}).pod, container: claimed({}).container },
        ),
      ),
    ],
    passes: [durable()],
  },
  "startup-probe-for-storage": {
    fails: [durable({}, { container: { ...disk.container, startupProbe: undefined } })],
    passes: [
      durable(),
      durable(
        {},
        {
          container: {
            ...disk.container,
            startupProbe: undefined,
            livenessProbe: { httpGet: { path: "/", port: 13133 }, initialDelaySeconds: 60 },
          },
        },
      ),
    ],
  },
  "cron-jobs-do-not-pile-up": {
    fails: [cron({}), cron({ concurrencyPolicy: "Allow" })],
    passes: [cron({ concurrencyPolicy: "Forbid" }), cron({}, { activeDeadlineSeconds: 600 })],
  },
};
