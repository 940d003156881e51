import type * as k8s from "@pulumi/kubernetes";
import { ports } from "../../collector-config/shared.ts";
import type { Resources } from "../profiles.ts";
import { configFile, labels, selector } from "./metadata.ts";

type PodTemplate = k8s.types.input.core.v1.PodTemplateSpec;
type Volume = k8s.types.input.core.v1.Volume;
type VolumeMount = k8s.types.input.core.v1.VolumeMount;
type EnvVar = k8s.types.input.core.v1.EnvVar;

/** User and group of the upstream images. */
const uid = 10001;
const configDirectory = "/etc/throughline";

export interface ProgramPodArgs {
  /** Name of the part; also its container's and ServiceAccount's. */
  readonly name: string;
  readonly image: string;
  /** Name of the ConfigMap with the configuration. */
  readonly configMap: string;
  /** Ports the pod offers, by name. */
  readonly ports: Readonly<Record<string, number>>;
  /** Path of the health check on port 13133. */
  readonly healthPath: string;
  readonly resources: Resources;
  /** Seconds between SIGTERM and SIGKILL. */
  readonly gracePeriodSeconds: number;
  /** Whether the program talks to the Kubernetes API. Default: false. */
  readonly usesKubernetesApi?: boolean;
  readonly env?: readonly EnvVar[];
  readonly volumeMounts?: readonly VolumeMount[];
  readonly volumes?: readonly Volume[];
  /** Default: - pods go to untainted nodes only. */
  readonly tolerations?: readonly k8s.types.input.core.v1.Toleration[];
}

/** The pod of a program that reads one Collector configuration. It passes Pod Security restricted. */
export function programPod(args: ProgramPodArgs): PodTemplate {
  const { resources } = args;
  const probe = { httpGet: { path: args.healthPath, port: "health", scheme: "HTTP" } };
  return {
    metadata: { labels: labels(args.name) },
    spec: {
      serviceAccountName: args.name,
      automountServiceAccountToken: args.usesKubernetesApi ?? false,
      // A Service named like a setting would otherwise put variables into the environment.
      enableServiceLinks: false,
      nodeSelector: { "kubernetes.io/os": "linux" },
      ...(args.tolerations && { tolerations: [...args.tolerations] }),
      terminationGracePeriodSeconds: args.gracePeriodSeconds,
      securityContext: {
        runAsNonRoot: true,
        runAsUser: uid,
        runAsGroup: uid,
        fsGroup: uid,
        fsGroupChangePolicy: "OnRootMismatch",
        seccompProfile: { type: "RuntimeDefault" },
      },
      containers: [
        {
          name: args.name,
          image: args.image,
          imagePullPolicy: "IfNotPresent",
          args: [`--config=${configDirectory}/${configFile}`],
          env: [
            { name: "POD_IP", valueFrom: { fieldRef: { fieldPath: "status.podIP" } } },
            // The Go runtime collects harder near this size, before the kernel ends the process at the limit.
            { name: "GOMEMLIMIT", value: `${Math.floor(resources.memoryLimit * 0.8)}MiB` },
            ...(args.env ?? []),
          ],
          ports: Object.entries({ ...args.ports, metrics: ports.metrics, health: ports.health }).map(
            ([name, containerPort]) => ({ name, containerPort, protocol: "TCP" }),
          ),
          resources: {
            requests: { cpu: resources.cpu, memory: `${resources.memory}Mi` },
            limits: { memory: `${resources.memoryLimit}Mi` },
          },
          startupProbe: { ...probe, periodSeconds: 1, failureThreshold: 60 },
          readinessProbe: { ...probe, periodSeconds: 5 },
          livenessProbe: { ...probe, periodSeconds: 10, timeoutSeconds: 5, failureThreshold: 6 },
          securityContext: {
            allowPrivilegeEscalation: false,
            readOnlyRootFilesystem: true,
            runAsNonRoot: true,
            capabilities: { drop: ["ALL"] },
          },
          volumeMounts: [{ name: "config", mountPath: configDirectory, readOnly: true }, ...(args.volumeMounts ?? [])],
        },
      ],
      volumes: [{ name: "config", configMap: { name: args.configMap } }, ...(args.volumes ?? [])],
    },
  };
}

const appProtocols: Readonly<Record<string, string>> = { "otlp-grpc": "grpc", "query-grpc": "grpc" };

/** Ports of a Service in front of a pod's ports of the same names. `appProtocol` tells meshes and gateways what to speak. */
export function servicePorts(offered: Readonly<Record<string, number>>): k8s.types.input.core.v1.ServicePort[] {
  return Object.entries(offered).map(([name, port]) => ({
    name,
    port,
    targetPort: name,
    protocol: "TCP",
    appProtocol: appProtocols[name] ?? "http",
  }));
}

/** Both OTLP ports by name. */
export const otlpPorts = { "otlp-grpc": ports.otlpGrpc, "otlp-http": ports.otlpHttp } as const;

export interface Ingress {
  readonly ports: Readonly<Record<string, number>>;
  /** Names of the parts whose pods may connect. Default: - anyone may. */
  readonly from?: readonly string[];
}

/** NetworkPolicy spec that lets in these connections, scrapers of the metrics and nothing else. */
export function ingressOnly(name: string, rules: readonly Ingress[]): k8s.types.input.networking.v1.NetworkPolicySpec {
  const open: Ingress = { ports: { metrics: ports.metrics, health: ports.health } };
  return {
    podSelector: { matchLabels: selector(name) },
    policyTypes: ["Ingress"],
    ingress: [...rules, open].map(({ ports: offered, from }) => ({
      ...(from && { from: from.map((part) => ({ podSelector: { matchLabels: selector(part) } })) }),
      ports: Object.keys(offered).map((port) => ({ port, protocol: "TCP" })),
    })),
  };
}
