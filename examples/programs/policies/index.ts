// A web server that is traced by annotation. What holds of its manifests is tested in policies.test.ts, without a cluster.
// Run: pulumi stack init dev && pulumi config set context <CONTEXT> && pulumi up --policy-pack ../../../policy/pack
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { defaultImages } from "../../../instrumentation/defaulter.ts";
import { instrumentationSpec } from "../../../instrumentation/defaults.ts";
import { registerInstrumentation } from "../../../instrumentation/transform.ts";

// `namespace` is where the Collectors stand.
registerInstrumentation({ spec: instrumentationSpec({ namespace: "observability", images: defaultImages }) });

const provider = new k8s.Provider("cluster", { context: new pulumi.Config().require("context") });
const labels = { "app.kubernetes.io/name": "web" };
const probe = { httpGet: { path: "/", port: "http" } };

const namespace = new k8s.core.v1.Namespace(
  "shop",
  { metadata: { name: "shop", labels: { "pod-security.kubernetes.io/enforce": "restricted" } } },
  { provider },
);

new k8s.apps.v1.Deployment(
  "web",
  {
    metadata: { name: "web", namespace: "shop", labels },
    spec: {
      replicas: 1,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels, annotations: { "instrumentation.opentelemetry.io/inject-sdk": "true" } },
        spec: {
          automountServiceAccountToken: false,
          securityContext: { runAsNonRoot: true, runAsUser: 101, seccompProfile: { type: "RuntimeDefault" } },
          containers: [
            {
              name: "web",
              image: "docker.io/nginxinc/nginx-unprivileged:1.29.3",
              ports: [{ name: "http", containerPort: 8080 }],
              resources: { requests: { cpu: "20m", memory: "32Mi" }, limits: { memory: "64Mi" } },
              readinessProbe: probe,
              livenessProbe: probe,
              // Its cache lies in /tmp: see exceptions.yaml.
              securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
            },
          ],
        },
      },
    },
  },
  { provider, dependsOn: [namespace] },
);

new k8s.core.v1.Service(
  "web",
  {
    metadata: { name: "web", namespace: "shop", labels },
    spec: { selector: labels, ports: [{ name: "http", port: 80, targetPort: "http" }] },
  },
  { provider, dependsOn: [namespace] },
);
