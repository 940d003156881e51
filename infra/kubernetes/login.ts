import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { ports } from "../../collector-config/ports.ts";
import type { IngressSetting } from "../settings/ingress-settings.ts";
import { images } from "../versions.ts";
import { confinedContainer, confinedPod } from "./confinement.ts";
import { enclosure } from "./enclosure.ts";
import { address, labels, metadata, names, selector } from "./metadata.ts";

export interface JaegerLoginArgs extends Pick<IngressSetting, "host" | "issuer" | "secret" | "emailDomains"> {
  readonly namespace: string;
  /** Name of the pods that show the UI. With roles it is not that of their Service. */
  readonly pods: string;
  /** Path under which the UI stands. Default: - the root. */
  readonly basePath?: string | undefined;
}

/** The port on which the proxy listens, and its Service. */
export const loginPort = 4180;

/** oauth2-proxy in front of Jaeger: whoever is not logged in at the issuer is sent there. */
export class JaegerLogin extends pulumi.ComponentResource {
  constructor(name: string, args: JaegerLoginArgs, opts?: pulumi.ComponentResourceOptions) {
    super("throughline:index:JaegerLogin", name, {}, opts);
    const { namespace, pods, issuer = "" } = args;
    const child = { parent: this };
    const meta = metadata(name, namespace);
    const { port, protocol } = new URL(issuer);
    const ways = [{ port: ports.query, to: pods }, { port: Number(port || (protocol === "https:" ? 443 : 80)) }];
    const edges = { name, doors: [{ ports: ["http"] }], ways, permissions: [] };
    const { account, policy } = enclosure(edges, namespace, child);
    new k8s.core.v1.Service(
      name,
      {
        metadata: meta,
        spec: {
          type: "ClusterIP",
          selector: selector(name),
          ports: [{ name: "http", port: loginPort, targetPort: "http", protocol: "TCP", appProtocol: "http" }],
        },
      },
      child,
    );
    new k8s.apps.v1.Deployment(
      name,
      {
        metadata: meta,
        spec: {
          replicas: 1,
          // The new pod answers before the old one goes; sessions live in the browser.
          strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
          selector: { matchLabels: selector(name) },
          template: loginPod(name, args),
        },
      },
      { ...child, dependsOn: [account, policy] },
    );
    this.registerOutputs({});
  }
}

/** @see https://oauth2-proxy.github.io/oauth2-proxy/configuration/overview */
function flags({ namespace, host, basePath = "", issuer, emailDomains }: JaegerLoginArgs): string[] {
  const prefix = `${basePath}/oauth2`;
  return [
    "--provider=oidc",
    `--oidc-issuer-url=${issuer}`,
    `--upstream=http://${address(names.jaeger, namespace, ports.query)}/`,
    `--http-address=0.0.0.0:${loginPort}`,
    `--proxy-prefix=${prefix}`,
    `--redirect-url=https://${host}${prefix}/callback`,
    // Where people may be sent back to: the page that they asked for.
    `--whitelist-domain=${host}`,
    ...(emailDomains.length > 0 ? emailDomains : ["*"]).map((domain) => `--email-domain=${domain}`),
    "--reverse-proxy=true",
    "--cookie-secure=true",
    "--cookie-samesite=lax",
    "--code-challenge-method=S256",
    "--skip-provider-button=true",
  ];
}

function loginPod(name: string, args: JaegerLoginArgs): k8s.types.input.core.v1.PodTemplateSpec {
  const secret = (variable: string, key: string) => ({
    name: `OAUTH2_PROXY_${variable}`,
    valueFrom: { secretKeyRef: { name: args.secret!, key } },
  });
  const probe = (path: string) => ({ httpGet: { path, port: "http", scheme: "HTTP" } });
  return {
    metadata: { labels: labels(name) },
    spec: {
      serviceAccountName: name,
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      nodeSelector: { "kubernetes.io/os": "linux" },
      terminationGracePeriodSeconds: 30,
      // The image's own user.
      securityContext: confinedPod(65_532),
      containers: [
        {
          name,
          image: images.login,
          imagePullPolicy: "IfNotPresent",
          args: flags(args),
          env: [
            secret("CLIENT_ID", "client-id"),
            secret("CLIENT_SECRET", "client-secret"),
            secret("COOKIE_SECRET", "cookie-secret"),
          ],
          ports: [{ name: "http", containerPort: loginPort, protocol: "TCP" }],
          resources: { requests: { cpu: "20m", memory: "32Mi" }, limits: { memory: "128Mi" } },
          startupProbe: { ...probe("/ping"), periodSeconds: 1, failureThreshold: 60 },
          readinessProbe: { ...probe("/ready"), periodSeconds: 5 },
          livenessProbe: { ...probe("/ping"), periodSeconds: 10, timeoutSeconds: 5, failureThreshold: 6 },
          securityContext: confinedContainer,
        },
      ],
    },
  };
}
