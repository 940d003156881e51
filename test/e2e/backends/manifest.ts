import { createHash } from "node:crypto";

/** A server of one pod and its Service, both in the namespace `backends`. */
export interface Server {
  /** Also the name of the Service: others reach it at `NAME.backends`. */
  readonly name: string;
  readonly image: string;
  readonly args: readonly string[];
  /** @default the image's */
  readonly workingDir?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Arguments of a run of the same image before the server's. */
  readonly prepare?: readonly string[];
  /** Ports by name, the one that people talk to first. */
  readonly ports: Readonly<Record<string, number>>;
  /** Numeric user, as in the image. */
  readonly user: number;
  /** Memory that the server is asked to stay under, e.g. "256Mi". Memory-bound settings such as a heap are the caller's. */
  readonly memory: string;
  /** Texts of files by absolute path. Their folders may hold others. */
  readonly files?: Readonly<Record<string, string>>;
  /** Folders that the server writes to; gone with the pod. */
  readonly writable?: readonly string[];
  /** What tells that it serves: a path on the first port; "" for the port alone. */
  readonly ready: string;
}

export const namespace = "backends";

const restricted = { "pod-security.kubernetes.io/enforce": "restricted" };

/** The Namespace, which enforces Pod Security restricted. */
export const namespaceObject = {
  apiVersion: "v1",
  kind: "Namespace",
  metadata: { name: namespace, labels: restricted },
};

/** The Kubernetes objects of a server: its ConfigMap, Deployment and Service. */
export function serverObjects(server: Server): object[] {
  const { name, image, files = {}, writable = [], ports } = server;
  const metadata = { name, namespace, labels: { "app.kubernetes.io/name": name } };
  const [[firstPort] = []] = Object.entries(ports);
  const paths = Object.keys(files);
  const mounts = [
    ...writable.map((path, index) => ({ name: `data-${index}`, mountPath: path })),
    ...paths.map((path, index) => ({ name: "files", mountPath: path, subPath: `${index}` })),
  ];
  const container = {
    image,
    imagePullPolicy: "IfNotPresent",
    ...(server.workingDir !== undefined && { workingDir: server.workingDir }),
    env: Object.entries(server.env ?? {}).map(([name, value]) => ({ name, value })),
    volumeMounts: mounts,
    resources: { requests: { memory: server.memory }, limits: { memory: server.memory } },
    securityContext: {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ["ALL"] },
    },
  };
  const pod = {
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    terminationGracePeriodSeconds: 1,
    securityContext: {
      runAsNonRoot: true,
      runAsUser: server.user,
      runAsGroup: server.user,
      fsGroup: server.user,
      seccompProfile: { type: "RuntimeDefault" },
    },
    ...(server.prepare && { initContainers: [{ ...container, name: "prepare", args: server.prepare }] }),
    containers: [
      {
        ...container,
        name,
        args: server.args,
        ports: Object.entries(ports).map(([name, containerPort]) => ({ name, containerPort })),
        readinessProbe: {
          periodSeconds: 1,
          timeoutSeconds: 2,
          ...(server.ready === ""
            ? { tcpSocket: { port: firstPort } }
            : { httpGet: { port: firstPort, path: server.ready } }),
        },
      },
    ],
    volumes: [
      { name: "files", configMap: { name } },
      ...writable.map((_, index) => ({ name: `data-${index}`, emptyDir: {} })),
    ],
  };
  const selector = { "app.kubernetes.io/name": name };
  return [
    // Keys of a ConfigMap hold no slash.
    { apiVersion: "v1", kind: "ConfigMap", metadata, data: Object.fromEntries(Object.values(files).entries()) },
    {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata,
      spec: {
        replicas: 1,
        strategy: { type: "Recreate" },
        selector: { matchLabels: selector },
        template: { metadata: { labels: selector, annotations: { "tests/files": hash(files) } }, spec: pod },
      },
    },
    {
      apiVersion: "v1",
      kind: "Service",
      metadata,
      spec: { selector, ports: Object.entries(ports).map(([name, port]) => ({ name, port, targetPort: name })) },
    },
  ];
}

/** Changed files are seen by a new pod only. */
const hash = (value: object) => createHash("sha256").update(JSON.stringify(value)).digest("hex").slice(0, 16);
