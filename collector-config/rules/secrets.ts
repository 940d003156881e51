import { fields } from "../../common/objects.ts";
import { isLoopback } from "../listeners.ts";
import { type Leaf, leaves, type ReadComponent } from "./reading.ts";
import type { Rule } from "./rule.ts";

const practices = "https://opentelemetry.io/docs/security/config-best-practices/";
const configtls = "https://github.com/open-telemetry/opentelemetry-collector/blob/main/config/configtls/README.md";

/** Settings and headers whose value is a secret. */
const secretKey =
  /pass(word|wd|phrase)?$|secret(_?(access_?)?key)?$|(^|[_-])token$|api[_-]?key$|authorization$|credentials?$|private[_-]?key$|key_pem$|honeycomb-team$|license[_-]?key$|^x-.*(key|token)$/i;

/** Values that are secrets whatever their key: a login or a token in a URL, what follows Bearer and the like, a private key. */
const secretValues = [
  /:\/\/(?:[^/\s:@]*:(?!\d+\/)[^\s@]+|[^/\s:@]+)@/,
  /[?&][\w.-]*(?:token|key|secret|passw(?:or)?d|credential|signature)=./is,
  /^(?:Bearer|Basic|Token|Api-?Key)\s+\S/i,
  /PRIVATE KEY-----/,
];

function isSecret({ key, value }: Leaf): boolean {
  const text = String(value);
  // What comes from the environment is no longer part of it.
  const written = text.replace(/\$\{[^}]+\}/g, "");
  if (secretValues.some((pattern) => pattern.test(written))) return true;
  const known = written !== text || text === "" || text === "[REDACTED]" || /^(true|false|none)$/i.test(text);
  // A path such as a password file's is no secret.
  return !known && secretKey.test(key) && !text.startsWith("/");
}

/** The values of a configuration that are secrets in plain text. */
export function secretsIn(config: unknown): string[] {
  return leaves(config, "")
    .filter(isSecret)
    .map(({ value }) => String(value));
}

const plainSecrets: Rule = {
  id: "secrets",
  title: "No secret stands in the configuration; it comes from the environment.",
  why: "A ConfigMap is read by everyone who may look into the namespace, and stands in version control.",
  source: practices,
  severity: "error",
  fix: "${env:NAME}, with NAME from a Secret",
  example: {
    wrong: { yaml: 'exporters: {otlp_grpc: {headers: {authorization: "Bearer abc123"}}}' },
    right: { yaml: 'exporters: {otlp_grpc: {headers: {authorization: "Bearer ${env:TOKEN}"}}}' },
  },
  check: ({ receivers, exporters, connectors, extensions }) =>
    [...receivers, ...exporters, ...connectors, ...extensions].flatMap(({ config, path }) =>
      leaves(config, path)
        .filter(isSecret)
        .map(({ key, path: place }) => ({
          path: place,
          // The value itself must not reach a log.
          message: "holds a secret in plain text",
          fix: `${key}: "\${env:${environmentName(key)}}", with ${environmentName(key)} from a Secret`,
        })),
    ),
};

function environmentName(key: string): string {
  return (
    key
      .toUpperCase()
      .replace(/[^A-Z0-9]+/g, "_")
      .replace(/^_+|_+$/g, "") || "SECRET"
  );
}

const tls: Rule = {
  id: "tls",
  title: "Credentials leave the cluster only over TLS with a checked certificate.",
  why: "Whoever is on the way reads them.",
  source: configtls,
  severity: "error",
  fix: "tls: {insecure: false, insecure_skip_verify: false}",
  example: {
    wrong: {
      yaml: 'exporters: {otlp_grpc: {endpoint: "otlp.vendor.example.com:4317", tls: {insecure: true}, headers: {api-key: "${env:API_KEY}"}}}',
    },
    right: {
      yaml: 'exporters: {otlp_grpc: {endpoint: "otlp.vendor.example.com:4317", tls: {insecure: false}, headers: {api-key: "${env:API_KEY}"}}}',
    },
  },
  check: ({ exporters }) =>
    exporters.filter(hasCredentials).flatMap((exporter) => {
      const { config, path, type } = exporter;
      if (type === "kafka") return plainBrokers(exporter);
      const endpoint = config["endpoint"];
      if (typeof endpoint !== "string" || !isOutside(endpoint)) return [];
      const settings = fields(config["tls"]);
      const plain = endpoint.startsWith("http://");
      if (plain) {
        return [
          {
            path: `${path}.endpoint`,
            message: `is ${endpoint}, which carries credentials in the open`,
            fix: `endpoint: ${endpoint.replace("http://", "https://")}`,
          },
        ];
      }
      // With https:// the scheme wins over `insecure`.
      return ["insecure", "insecure_skip_verify"]
        .filter(
          (key) =>
            settings[key] === true &&
            !(key === "insecure" && (endpoint.startsWith("https://") || type === "otlp_http")),
        )
        .map((key) => ({
          path: `${path}.tls.${key}`,
          message: `is true, and credentials go to ${endpoint} outside the cluster`,
          fix: `${key}: false`,
        }));
    }),
};

