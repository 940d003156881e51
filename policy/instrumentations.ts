import { read } from "../collector-config/rules/reading.ts";
import { fields, items, textual } from "../common/objects.ts";
import { collectorPods } from "./configurations.ts";
import { at, find, podsBehind } from "./objects.ts";
import { containersOf, list, namespaceOf } from "./pods.ts";
import { slip } from "./spelling.ts";
import type { Finding, Manifest, Rule } from "./types.ts";
import { isInjected, known } from "./workloads.ts";

const operator = "https://opentelemetry.io/docs/platforms/kubernetes/operator/automatic/";
const languages = ["java", "nodejs", "python", "dotnet", "go", "apacheHttpd", "nginx"];

function instrumentations(manifests: readonly Manifest[]): Manifest[] {
  return manifests.filter(
    ({ kind, apiVersion }) => kind === "Instrumentation" && apiVersion.startsWith("opentelemetry.io/"),
  );
}

/** Each list of variables of an Instrumentation, with its place. */
function variables(object: Manifest): [path: string, variable: Record<string, unknown>][] {
  const places = [["spec", "env"], ...languages.map((language) => ["spec", language, "env"])];
  return places.flatMap((path) =>
    list(at(object, ...path)).map((variable, index): [string, Record<string, unknown>] => [
      `${path.join(".")}.${index}`,
      variable,
    ]),
  );
}

const wholeVariables: Rule = {
  name: "instrumentation-variables",
  description: "Every variable of an Instrumentation has a name that SDKs read, and a value.",
  why: "It is put into every container that is injected, where an SDK passes it by or takes its default.",
  source: operator,
  severity: "error",
  example: {
    wrong: "spec: {env: [{name: OTEL_METRIC_EXPORTER, value: none}]}",
    right: "spec: {env: [{name: OTEL_METRICS_EXPORTER, value: none}]}",
  },
  check: (manifests) =>
    instrumentations(manifests).flatMap((object) =>
      variables(object).flatMap(([path, { name, value, valueFrom }]): Finding[] => {
        if (typeof name !== "string") return [{ object, path, message: "has no name", fix: "name: ..." }];
        if (value === undefined && valueFrom === undefined)
          return [{ object, path, message: `sets ${name} to nothing`, fix: "value: ..." }];
        const meant = slip(name, known);
        return meant === undefined
          ? []
          : [{ object, path, message: `sets ${name}, which no SDK reads`, fix: `name: ${meant}` }];
      }),
    ),
};

const hasEndpoint: Rule = {
  name: "instrumentation-has-endpoint",
  description: "An Instrumentation says where spans go, unless a Collector beside each program takes them.",
  why: "SDKs send to localhost, where nothing listens.",
  source: operator,
  severity: "error",
  example: {
    wrong: "kind: Instrumentation\nspec: {sampler: {type: parentbased_always_on}}",
    right: "kind: Instrumentation\nspec: {exporter: {endpoint: http://otel-agent.observability.svc:4318}}",
  },
  check: (manifests) => {
    const sidecars = manifests.some(
      ({ kind, spec }) => kind === "OpenTelemetryCollector" && fields(spec)["mode"] === "sidecar",
    );
    return instrumentations(manifests)
      .filter(() => !sidecars)
      .filter((object) => textual(at(object, "spec", "exporter", "endpoint") ?? "") === "")
      .filter(
        (object) =>
          !variables(object).some(([, { name }]) =>
            /^OTEL_(EXPORTER_OTLP_(TRACES_)?ENDPOINT|CONFIG_FILE|TRACES_EXPORTER)$/.test(String(name)),
          ),
      )
      .map((object) => ({
        object,
        path: "spec.exporter.endpoint",
        message: "is not set",
        fix: "exporter: {endpoint: http://otel-agent.observability.svc:4318}",
      }));
  },
};

const restricted: Rule = {
  name: "instrumentation-restricted",
  description: "What an Instrumentation writes for its init containers passes Pod Security restricted.",
  why: "A namespace that enforces restricted refuses every pod that is injected.",
  source: "https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted",
  severity: "error",
  example: {
    wrong: "initContainerSecurityContext: {runAsNonRoot: true}",
    right:
      "initContainerSecurityContext: {allowPrivilegeEscalation: false, runAsNonRoot: true, runAsUser: 65532, capabilities: {drop: [ALL]}, seccompProfile: {type: RuntimeDefault}}",
  },
  check: (manifests) =>
    instrumentations(manifests).flatMap((object) => {
      const context = at(object, "spec", "initContainerSecurityContext");
      if (context === undefined) return [];
      const { allowPrivilegeEscalation, runAsNonRoot, capabilities, seccompProfile, runAsUser } = fields(context);
      const wrong: [boolean, string][] = [
        [allowPrivilegeEscalation !== false, "allowPrivilegeEscalation: false"],
        [runAsNonRoot !== true, "runAsNonRoot: true"],
        [runAsUser === 0, "runAsUser: 65532"],
        [!items(fields(capabilities)["drop"]).includes("ALL"), "capabilities: {drop: [ALL]}"],
        [
          !["RuntimeDefault", "Localhost"].includes(textual(fields(seccompProfile)["type"] ?? "")),
          "seccompProfile: {type: RuntimeDefault}",
        ],
      ];
      return wrong
        .filter(([bad]) => bad)
        .map(([, fix]) => ({ object, path: "spec.initContainerSecurityContext", message: `has no ${fix}`, fix }));
    }),
};

