import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { ports } from "../../collector-config/ports.ts";
import type { IngressSetting } from "../settings/ingress-settings.ts";
import { JaegerLogin, loginPort } from "./login.ts";
import { metadata, names } from "./metadata.ts";

export interface JaegerIngressArgs extends IngressSetting {
  readonly namespace: string;
  /** Name of the pods that show the UI. */
  readonly pods: string;
  /** Path under which the UI stands. Default: - the root. */
  readonly basePath?: string | undefined;
}

/** Jaeger's UI for people outside the cluster, behind a login. */
export class JaegerIngress extends pulumi.ComponentResource {
  /** The address for a browser. */
  readonly url: string;

  constructor(name: string, args: JaegerIngressArgs, opts?: pulumi.ComponentResourceOptions) {
    super("throughline:index:JaegerIngress", name, {}, opts);
    const { namespace, host, basePath = "" } = args;
    const proxied = args.login === "oauth2-proxy";
    const login = proxied ? [new JaegerLogin(names.jaegerLogin, args, { parent: this })] : [];
    const target = proxied ? { name: names.jaegerLogin, port: loginPort } : { name: names.jaeger, port: ports.query };
    const child = { parent: this, dependsOn: login };
    const meta = { ...metadata(names.jaeger, namespace), annotations: annotationsOf(args) };
    const path = basePath === "" ? "/" : basePath;
    if (args.kind === "gateway") {
      const [gatewayNamespace, gateway] = (args.gateway ?? "").split("/");
      new k8s.apiextensions.CustomResource(
        name,
        {
          apiVersion: "gateway.networking.k8s.io/v1",
          kind: "HTTPRoute",
          metadata: meta,
          spec: {
            parentRefs: [{ name: gateway, namespace: gatewayNamespace }],
            hostnames: [host],
            rules: [{ matches: [{ path: { type: "PathPrefix", value: path } }], backendRefs: [target] }],
          },
        },
        child,
      );
    } else {
      const backend = { service: { name: target.name, port: { number: target.port } } };
      new k8s.networking.v1.Ingress(
        name,
        {
          metadata: meta,
          spec: {
            ...(args.className && { ingressClassName: args.className }),
            tls: [{ hosts: [host], secretName: args.tlsSecret! }],
            rules: [{ host, http: { paths: [{ path, pathType: "Prefix", backend }] } }],
          },
        },
        child,
      );
    }
    this.url = `https://${host}${basePath}`;
    this.registerOutputs({ url: this.url });
  }
}

function annotationsOf({ annotations, login, authUrl, signInUrl }: IngressSetting): Record<string, string> {
  return {
    ...(login === "auth-url" && authUrl && { "nginx.ingress.kubernetes.io/auth-url": authUrl }),
    ...(login === "auth-url" && signInUrl && { "nginx.ingress.kubernetes.io/auth-signin": signInUrl }),
    // Nobody waits for an address: it comes when the controller sees fit, and the UI can be reached without it.
    "pulumi.com/skipAwait": "true",
    ...(annotations as Record<string, string> | undefined),
  };
}
