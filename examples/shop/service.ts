import * as k8s from "@pulumi/kubernetes";
import type { input } from "@pulumi/kubernetes/types/index.js";
import type * as pulumi from "@pulumi/pulumi";

/** One service of the shop: a Deployment of one pod, and a Service at port 8080. */
export interface ServiceArgs {
  /** What the annotation asks for: `sdk` for a program that has an SDK, else the language of the agent. */
  readonly inject: "sdk" | "nodejs" | "python" | "java";
  readonly image: string;
  /** Default: the image's own. */
  readonly command?: string[];
  /** Texts, or where they are kept, by name of the variable; empty texts are left out. Default: none. */
  readonly env?: Readonly<Record<string, string | input.core.v1.EnvVarSource>>;
  /** How the cluster finds out that it serves. */
  readonly probe: input.core.v1.Probe;
  /** The most memory it may use, as a quantity. */
  readonly memory: string;
  /** Whether it writes to /tmp: Java's agent lays classes out there. Default: false. */
  readonly writesTmp?: boolean;
}

/** Name of the volume for /tmp. */
const tmp = "tmp";

/** Makes a service in a namespace. The one annotation is all there is of tracing: no variable, no init container, no volume. */
export function serviceIn(
  namespace: string,
  name: string,
  args: ServiceArgs,
  opts: pulumi.CustomResourceOptions,
): void {
  const labels = { "app.kubernetes.io/name": name, "app.kubernetes.io/part-of": "shop" };
  const annotations = { [`instrumentation.opentelemetry.io/inject-${args.inject}`]: "true" };
  const metadata = { name, namespace, labels };
  const env = Object.entries(args.env ?? {}).flatMap(([name, value]): input.core.v1.EnvVar[] =>
    typeof value !== "string" ? [{ name, valueFrom: value }] : value === "" ? [] : [{ name, value }],
  );
  const container: input.core.v1.Container = {
    name,
    image: args.image,
    imagePullPolicy: "IfNotPresent",
    ...(args.command && { command: args.command }),
    env,
    ports: [{ name: "http", containerPort: 8080 }],
    // Of a pod that ends nobody learns at once. Until then it serves on; only then is it told to end, with little left to do.
    lifecycle: { preStop: { sleep: { seconds: 3 } } },
    readinessProbe: { ...args.probe, periodSeconds: 2 },
    resources: { requests: { cpu: "10m", memory: "32Mi" }, limits: { cpu: "1", memory: args.memory } },
    securityContext: {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ["ALL"] },
    },
    ...(args.writesTmp && { volumeMounts: [{ name: tmp, mountPath: "/tmp" }] }),
  };
  const deployment = new k8s.apps.v1.Deployment(
    name,
    {
      metadata,
      spec: {
        replicas: 1,
        // A new pod is there before the old one goes.
        strategy: { rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
        selector: { matchLabels: { "app.kubernetes.io/name": name } },
        template: {
          metadata: { labels, annotations },
          spec: {
            automountServiceAccountToken: false,
            enableServiceLinks: false,
            securityContext: {
              runAsNonRoot: true,
              runAsUser: 10001,
              runAsGroup: 10001,
              seccompProfile: { type: "RuntimeDefault" },
            },
            containers: [container],
            ...(args.writesTmp && { volumes: [{ name: tmp, emptyDir: { sizeLimit: "64Mi" } }] }),
          },
        },
      },
    },
    opts,
  );
  new k8s.core.v1.Service(
    name,
    {
      metadata,
      spec: {
        selector: { "app.kubernetes.io/name": name },
        ports: [{ name: "http", port: 8080, targetPort: "http" }],
      },
    },
    // It waits for pods, and the engine has few places: many that wait first would keep the Deployments out.
    { ...opts, dependsOn: deployment },
  );
}
