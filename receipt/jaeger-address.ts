import { CoreV1Api, type KubeConfig } from "@kubernetes/client-node";
import { ports } from "../collector-config/ports.ts";
import { basePathAnnotation, names } from "../infra/kubernetes/metadata.ts";
import { type Forward, forward } from "./forward.ts";

/** A way to the Jaeger of a namespace. */
export interface JaegerWay extends Forward {
  /** Under which its UI and API stand, such as `/jaeger`; empty for the root. */
  readonly basePath: string;
  /** Base URL of its UI and API. */
  readonly base: string;
}

/** Opens Jaeger's query port on a loopback port. To be closed. */
export async function reachJaeger(kubeConfig: KubeConfig, namespace: string): Promise<JaegerWay> {
  const way = await forward(kubeConfig, { namespace, service: names.jaeger, port: ports.query });
  const basePath = await basePathOf(kubeConfig, namespace);
  return { ...way, basePath, base: `${way.url}${basePath}` };
}

/** A Service that can't be read has no base path; whoever connects is told what is wrong with it. */
async function basePathOf(kubeConfig: KubeConfig, namespace: string): Promise<string> {
  const service = await kubeConfig
    .makeApiClient(CoreV1Api)
    .readNamespacedService({ name: names.jaeger, namespace })
    .catch(() => undefined);
  return service?.metadata?.annotations?.[basePathAnnotation] ?? "";
}
