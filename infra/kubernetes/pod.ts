import type * as k8s from "@pulumi/kubernetes";
import type { DerivedPart, SecretFile } from "../part.ts";
import { goRuntime } from "../profiles.ts";
import { confinedContainer, confinedPod } from "./confinement.ts";
import { configDirectory, configFile, labels, selector } from "./metadata.ts";
import type { TlsMount } from "./tls.ts";

type PodTemplate = k8s.types.input.core.v1.PodTemplateSpec;
type Volume = k8s.types.input.core.v1.Volume;
type VolumeMount = k8s.types.input.core.v1.VolumeMount;
type EnvVar = k8s.types.input.core.v1.EnvVar;

/** User and group of the upstream images. */
const uid = 10001;

export interface ProgramPodArgs {
  /** Name of the ConfigMap with the configuration. */
  readonly configMap: string;
  readonly env?: readonly EnvVar[];
  /** Its certificates. */
  readonly tls: readonly TlsMount[];
  readonly volumeMounts?: readonly VolumeMount[];
  /** Whether there is another pod to go to, so that this one, when it is to end, answers until its callers know. Default: false. */
  readonly replaced?: boolean;
  /** Default: - pods go to untainted nodes only. */
  readonly tolerations?: readonly k8s.types.input.core.v1.Toleration[];
}

/**
 * Seconds in which callers learn that a pod goes, before it stops answering. Each node's proxy learns it on its own, and whoever dials the
 * address of a pod that is gone gets no answer at all.
 * @see https://kubernetes.io/docs/tutorials/services/pods-and-endpoint-termination-flow/
 */
export const leaveSeconds = 5;

/** The pod of a program that reads one Collector configuration. It passes Pod Security restricted. */
export function programPod(part: DerivedPart, args: ProgramPodArgs): PodTemplate {
  const { name, resources } = part;
  const probe = { httpGet: { path: part.healthPath, port: "health", scheme: "HTTP" } };
  return {
    metadata: { labels: labels(name) },
    spec: {
      serviceAccountName: name,
      automountServiceAccountToken: part.permissions.length > 0,
      // A Service named like a setting would otherwise put variables into the environment.
      enableServiceLinks: false,
      nodeSelector: { "kubernetes.io/os": "linux" },
      ...(args.tolerations && { tolerations: [...args.tolerations] }),
      ...(part.replicas > 1 && { topologySpreadConstraints: spread(name) }),
      terminationGracePeriodSeconds: part.gracePeriodSeconds + (args.replaced ? leaveSeconds : 0),
      securityContext: { ...confinedPod(uid), fsGroupChangePolicy: "OnRootMismatch" },
      containers: [
        {
          name,
          image: part.image,
          imagePullPolicy: "IfNotPresent",
          args: [
            `--config=${configDirectory}/${configFile}`,
            ...(part.featureGates ?? []).map((gate) => `--feature-gates=${gate}`),
          ],
          env: [
            { name: "POD_IP", valueFrom: { fieldRef: { fieldPath: "status.podIP" } } },
            ...(reads(part, "POD_NAME")
              ? [{ name: "POD_NAME", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } }]
              : []),
            ...Object.entries(goRuntime(resources)).map(([variable, value]) => ({ name: variable, value })),
            ...part.variables.map(({ name: variable, secret, key }) => ({
              name: variable,
              valueFrom: { secretKeyRef: { name: secret, key } },
            })),
            ...(args.env ?? []),
          ],
          ports: part.offers.map(({ name: port, port: containerPort }) => ({
            name: port,
            containerPort,
            protocol: "TCP",
          })),
          resources: {
            requests: { cpu: resources.cpu, memory: `${resources.memory}Mi` },
            limits: { memory: `${resources.memoryLimit}Mi` },
          },
          startupProbe: { ...probe, periodSeconds: 1, failureThreshold: part.startSeconds ?? 60 },
          readinessProbe: { ...probe, periodSeconds: 5 },
          livenessProbe: { ...probe, periodSeconds: 10, timeoutSeconds: 5, failureThreshold: 6 },
          ...(args.replaced && { lifecycle: { preStop: { sleep: { seconds: leaveSeconds } } } }),
          securityContext: confinedContainer,
          volumeMounts: [
            { name: "config", mountPath: configDirectory, readOnly: true },
            ...part.files.map(({ name: volume, directory }) => ({
              name: volume,
              mountPath: directory,
              readOnly: true,
            })),
            ...args.tls.map(({ volumeMount }) => volumeMount),
            ...(args.volumeMounts ?? []),
          ],
        },
      ],
      volumes: [
        { name: "config", configMap: { name: args.configMap } },
        ...part.files.map(secretVolume),
        ...args.tls.map(({ volume }) => volume),
      ],
    },
  };
}

function reads({ config }: DerivedPart, variable: string): boolean {
  return JSON.stringify(config).includes(`\${env:${variable}}`);
}

/** The key of a Secret as a file, readable by the group only, which is the program's own. */
export function secretVolume({ name, secret, key }: SecretFile): Volume {
  return { name, secret: { secretName: secret, defaultMode: 0o440, items: [{ key, path: key }] } };
}

/** Pods of one part on different zones and nodes where there are some: the loss of one takes few of them. */
export function spread(name: string): k8s.types.input.core.v1.TopologySpreadConstraint[] {
  return ["topology.kubernetes.io/zone", "kubernetes.io/hostname"].map((topologyKey) => ({
    maxSkew: 1,
    topologyKey,
    whenUnsatisfiable: "ScheduleAnyway",
    labelSelector: { matchLabels: selector(name) },
  }));
}