/** Whether the Collectors behind an address take a signal; undefined where that is not known. */
function takes(signal: string, address: unknown, home: string, manifests: readonly Manifest[]): boolean | undefined {
  const host = typeof address === "string" ? URL.parse(address)?.hostname : undefined;
  const [service, namespace = home] = host?.split(".") ?? [];
  const object = find(manifests, "Service", namespace, service);
  const pods = (object && podsBehind(object, manifests)) ?? [];
  const configs = pods.flatMap((pod) => collectorPods(manifests).get(pod) ?? []);
  if (configs.length === 0) return undefined;
  return configs.some(({ config }) => read(config).pipelines.some((pipeline) => pipeline.signal === signal));
}

/** Signals other than traces that agents send unless they are told not to, with the Collector's name for each. */
const others = ["metrics", "logs"] as const;

const signalsTaken: Rule = {
  name: "agent-signals-taken",
  description: "An injected container sends no metrics and logs to a Collector that takes none.",
  why: "By default it sends all signals: each of them is refused, again and again, and fills the program's log with errors.",
  source: "https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/#exporter-selection",
  severity: "warning",
  example: {
    wrong: "env: [{name: OTEL_EXPORTER_OTLP_ENDPOINT, value: http://otel-agent.observability.svc:4318}]",
    right:
      "env: [{name: OTEL_EXPORTER_OTLP_ENDPOINT, value: http://otel-agent.observability.svc:4318}, {name: OTEL_METRICS_EXPORTER, value: none}, {name: OTEL_LOGS_EXPORTER, value: none}]",
  },
  check: (manifests) => {
    const injected = containersOf(manifests)
      .filter(({ spec }) => isInjected(spec["env"]) && list(spec["envFrom"]).length === 0)
      .map(({ pod, name, spec }) => ({
        object: pod.owner,
        path: `container ${name}, env`,
        home: pod.namespace,
        env: list(spec["env"]),
        endpoint: undefined as unknown,
      }));
    const planned = instrumentations(manifests).map((object) => ({
      ...{ object, path: "spec.env", home: namespaceOf(object), endpoint: at(object, "spec", "exporter", "endpoint") },
      env: variables(object).map(([, variable]) => variable),
    }));
    return [...injected, ...planned].flatMap(({ object, path, home, env, endpoint }) => {
      const value = (variable: string) => env.findLast(({ name }) => name === variable)?.["value"];
      return others.flatMap((signal) => {
        const upper = signal.toUpperCase();
        const exporter = value(`OTEL_${upper}_EXPORTER`);
        const sends =
          exporter === undefined ||
          textual(exporter)
            .split(",")
            .some((one) => one.trim() === "otlp" || slip(one.trim(), ["none", "otlp"]));
        const to = value(`OTEL_EXPORTER_OTLP_${upper}_ENDPOINT`) ?? value("OTEL_EXPORTER_OTLP_ENDPOINT") ?? endpoint;
        if (!sends || takes(signal, to, home, manifests) !== false) return [];
        const message = `sends ${signal} to ${to}, which takes none`;
        return [{ object, path, message, fix: `{name: OTEL_${upper}_EXPORTER, value: none}` }];
      });
    });
  },
};

const variablesDefined: Rule = {
  name: "variable-reference-defined",
  description: "A variable that another refers to as $(NAME) is defined before it.",
  why: "Kubernetes leaves the reference as it is written, and the program reads $(NAME).",
  source: "https://kubernetes.io/docs/tasks/inject-data-application/define-interdependent-environment-variables/",
  severity: "error",
  example: {
    wrong: "env: [{name: ADDRESS, value: $(POD_IP):4317}]",
    right:
      "env: [{name: POD_IP, valueFrom: {fieldRef: {fieldPath: status.podIP}}}, {name: ADDRESS, value: $(POD_IP):4317}]",
  },
  check: (manifests) =>
    containersOf(manifests).flatMap(({ pod, name, spec }) => {
      if (list(spec["envFrom"]).length > 0 || !mentions(spec["env"])) return [];
      const env = list(spec["env"]);
      return env.flatMap(({ name: variable, value }, index) => {
        const before = new Set(env.slice(0, index).map((one) => one["name"]));
        const asked = [...textual(value ?? "").matchAll(/(?<!\$)\$\(([A-Za-z_][\w.-]*)\)/g)].map(([, one = ""]) => one);
        return (
          asked
            // Variables of Services come from Kubernetes.
            .filter((one) => !before.has(one) && !/_(SERVICE_(HOST|PORT\w*)|PORT(_\w+)?)$/.test(one))
            .map((one) => ({
              object: pod.owner,
              path: `container ${name}, env ${variable}`,
              message: `refers to ${one}, which is not defined before it`,
              fix: `{name: ${one}, ...} before it`,
            }))
        );
      });
    }),
};

function mentions(env: unknown): boolean {
  return list(env).some(({ value }) => typeof value === "string" && value.includes("$("));
}

/** Rules for what injection writes, and for what it is told to write. */
export const injectionRules: readonly Rule[] = [
  wholeVariables,
  hasEndpoint,
  restricted,
  signalsTaken,
  variablesDefined,
];
