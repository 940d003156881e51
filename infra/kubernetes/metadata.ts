import type * as k8s from "@pulumi/kubernetes";
import { contentHash } from "../../common/content-hash.ts";

/** The names under which the parts are found in the cluster; addresses are computed from them. */
export const names = {
  agent: "otel-agent",
  gateway: "otel-gateway",
  /** The gateway's address for agents: unlike the headless `otel-gateway` it stays the same when the pod is replaced. */
  gatewayOtlp: "otel-gateway-otlp",
  /** Jaeger all in one, and whoever answers questions where it is not. */
  jaeger: "jaeger",
  jaegerCollector: "jaeger-collector",
  jaegerIngester: "jaeger-ingester",
  jaegerQuery: "jaeger-query",
  jaegerRetention: "jaeger-retention",
  jaegerDependencies: "jaeger-dependencies",
  /** The proxy that asks for a login in front of Jaeger's UI. */
  jaegerLogin: "jaeger-login",
  operator: "otel-operator",
} as const;

/** Names of the gateway's pods, and of a Service in front of each where spans are routed by trace id. */
export function gatewayPods(replicas: number): string[] {
  return Array.from({ length: replicas }, (_, index) => `${names.gateway}-${index}`);
}

/** Labels of every object of one part. */
export function labels(name: string): Record<string, string> {
  return {
    "app.kubernetes.io/name": name,
    "app.kubernetes.io/part-of": "throughline",
    "app.kubernetes.io/managed-by": "pulumi",
  };
}

/** Labels that find the pods of one part. A selector can't be changed later, so it holds only what never changes. */
export function selector(name: string): Record<string, string> {
  return { "app.kubernetes.io/name": name, "app.kubernetes.io/part-of": "throughline" };
}

/** Metadata of an object of the part `name`, under its own or another explicit name. */
export function metadata(
  name: string,
  namespace: string,
  objectName: string = name,
): k8s.types.input.meta.v1.ObjectMeta {
  return { name: objectName, namespace, labels: labels(name) };
}

/** Volumes of a StatefulSet outlive it: what was acknowledged and not sent yet is on them, or all traces. */
export const keptVolumes = { whenDeleted: "Retain", whenScaled: "Retain" } as const;

/** The address of a Service's port inside the cluster, `host:port`. */
export function address(service: string, namespace: string, port: number): string {
  return `${service}.${namespace}.svc:${port}`;
}

/** On the Service of Jaeger's query port: the path under which UI and API stand. Without it that is the root. */
export const basePathAnnotation = "throughline.dev/base-path";
/** On the same Service: a header that requests need, as `name: value`. */
export const queryHeaderAnnotation = "throughline.dev/query-header";

/** The file in a configuration's ConfigMap. */
export const configFile = "config.yaml";
/** Where that ConfigMap is mounted. */
export const configDirectory = "/etc/throughline";

/**
 * The ConfigMap that holds one configuration and the texts it refers to. Its name ends in the content's hash: a change makes a new one, which rolls the pods,
 * while pods of the old one keep what they started with.
 */
export function configMap(name: string, namespace: string, yaml: string, texts: Readonly<Record<string, string>> = {}) {
  const data = { [configFile]: yaml, ...texts };
  const objectName = `${name}-${contentHash(data)}`;
  return {
    objectName,
    args: { metadata: metadata(name, namespace, objectName), immutable: true, data },
  };
}

/** Labels of a namespace that refuses every pod below Pod Security restricted. */
export const restrictedNamespace: Record<string, string> = {
  "pod-security.kubernetes.io/enforce": "restricted",
  "pod-security.kubernetes.io/enforce-version": "latest",
  "pod-security.kubernetes.io/warn": "restricted",
  "pod-security.kubernetes.io/warn-version": "latest",
};
