import { createServer, type IncomingMessage } from "node:http";
import { createRequire } from "node:module";
import { type AddressInfo, connect } from "node:net";
import type { Duplex } from "node:stream";
import { KubeConfig } from "@kubernetes/client-node";

/** What is used of a socket of package `ws`, which brings no types. */
interface Tunnel {
  send(data: Buffer): void;
  close(): void;
  terminate(): void;
  on(event: "message", listener: (data: Buffer) => void): void;
  on(event: "close", listener: () => void): void;
}
interface Tunnels {
  clients: Set<Tunnel>;
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer, done: (tunnel: Tunnel) => void): void;
}
const { WebSocketServer } = createRequire(import.meta.url)("ws") as {
  WebSocketServer: new (options: { noServer: true; handleProtocols: () => string }) => Tunnels;
};

/** A small stand-in for the Kubernetes API: objects by path, and port-forward to loopback ports of this process. */
export interface ApiServer {
  kubeConfig: KubeConfig;
  /** Answers of GET by path, or by `path?labelSelector` where that is set; a missing one answers 404. */
  objects: Map<string, unknown>;
  /** Pod name, or `name:port`, -> loopback port that its port-forward leads to. */
  pods: Map<string, number>;
  /** Pods asked for, in order. */
  forwarded: string[];
  close(): Promise<void>;
}

export async function startApiServer(): Promise<ApiServer> {
  const objects = new Map<string, unknown>();
  const pods = new Map<string, number>();
  const forwarded: string[] = [];

  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? "", "http://api");
    const found = objects.get(`${pathname}?${searchParams.get("labelSelector")}`) ?? objects.get(pathname);
    response.writeHead(found ? 200 : 404, { "content-type": "application/json" });
    response.end(JSON.stringify(found ?? { kind: "Status", code: 404, message: "not found" }));
  });
  const sockets = new WebSocketServer({ noServer: true, handleProtocols: () => "v4.channel.k8s.io" });
  server.on("upgrade", (request: IncomingMessage, socket, head) => {
    const url = new URL(request.url ?? "", "http://api");
    const pod = url.pathname.split("/")[6] ?? "";
    forwarded.push(pod);
    const port = pods.get(`${pod}:${url.searchParams.get("ports")}`) ?? pods.get(pod);
    if (port === undefined) socket.end("HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n");
    else sockets.handleUpgrade(request, socket, head, (tunnel) => carry(tunnel, port));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));

  const kubeConfig = new KubeConfig();
  kubeConfig.loadFromOptions({
    clusters: [
      { name: "c", server: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, skipTLSVerify: true },
    ],
    users: [{ name: "u" }],
    contexts: [{ name: "x", cluster: "c", user: "u" }],
    currentContext: "x",
  });
  return {
    kubeConfig,
    objects,
    pods,
    forwarded,
    close: () =>
      new Promise((resolve) => {
        for (const client of sockets.clients) client.terminate();
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

// As the kubelet does: both streams begin with the port number; data is stream 0, errors are stream 1.
function carry(tunnel: Tunnel, port: number): void {
  const frame = (stream: number, body: Buffer) => tunnel.send(Buffer.concat([Buffer.from([stream]), body]));
  const portNumber = Buffer.alloc(2);
  portNumber.writeUInt16LE(port);
  frame(0, portNumber);
  frame(1, portNumber);
  const upstream = connect(port, "127.0.0.1");
  upstream.on("data", (chunk) => frame(0, chunk));
  upstream.on("error", (error) => frame(1, Buffer.from(`connection refused: ${error.message}`)));
  upstream.on("close", () => tunnel.close());
  tunnel.on("message", (data: Buffer) => upstream.write(data.subarray(1)));
  tunnel.on("close", () => upstream.destroy());
}

/** A Service whose one port leads to the same port of ready and unready pods. */
export interface ServiceMade {
  namespace?: string;
  name?: string;
  /** Port of the Service, and of the pods unless `targetPort` is given. */
  port?: number;
  targetPort?: number;
  endpoints: { pod: string; ready: boolean; node?: string }[];
}

/** Puts a Service (default `web` in namespace `ns`, port 80 named http) and its EndpointSlice. */
export function putService(api: ApiServer, made: ServiceMade): void {
  const { namespace = "ns", name = "web", port = 80, targetPort = port, endpoints } = made;
  api.objects.set(`/api/v1/namespaces/${namespace}/services/${name}`, {
    metadata: { name, namespace },
    spec: { selector: { "app.kubernetes.io/name": name }, ports: [{ name: "http", port, targetPort: "http" }] },
  });
  const slices = `/apis/discovery.k8s.io/v1/namespaces/${namespace}/endpointslices`;
  api.objects.set(`${slices}?kubernetes.io/service-name=${name}`, {
    items: [
      {
        metadata: { name: `${name}-1` },
        addressType: "IPv4",
        ports: [{ name: "http", port: targetPort }],
        endpoints: endpoints.map(({ pod, ready, node }) => ({
          addresses: ["10.0.0.1"],
          conditions: { ready },
          nodeName: node,
          targetRef: { kind: "Pod", name: pod },
        })),
      },
    ],
  });
}

/** Puts the pods that carry `app.kubernetes.io/name: <app>`, with what a test adds to them. */
export function putPods(api: ApiServer, namespace: string, app: string, pods: object[]): void {
  api.objects.set(`/api/v1/namespaces/${namespace}/pods?app.kubernetes.io/name=${app}`, { items: pods });
  for (const pod of pods) {
    api.objects.set(
      `/api/v1/namespaces/${namespace}/pods/${(pod as { metadata: { name: string } }).metadata.name}`,
      pod,
    );
  }
}

/** A pod as the API shows it. */
export function pod(name: string, ready: boolean, more: { annotations?: object; env?: string[] } = {}): object {
  return {
    metadata: { name, annotations: more.annotations ?? {} },
    spec: { containers: [{ name: "app", env: (more.env ?? []).map((variable) => ({ name: variable, value: "x" })) }] },
    status: { phase: "Running", conditions: [{ type: "Ready", status: ready ? "True" : "False" }] },
  };
}
