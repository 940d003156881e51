import { CoreV1Api, type KubeConfig } from "@kubernetes/client-node";
import { ports } from "../collector-config/ports.ts";
import { basePathAnnotation, names, queryHeaderAnnotation } from "../infra/kubernetes/metadata.ts";
import { type Forward, forward } from "./forward.ts";
import { type Jaeger, jaegerClient } from "./jaeger.ts";

/** A way to the Jaeger of a namespace. */
export interface JaegerWay extends Forward {
  /** Under which its UI and API stand, such as `/jaeger`; empty for the root. */
  readonly basePath: string;
  /** Its API, under that path. */
  readonly client: Jaeger;
  /** Base URL of its UI and API. */
  readonly base: string;
}

/** Opens Jaeger's query port on a loopback port. To be closed. */
export async function reachJaeger(kubeConfig: KubeConfig, namespace: string): Promise<JaegerWay> {
  const way = await forward(kubeConfig, { namespace, service: names.jaeger, port: ports.query });
  const annotations = await annotationsOf(kubeConfig, namespace);
  const { [basePathAnnotation]: basePath = "", [queryHeaderAnnotation]: header } = annotations;
  const [name = "", value = ""] = header?.split(": ") ?? [];
  const base = `${way.url}${basePath}`;
  return { ...way, basePath, base, client: jaegerClient(base, { headers: header ? { [name]: value } : {} }) };
}

/** A Service that can't be read has none; whoever connects is told what is wrong with it. */
async function annotationsOf(kubeConfig: KubeConfig, namespace: string): Promise<Record<string, string>> {
  const service = await kubeConfig
    .makeApiClient(CoreV1Api)
    .readNamespacedService({ name: names.jaeger, namespace })
    .catch(() => undefined);
  return service?.metadata?.annotations ?? {};
}
