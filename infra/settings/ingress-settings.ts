import { isPage } from "./addresses.ts";
import { secretName } from "./backend-settings.ts";
import { type Kind, listOf, object, oneOf, record, text } from "./values.ts";

/** How people outside the cluster reach Jaeger's UI. */
export interface IngressSetting {
  /** The name in the browser's address. */
  readonly host: string;
  /** An Ingress, or an HTTPRoute of the Gateway API. Default: ingress. */
  readonly kind: "ingress" | "gateway";
  /** Who asks for a login: a proxy that is deployed here, a URL that the controller asks before each request, or nobody. */
  readonly login: "oauth2-proxy" | "auth-url" | "none";
  /** IngressClass. Default: - the cluster's default class. */
  readonly className: string | undefined;
  /** The Gateway as `namespace/name`; TLS ends there. */
  readonly gateway: string | undefined;
  /** Name of a Secret of type kubernetes.io/tls for the Ingress, which may come from cert-manager. */
  readonly tlsSecret: string | undefined;
  /** Annotations of the Ingress or HTTPRoute, such as `cert-manager.io/cluster-issuer`. Default: none. */
  readonly annotations: Readonly<Record<string, unknown>> | undefined;
  /** Answers 2xx to requests that may pass. For ingress-nginx. */
  readonly authUrl: string | undefined;
  /** Where people are sent who may not. Default: - they see an error. */
  readonly signInUrl: string | undefined;
  /** URL of the OpenID Connect issuer that oauth2-proxy asks. */
  readonly issuer: string | undefined;
  /** Name of a Secret with the keys `client-id`, `client-secret` and `cookie-secret` for oauth2-proxy. */
  readonly secret: string | undefined;
  /** Domains of e-mail addresses that may enter. Default: - everyone whom the issuer knows. */
  readonly emailDomains: readonly string[];
}

/** The fields that belong to one kind or login only. */
export const ingressFields = {
  ingress: ["className", "tlsSecret"],
  gateway: ["gateway"],
  "oauth2-proxy": ["issuer", "secret", "emailDomains"],
  "auth-url": ["authUrl", "signInUrl"],
  none: [],
} as const satisfies Record<IngressSetting["kind"] | IngressSetting["login"], readonly (keyof IngressSetting)[]>;

const dnsName = /^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+$/;
const url = (example: string) => text(isPage, undefined, "an http or https URL without login", example);

export const ingressKind: Kind<IngressSetting | undefined> = record<IngressSetting>(
  {
    host: text(dnsName, "", "a DNS name", "traces.example.com"),
    kind: oneOf(["ingress", "gateway"], "ingress"),
    login: oneOf(["oauth2-proxy", "auth-url", "none"], "oauth2-proxy"),
    className: text(/^[a-z0-9][a-z0-9.-]*$/, undefined, "the name of an IngressClass", "nginx"),
    gateway: text(/^[a-z0-9-]+\/[a-z0-9.-]+$/, undefined, "a Gateway as namespace/name", "gateways/public"),
    tlsSecret: secretName("traces-tls"),
    annotations: object("an object of texts", '{"cert-manager.io/cluster-issuer":"letsencrypt"}'),
    authUrl: url("https://login.example.com/oauth2/auth"),
    signInUrl: url("https://login.example.com/oauth2/start?rd=$escaped_request_uri"),
    issuer: url("https://login.example.com/realms/team"),
    secret: secretName("jaeger-login"),
    emailDomains: listOf((item) => dnsName.test(item), [], "a list of domains", "example.com"),
  },
  ["host", "login"],
);
