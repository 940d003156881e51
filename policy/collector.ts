import { isLoopback, listeners } from "../collector-config/listeners.ts";
import { findings, rules } from "../collector-config/rules/judge.ts";
import { read } from "../collector-config/rules/reading.ts";
import type { Example } from "../collector-config/rules/rule.ts";
import { contentHash } from "../common/content-hash.ts";
import { fields } from "../common/objects.ts";
import { configured, contextOf, mebibytes } from "./configurations.ts";
import { once, onceEach } from "./once.ts";
import { list } from "./pods.ts";
import type { Finding, Rule } from "./types.ts";

/** Each rule for a Collector configuration as one for the manifests around it, named `collector-<id>`. */
const configurationRules: readonly Rule[] = rules.map((rule) => ({
  name: `collector-${rule.id}`,
  description: rule.title,
  why: rule.why,
  source: rule.source,
  severity: rule.severity,
  example: { wrong: exampleText(rule.example.wrong), right: exampleText(rule.example.right) },
  check: (manifests) => {
    const found = readings(manifests).flatMap(({ one, reading, context }) =>
      findings(rule, reading, context).map(({ path, message, fix }) => ({
        object: one.object,
        path: `${one.place}.${path}`,
        message,
        fix,
      })),
    );
    return found.filter((one, index) => found.findIndex((other) => same(one, other)) === index);
  },
}));

/** Each configuration as the rules read it, with what is known of its place. */
const readings = once((manifests) =>
  configured(manifests).map((one) => ({ one, reading: read(one.config), context: contextOf(one, manifests) })),
);

/** The example's YAML, with what is known of its place as a comment. */
function exampleText({ yaml, context }: Example): string {
  const known = Object.entries(context ?? {}).map(([key, value]) => `${key}: ${JSON.stringify(value)}`);
  return known.length === 0 ? yaml : `# where ${known.join(", ")}\n${yaml}`;
}

/** Two pods that read one ConfigMap make each problem once. */
function same(a: Finding, b: Finding): boolean {
  return a.object === b.object && a.path === b.path && a.message === b.message;
}

const configHash: Rule = {
  name: "config-hash",
  description: "A changed configuration changes the pod, by the hash in its ConfigMap's name.",
  why: "A Collector reads its configuration when it starts, so pods that are not replaced go on with the old one.",
  source: "https://kubernetes.io/docs/concepts/configuration/configmap/#mounted-configmaps-are-updated-automatically",
  severity: "warning",
  example: {
    wrong: "metadata: {name: collector}",
    right: "metadata: {name: collector-0123456789}",
  },
  check: (manifests) =>
    configured(manifests).flatMap(({ object, text, pod }) => {
      if (text === undefined || pod === undefined) return [];
      const hash = hashOf(object);
      // A checksum in the pod template, as charts write it, does the same.
      const checksum = Object.keys(pod.annotations).some((key) => /checksum|hash/.test(key));
      return checksum || object.metadata.name.endsWith(`-${hash}`)
        ? []
        : [{ object, message: "does not have its content's hash in its name", fix: `name: <name>-${hash}` }];
    }),
};

const hashOf = onceEach(({ data }) => contentHash(fields(data)));

const bothOtlpPorts: Rule = {
  name: "both-otlp-ports-reachable",
  description: "Where an OTLP receiver listens for other pods, it does so on 4317 and on 4318.",
  why: "SDKs of some languages speak gRPC by default and others HTTP, each on its own port.",
  source: "https://opentelemetry.io/docs/specs/otlp/",
  severity: "warning",
  example: {
    wrong: 'otlp: {protocols: {grpc: {endpoint: "[${env:POD_IP}]:4317"}}}',
    right: 'otlp: {protocols: {grpc: {endpoint: "[${env:POD_IP}]:4317"}, http: {endpoint: "[${env:POD_IP}]:4318"}}}',
  },
  check: (manifests) =>
    configured(manifests).flatMap((one) => {
      const otlp = listeners(one.config).filter(
        ({ path, host }) => /^receivers\.otlp\b/.test(path) && !isLoopback(host),
      );
      if (otlp.length === 0) return [];
      return [4317, 4318]
        .filter((port) => !otlp.some((listener) => listener.port === port))
        .map((port) => ({
          object: one.object,
          path: `${one.place}.${otlp[0]!.path}`,
          message: `takes OTLP, but not on port ${port}`,
          fix: `protocols: {${port === 4317 ? "grpc" : "http"}: {endpoint: "[\${env:POD_IP}]:${port}"}}`,
        }));
    }),
};

const memoryBelowLimit: Rule = {
  name: "go-memory-below-limit",
  description: "GOMEMLIMIT is 70 to 90 % of the container's memory limit.",
  why: "Without it the Go runtime lets garbage grow until the kernel ends the process at the limit.",
  source:
    "https://github.com/open-telemetry/opentelemetry-collector/blob/main/processor/memorylimiterprocessor/README.md",
  severity: "error",
  example: {
    wrong: "env: []\nresources: {limits: {memory: 512Mi}}",
    right: "env: [{name: GOMEMLIMIT, value: 409MiB}]\nresources: {limits: {memory: 512Mi}}",
  },
  check: (manifests) =>
    configured(manifests).flatMap(({ pod, container }) => {
      if (pod === undefined || container === undefined) return [];
      const limit = mebibytes(fields(fields(container["resources"])["limits"])["memory"]);
      const value = list(container["env"]).find(({ name }) => name === "GOMEMLIMIT")?.["value"];
      const share = (mebibytes(value) ?? 0) / (limit ?? Number.POSITIVE_INFINITY);
      if (share >= 0.7 && share <= 0.9) return [];
      const fix = limit
        ? `env: [{name: GOMEMLIMIT, value: ${Math.floor(limit * 0.8)}MiB}]`
        : "resources: {limits: {memory: 512Mi}} and env: [{name: GOMEMLIMIT, value: 409MiB}]";
      return [
        {
          object: pod.owner,
          message: `container ${container["name"]} has GOMEMLIMIT ${value ?? "unset"} for a limit of ${limit ?? "no"} MiB`,
          fix,
        },
      ];
    }),
};

export const collectorRules: readonly Rule[] = [...configurationRules, configHash, bothOtlpPorts, memoryBelowLimit];
