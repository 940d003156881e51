import { fields, items, textual } from "../common/objects.ts";
import { lintRules } from "../instrumentation/lint/lint.ts";
import { subjectOf } from "../instrumentation/lint/subject.ts";
import { nodeNameEnv } from "../instrumentation/sdk-env.ts";
import type { Workload } from "../instrumentation/types.ts";
import { at } from "./objects.ts";
import { once, onceEach } from "./once.ts";
import { type Container, containersIn, containersOf, list, namespaceOf, type Pod, podsOf, selects } from "./pods.ts";
import { slip } from "./spelling.ts";
import type { Finding, Rule } from "./types.ts";

const environment = "https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/";

/** What lint finds in the pods as they stand, injected or not. */
const linted = once((manifests) => podsOf(manifests).flatMap(({ owner }) => lintedOf(owner)));

const lintedOf = onceEach((owner) => {
  // Only containers with OTEL_ variables count, so the others need not be looked at.
  if (!JSON.stringify(owner).includes('"OTEL_')) return [];
  const subject = subjectOf({
    workload: owner as unknown as Workload,
    namespace: { name: namespaceOf(owner) },
    instrumentations: [],
  });
  if (subject === undefined || subject.traced.length === 0) return [];
  return lintRules.flatMap(({ id, severity, check }) =>
    check(subject).map((text) => {
      const [message = text, fix = ""] = text.split(/\. Write: /s);
      return { severity, finding: { object: owner, message: `${message} (${id})`, fix } };
    }),
  );
});

const losesTraces: Rule = {
  name: "workload-loses-traces",
  description:
    "No variable of a workload keeps its traces from arriving: the errors of docs/lint.md, in pods as they stand.",
  why: "The SDK says nothing, or only to its own log, and no trace comes.",
  source: environment,
  severity: "error",
  example: {
    wrong: "env: [{name: OTEL_EXPORTER_OTLP_ENDPOINT, value: http://localhost:4318}]",
    right: "env: [{name: OTEL_EXPORTER_OTLP_ENDPOINT, value: http://otel-agent.observability.svc:4318}]",
  },
  check: (manifests) => linted(manifests).flatMap(({ severity, finding }) => (severity === "error" ? [finding] : [])),
};

const mayLoseTraces: Rule = {
  name: "workload-may-lose-traces",
  description: "No variable of a workload may cost traces: the warnings of docs/lint.md, in pods as they stand.",
  why: "Some traces are missing or torn, which is noticed on the day they are needed.",
  source: environment,
  severity: "warning",
  example: {
    wrong: "env: [{name: OTEL_BSP_EXPORT_TIMEOUT, value: '5'}]",
    right: "env: [{name: OTEL_BSP_EXPORT_TIMEOUT, value: '5000'}]",
  },
  check: (manifests) => linted(manifests).flatMap(({ severity, finding }) => (severity === "warning" ? [finding] : [])),
};

/** Variables that SDKs and our injection know. */
export const known = `
  OTEL_SERVICE_NAME OTEL_RESOURCE_ATTRIBUTES OTEL_PROPAGATORS OTEL_TRACES_SAMPLER OTEL_TRACES_SAMPLER_ARG OTEL_SDK_DISABLED
  OTEL_LOG_LEVEL OTEL_TRACES_EXPORTER OTEL_METRICS_EXPORTER OTEL_LOGS_EXPORTER OTEL_CONFIG_FILE OTEL_BSP_SCHEDULE_DELAY
  OTEL_BSP_EXPORT_TIMEOUT OTEL_BSP_MAX_QUEUE_SIZE OTEL_BSP_MAX_EXPORT_BATCH_SIZE OTEL_NODE_IP OTEL_POD_IP
  OTEL_RESOURCE_ATTRIBUTES_POD_NAME OTEL_RESOURCE_ATTRIBUTES_NODE_NAME OTEL_RESOURCE_ATTRIBUTES_POD_UID
  ${["", "TRACES_", "METRICS_", "LOGS_"].flatMap((signal) => ["ENDPOINT", "PROTOCOL", "HEADERS", "TIMEOUT", "COMPRESSION", "CERTIFICATE", "CLIENT_KEY", "CLIENT_CERTIFICATE", "INSECURE"].map((what) => `OTEL_EXPORTER_OTLP_${signal}${what}`)).join(" ")}
`
  .trim()
  .split(/\s+/);

