import { ApiException, CoreV1Api, DiscoveryV1Api, type KubeConfig, type V1Pod } from "@kubernetes/client-node";

/** Where a forwarded connection goes. Exactly one of `service` and `pod` is set. */
export interface ForwardTarget {
  namespace: string;
  /** Name of a Service; any of its ready pods may answer. */
  service?: string;
  /** Name of a pod. */
  pod?: string;
  /** With `service` the Service's port, with `pod` the container's: its number or its name. */
  port: number | string;
  /** Port on 127.0.0.1 to listen on. Default 0: any free one. */
  localPort?: number;
}

/** A pod that is ready, and the number of the port it listens on. */
export interface Backend {
  pod: string;
  port: number;
  /** Name of the pod's node, where the Kubernetes API tells it. */
  node?: string | undefined;
}

/**
 * Looks up the ready pods behind a target, in the order the API names them; never an empty list.
 * Throws an Error whose message says what is missing: the Service, its port, or a ready pod.
 */
export async function backendsOf(kubeConfig: KubeConfig, target: ForwardTarget): Promise<Backend[]> {
  const { namespace, service, pod, port } = target;
  if (pod !== undefined) {
    const found = await kubeConfig
      .makeApiClient(CoreV1Api)
      .readNamespacedPod({ name: pod, namespace })
      .catch((error: unknown) => {
        throw explain(error, `pod ${namespace}/${pod}`);
      });
    if (!isReady(found)) throw new Error(`pod ${namespace}/${pod} is not ready`);
    return [{ pod, port: containerPort(found, port), node: found.spec?.nodeName }];
  }
  if (service === undefined) throw new Error("a forward needs the name of a Service or of a pod");
  return serviceBackends(kubeConfig, namespace, service, port);
}

async function serviceBackends(
  kubeConfig: KubeConfig,
  namespace: string,
  service: string,
  port: number | string,
): Promise<Backend[]> {
  const what = `Service ${namespace}/${service}`;
  const [found, slices] = await Promise.all([
    kubeConfig.makeApiClient(CoreV1Api).readNamespacedService({ name: service, namespace }),
    kubeConfig
      .makeApiClient(DiscoveryV1Api)
      .listNamespacedEndpointSlice({ namespace, labelSelector: `kubernetes.io/service-name=${service}` }),
  ]).catch((error: unknown) => {
    throw explain(error, what);
  });

  const ports = found.spec?.ports ?? [];
  const wanted = ports.find((candidate) => candidate.port === port || candidate.name === port);
  if (!wanted) {
    const known = ports.map(({ port: number, name }) => (name ? `${number} (${name})` : `${number}`)).join(", ");
    throw new Error(`${what} has no port ${port}; it has ${known || "none"}`);
  }
  // A slice names its ports as the Service does and holds the pods' own numbers, whatever targetPort is.
  const backends = slices.items.flatMap((slice) => {
    const number = slice.ports?.find(({ name }) => (name ?? "") === (wanted.name ?? ""))?.port;
    return (slice.endpoints ?? []).flatMap(({ conditions, targetRef, nodeName }) =>
      number !== undefined && conditions?.ready !== false && targetRef?.kind === "Pod" && targetRef.name
        ? [{ pod: targetRef.name, port: number, node: nodeName }]
        : [],
    );
  });
  if (backends.length === 0) throw new Error(`${what} has no ready pod`);
  return backends;
}

/** True when the pod's Ready condition is True and it is not being deleted. */
export function isReady(pod: V1Pod): boolean {
  const ready = pod.status?.conditions?.some(({ type, status }) => type === "Ready" && status === "True") ?? false;
  return ready && pod.metadata?.deletionTimestamp === undefined;
}

function containerPort(pod: V1Pod, port: number | string): number {
  if (typeof port === "number") return port;
  const ports = (pod.spec?.containers ?? []).flatMap((container) => container.ports ?? []);
  const named = ports.find(({ name }) => name === port);
  if (!named) throw new Error(`pod ${pod.metadata?.namespace}/${pod.metadata?.name} has no port named ${port}`);
  return named.containerPort;
}

function explain(error: unknown, what: string): Error {
  if (error instanceof ApiException && error.code === 404) return new Error(`${what} does not exist`);
  if (error instanceof ApiException) return new Error(`${what}: the Kubernetes API answered ${error.code}`);
  return new Error(`${what}: ${error instanceof Error ? error.message : String(error)}`);
}