/** What is wrong where a login goes to brokers outside: without `tls`, or with an insecure one, its client encrypts nothing. */
function plainBrokers({ config, path }: ReadComponent) {
  const brokers = [config["brokers"]].flat();
  const outside = brokers.find((broker) => typeof broker === "string" && isOutside(broker));
  const settings = config["tls"] ?? fields(config["auth"])["tls"];
  if (outside === undefined || (settings !== undefined && fields(settings)["insecure"] !== true)) return [];
  const message = `has ${outside}, outside the cluster, which gets credentials in the open`;
  return [{ path: `${path}.brokers`, message, fix: "tls: {insecure: false}" }];
}

function hasCredentials({ config }: ReadComponent): boolean {
  const authenticated = fields(config["auth"])["authenticator"] !== undefined;
  return authenticated || leaves(config, "").some(({ key }) => secretKey.test(key));
}

/** Whether an address is surely outside the cluster: a public name of at least three parts, or a public IP address. */
export function isOutside(endpoint: string): boolean {
  const place = endpoint.replace(/^\w+:\/\//, "");
  const [, version6] = /^\[(.*)\]/.exec(place) ?? [];
  const host = version6 ?? place.replace(/[:/].*$/, "");
  if (host.includes("$") || isLoopback(host)) return false;
  if (version6 !== undefined) return !/^(f[cd]|fe[89ab]|::1?$)/i.test(host);
  if (/^[\d.]+$/.test(host))
    return !/^(10|127|169\.254|192\.168|172\.(1[6-9]|2\d|3[01])|100\.(6[4-9]|[7-9]\d|1[01]\d|12[0-7]))\./.test(host);
  return host.split(".").length >= 3 && !/\.svc(\.|$)|\.(local|internal|lan)$/.test(host);
}

const environment: Rule = {
  id: "env",
  title: "Every variable that the configuration names is set in the container.",
  why: "An unknown variable reads as empty text: an address without host, a header without token.",
  source: "https://opentelemetry.io/docs/collector/configuration/#environment-variables",
  severity: "error",
  fix: "env: [{name: <NAME>, valueFrom: ...}] in the container",
  example: {
    wrong: { yaml: 'exporters: {otlp_grpc: {endpoint: "${env:BACKEND}:4317"}}', context: { env: ["POD_IP"] } },
    right: {
      yaml: 'exporters: {otlp_grpc: {endpoint: "${env:BACKEND}:4317"}}',
      context: { env: ["POD_IP", "BACKEND"] },
    },
  },
  check: ({ written }, { env }) => {
    const all = leaves(written, "");
    const open = all
      .filter(({ value }) => /(?<!\$)(?:\$\$)*\$\{[^}]*$/.test(String(value)))
      .map(({ key, path, value }) => ({
        path,
        message: `is ${value}, a reference without its closing brace`,
        fix: `${key}: "${value}}"`,
      }));
    if (env === undefined) return open;
    const seen = new Set<string>();
    const unset = all.flatMap(({ path, value }) =>
      // $${ is an escaped dollar sign; :- gives a default.
      [...String(value).matchAll(/(?<!\$)(?:\$\$)*\$\{(?:env:)?([A-Za-z_][A-Za-z0-9_]*)\}/g)].flatMap(
        ([, name = ""]) => {
          if (env.includes(name) || seen.has(name)) return [];
          seen.add(name);
          const fix = /POD_?IP/i.test(name)
            ? `env: [{name: ${name}, valueFrom: {fieldRef: {fieldPath: status.podIP}}}] in the container`
            : `env: [{name: ${name}, valueFrom: {secretKeyRef: {...}}}] in the container, or \${env:${name}:-default}`;
          return [{ path, message: `names the variable ${name}, which the container does not set`, fix }];
        },
      ),
    );
    return [...open, ...unset];
  },
};

export const secretRules: readonly Rule[] = [plainSecrets, tls, environment];