const variableKnown: Rule = {
  name: "otel-variable-known",
  description: "No variable is spelt almost like one that SDKs read.",
  why: "An SDK passes by what it does not know, and takes its default.",
  source: environment,
  severity: "error",
  example: {
    wrong: "env: [{name: OTEL_EXPORTER_OLTP_ENDPOINT, value: http://otel-agent:4318}]",
    right: "env: [{name: OTEL_EXPORTER_OTLP_ENDPOINT, value: http://otel-agent:4318}]",
  },
  check: (manifests) =>
    containersOf(manifests).flatMap(({ pod, name, spec }) =>
      list(spec["env"]).flatMap((variable) => {
        const written = textual(variable["name"]);
        if (!/^[A-Za-z]{3,6}_?[A-Za-z_]+$/.test(written) || known.includes(written)) return [];
        const meant = slip(written, known);
        if (meant === undefined) return [];
        const message = `container ${name} sets ${written}, which no SDK reads`;
        return [{ object: pod.owner, message, fix: `name: ${meant}` }];
      }),
    ),
};

/** What every injected container needs, and who gives it. Sampler and propagators have defaults. @see instrumentation/sdk-env.ts */
const always: readonly [name: string, givenBy: RegExp][] = [
  ["OTEL_EXPORTER_OTLP_ENDPOINT", /^OTEL_EXPORTER_OTLP_(TRACES_)?ENDPOINT$|^OTEL_CONFIG_FILE$|^OTEL_TRACES_EXPORTER$/],
  ["OTEL_SERVICE_NAME", /^OTEL_SERVICE_NAME$/],
  ["OTEL_RESOURCE_ATTRIBUTES", /^OTEL_RESOURCE_ATTRIBUTES$/],
];

const injectionWhole: Rule = {
  name: "injection-whole",
  description:
    "A container that was injected has all that its traces need: endpoint, service name, attributes, and the agent's files.",
  why: "Whoever injects next takes the pod for done, and the SDK goes on with its defaults.",
  source: "https://opentelemetry.io/docs/platforms/kubernetes/operator/automatic/",
  severity: "error",
  example: {
    wrong: "env: [{name: OTEL_RESOURCE_ATTRIBUTES_NODE_NAME, valueFrom: {fieldRef: {fieldPath: spec.nodeName}}}]",
    right: 'metadata: {annotations: {instrumentation.opentelemetry.io/inject-sdk: "true"}}',
  },
  check: (manifests) =>
    podsOf(manifests).flatMap((pod) =>
      containersIn(pod)
        .filter(({ spec }) => isInjected(spec["env"]))
        .flatMap((container) => {
          const names = list(container.spec["env"]).map(({ name }) => String(name));
          const envFrom = list(container.spec["envFrom"]).length > 0;
          const missing = envFrom ? [] : always.filter(([, givenBy]) => !names.some((name) => givenBy.test(name)));
          return [
            ...missing.map(([name]) => ({
              object: pod.owner,
              message: `container ${container.name} was injected, and has no ${name}`,
              fix: "the workload as it was before injection, injected again",
            })),
            ...withoutFiles(pod, container),
          ];
        }),
    ),
};

/** Injection leaves these in every container. */
export function isInjected(env: unknown): boolean {
  const names = list(env).map(({ name }) => name);
  return [nodeNameEnv, "OTEL_NODE_IP", "OTEL_POD_IP"].filter((name) => names.includes(name)).length >= 2;
}

