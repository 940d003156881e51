import { createHash } from "node:crypto";
import type { Manifest } from "../../policy/types.ts";

type Fields = Record<string, unknown>;

/** A configuration that breaks nothing. */
const soundConfig = `
extensions: {health_check: {endpoint: "\${env:POD_IP}:13133"}}
receivers: {otlp: {protocols: {grpc: {endpoint: "\${env:POD_IP}:4317"}, http: {endpoint: "\${env:POD_IP}:4318"}}}}
processors: {memory_limiter: {check_interval: 1s, limit_percentage: 80}}
exporters: {debug: {}}
service: {telemetry: {metrics: {level: none}}, extensions: [health_check], pipelines: {traces: {receivers: [otlp], processors: [memory_limiter], exporters: [debug]}}}
`;

export interface Part {
  readonly config?: string;
  /** The ConfigMap's name. Default: with the hash of the configuration. */
  readonly mapName?: string;
  readonly container?: Fields;
  readonly pod?: Fields;
  readonly service?: Fields;
  readonly deployment?: Fields;
  readonly namespace?: Fields;
  /** The spec of its NetworkPolicy. */
  readonly policy?: Fields;
  readonly more?: readonly Manifest[];
}

/** What breaks and what keeps each rule, laid over the sound stack. */
export type Cases = Readonly<Record<string, { readonly fails: readonly Part[]; readonly passes: readonly Part[] }>>;

/** A small stack that breaks no rule, with parts of it replaced. */
export function stack(part: Part = {}): Manifest[] {
  const config = part.config ?? soundConfig;
  const mapName = part.mapName ?? `collector-${createHash("sha256").update(config).digest("hex").slice(0, 10)}`;
  const labels = { app: "collector" };
  const container = {
    name: "collector",
    image: "docker.io/otel/opentelemetry-collector-contrib:0.159.0",
    args: ["--config=/etc/config.yaml"],
    env: sets(),
    ports: [
      { name: "grpc", containerPort: 4317 },
      { name: "http", containerPort: 4318 },
    ],
    resources: { requests: { cpu: "10m", memory: "50Mi" }, limits: { memory: "100Mi" } },
    readinessProbe: { httpGet: { path: "/", port: 13133 } },
    livenessProbe: { httpGet: { path: "/", port: 13133 } },
    startupProbe: { httpGet: { path: "/", port: 13133 }, failureThreshold: 60 },
    lifecycle: { preStop: { sleep: { seconds: 5 } } },
    securityContext: {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      runAsNonRoot: true,
      capabilities: { drop: ["ALL"] },
      seccompProfile: { type: "RuntimeDefault" },
    },
    ...part.container,
    volumeMounts: [
      { name: "config", mountPath: "/etc" },
      ...((part.container?.["volumeMounts"] as Fields[] | undefined) ?? []),
    ],
  };
  const pod = {
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    containers: [container],
    ...part.pod,
    volumes: [{ name: "config", configMap: { name: mapName } }, ...((part.pod?.["volumes"] as Fields[]) ?? [])],
  };
  const ports = [
    { name: "otlp-grpc", port: 4317, targetPort: "grpc", appProtocol: "grpc" },
    { name: "otlp-http", port: 4318, targetPort: 4318 },
  ];
  const policy = {
    podSelector: { matchLabels: labels },
    policyTypes: ["Ingress"],
    ingress: [{ ports: [4317, 4318, 8888].map((port) => ({ port })) }],
  };
  const restricted = { "pod-security.kubernetes.io/enforce": "restricted" };
  return [
    { apiVersion: "v1", kind: "Namespace", metadata: { name: "demo", labels: restricted, ...part.namespace } },
    object("v1", "ConfigMap", mapName, { data: { "config.yaml": config } }),
    object("v1", "Service", "collector", { spec: { selector: labels, ports, ...part.service } }),
    object("apps/v1", "Deployment", "collector", {
      spec: { selector: { matchLabels: labels }, template: { metadata: { labels }, spec: pod }, ...part.deployment },
    }),
    object("networking.k8s.io/v1", "NetworkPolicy", "collector", { spec: { ...policy, ...part.policy } }),
    ...(part.more ?? []),
  ];
}

/** The environment of the sound container, with one variable more. */
export function sets(...more: readonly Fields[]): Fields[] {
  const podIp = { name: "POD_IP", valueFrom: { fieldRef: { fieldPath: "status.podIP" } } };
  return [{ name: "GOMEMLIMIT", value: "80MiB" }, podIp, ...more];
}

/** An object in the namespace `demo`. */
export function object(apiVersion: string, kind: string, name: string, rest: Fields): Manifest {
  return { apiVersion, kind, metadata: { name, namespace: "demo" }, ...rest };
}

/** The sound configuration with one text replaced; throws when there is nothing to replace. */
export function configWith(from: string, to: string): string {
  if (!soundConfig.includes(from)) throw new Error(`no ${from} in the configuration`);
  return soundConfig.replaceAll(from, to);
}
