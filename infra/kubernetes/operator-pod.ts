import type * as k8s from "@pulumi/kubernetes";
import { type AgentField, agentFields } from "../../instrumentation/defaulter.ts";
import { goRuntime, type Resources } from "../profiles.ts";
import { agentImages, images } from "../versions.ts";
import { confinedContainer, confinedPod } from "./confinement.ts";
import { labels, names } from "./metadata.ts";
import { webhookPorts } from "./operator-webhooks.ts";
import { leaveSeconds, spread } from "./pod.ts";

/** User and group of the upstream image. */
const uid = 65532;
const healthPort = 8081;
/** Where the program looks for its certificate; no flag changes it. */
const directory = "/tmp/k8s-webhook-server/serving-certs";
/** It holds the cluster's ReplicaSets, Jobs and namespaces in memory. */
const resources: Resources = { cpu: "50m", memory: 96, memoryLimit: 512 };

/** Its names there. */
export const certificateFiles = { certificate: "tls.crt", key: "tls.key" } as const;

/** How the program's flags and annotations call an agent. */
export const agentFlag: Readonly<Record<AgentField, string>> = {
  java: "java",
  nodejs: "nodejs",
  python: "python",
  dotnet: "dotnet",
  go: "go",
  apacheHttpd: "apache-httpd",
  nginx: "nginx",
};

export interface OperatorPodArgs {
  readonly replicas: number;
  /** The Secret with its `certificateFiles`. It is never changed: another one, by name, rolls the pods. */
  readonly secret: string;
}

/**
 * The operator as a mere webhook: no controllers, no leader election. It passes Pod Security restricted.
 *
 * All languages are on, since an annotation asks for them by name, and the agents' images are those of this project, so that an
 * Instrumentation has the same defaults here as where it is injected at deploy time.
 * @see https://github.com/open-telemetry/opentelemetry-operator/blob/main/cmd/webhook/webhook.go
 */
export function operatorPod({ replicas, secret }: OperatorPodArgs): k8s.types.input.core.v1.PodTemplateSpec {
  const probe = (path: string) => ({ httpGet: { path, port: "health", scheme: "HTTP" } });
  return {
    metadata: { labels: labels(names.operator) },
    spec: {
      serviceAccountName: names.operator,
      automountServiceAccountToken: true,
      // A Service named like a setting, such as `webhook`, would otherwise put variables into the environment.
      enableServiceLinks: false,
      nodeSelector: { "kubernetes.io/os": "linux" },
      ...(replicas > 1 && { topologySpreadConstraints: spread(names.operator) }),
      terminationGracePeriodSeconds: 30,
      securityContext: confinedPod(uid),
      containers: [
        {
          name: names.operator,
          image: images.operator,
          imagePullPolicy: "IfNotPresent",
          args: [
            "webhook-server",
            `--webhook-port=${webhookPorts.container}`,
            `--health-probe-addr=:${healthPort}`,
            // Its metrics would need rights to check tokens.
            "--metrics-addr=0",
            "--enable-go-instrumentation=true",
            "--enable-nginx-instrumentation=true",
            ...agentFields.map((field) => `--auto-instrumentation-${agentFlag[field]}-image=${agentImages[field]}`),
          ],
          env: Object.entries(goRuntime(resources)).map(([name, value]) => ({ name, value })),
          ports: [
            { name: "webhook", containerPort: webhookPorts.container, protocol: "TCP" },
            { name: "health", containerPort: healthPort, protocol: "TCP" },
          ],
          resources: {
            requests: { cpu: resources.cpu, memory: `${resources.memory}Mi` },
            limits: { memory: `${resources.memoryLimit}Mi` },
          },
          // Ready only once the webhook's port answers with its certificate.
          startupProbe: { ...probe("/readyz"), periodSeconds: 1, failureThreshold: 60 },
          readinessProbe: { ...probe("/readyz"), periodSeconds: 5 },
          livenessProbe: { ...probe("/healthz"), periodSeconds: 10, timeoutSeconds: 5, failureThreshold: 6 },
          lifecycle: { preStop: { sleep: { seconds: leaveSeconds } } },
          securityContext: confinedContainer,
          volumeMounts: [{ name: "certificate", mountPath: directory, readOnly: true }],
        },
      ],
      volumes: [
        {
          name: "certificate",
          secret: {
            secretName: secret,
            // The user is not the owner but in the group (fsGroup).
            defaultMode: 0o440,
            items: Object.values(certificateFiles).map((file) => ({ key: file, path: file })),
          },
        },
      ],
    },
  };
}