/** Whether a command copies something; what a shell does is not looked into. */
function copies([program = "", ...words]: readonly string[]): boolean {
  if (program !== "cp") return program.length > 1;
  const [from = "", ...to] = words.filter((word) => !word.startsWith("-"));
  return to.length > 0 && /^\/(autoinstrumentation\/|javaagent\.jar$|opt\/|usr\/)/.test(from);
}

/** An agent's directory that nobody fills. */
function withoutFiles(pod: Pod, { name, spec, init }: Container): Finding[] {
  if (init) return [];
  const text = JSON.stringify(list(spec["env"]).map(({ value }) => value));
  const fillers = list(pod.spec["initContainers"]).flatMap(({ volumeMounts, command, args }) =>
    copies([...items(command), ...items(args)].map(String)) ? list(volumeMounts).map(({ name: volume }) => volume) : [],
  );
  // Without a variable that names them the files are there, and nothing loads them.
  const unread = list(spec["volumeMounts"])
    .map(({ mountPath }) => textual(mountPath))
    .filter((path) => /^\/otel-auto-instrumentation-(nodejs|java|python|dotnet)\b/.test(path) && !text.includes(path));
  const idle = unread.map((path) => ({
    object: pod.owner,
    message: `container ${name} has its agent in ${path}, and no variable loads it`,
    fix: "the workload as it was before injection, injected again",
  }));
  const named = [...text.matchAll(/\/otel-auto-instrumentation[\w-]*/g)].map(([directory]) => directory);
  const missing = [...new Set(named)].flatMap((directory) => {
    const mount = list(spec["volumeMounts"]).find(({ mountPath }) => mountPath === directory);
    const volume = list(pod.spec["volumes"]).find((one) => one["name"] === mount?.["name"]);
    const filled = mount !== undefined && (volume?.["emptyDir"] === undefined || fillers.includes(mount["name"]));
    const message = `container ${name} loads its agent from ${directory}, where nothing puts it`;
    return filled
      ? []
      : [{ object: pod.owner, message, fix: "the workload as it was before injection, injected again" }];
  });
  return [...idle, ...missing];
}

const noOverlap: Rule = {
  name: "selectors-do-not-overlap",
  description: "No workload's selector finds the pods of another of its kind.",
  why: "Each takes the other's pods for its own, and deletes or replaces them.",
  source: "https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#selector",
  severity: "error",
  example: {
    wrong: "selector: {matchLabels: {app.kubernetes.io/part-of: throughline}}",
    right: "selector: {matchLabels: {app.kubernetes.io/part-of: throughline, app.kubernetes.io/name: otel-agent}}",
  },
  check: (manifests) => {
    const workloads = podsOf(manifests).filter(({ owner }) => at(owner, "spec", "selector") !== undefined);
    const label = ([key, value]: [string, unknown]) => `${key}=${value}`;
    const byLabel = new Map<string, Pod[]>();
    for (const pod of podsOf(manifests)) {
      for (const entry of Object.entries(pod.labels)) {
        const key = `${pod.namespace} ${label(entry)}`;
        byLabel.set(key, [...(byLabel.get(key) ?? []), pod]);
      }
    }
    return workloads.flatMap(({ owner, namespace }): Finding[] => {
      const entries = Object.entries(fields(at(owner, "spec", "selector", "matchLabels")));
      const lists = entries.map((entry) => byLabel.get(`${namespace} ${label(entry)}`) ?? []);
      const [first] = lists.sort((a, b) => a.length - b.length);
      const other = (first ?? []).find(
        (pod) =>
          pod.owner !== owner && pod.owner.kind === owner.kind && selects(Object.fromEntries(entries), pod.labels),
      );
      const message = `finds the pods of ${other?.owner.kind} ${other?.owner.metadata.name} too`;
      return other
        ? [{ object: owner, path: "spec.selector", message, fix: "a label that only its own pods have" }]
        : [];
    });
  },
};

export const workloadRules: readonly Rule[] = [losesTraces, mayLoseTraces, variableKnown, injectionWhole, noOverlap];
