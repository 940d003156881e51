import { read } from "../collector-config/rules/reading.ts";
import { fields, textual } from "../common/objects.ts";
import { collectorPods } from "./configurations.ts";
import { at, ofKind, podsIn } from "./objects.ts";
import { once } from "./once.ts";
import { containersOf, isNative, list, namespaceOf, portNumber } from "./pods.ts";
import type { Finding, Rule } from "./types.ts";

const accounts = "https://kubernetes.io/docs/tasks/configure-pod-container/configure-service-account/";

/** Accounts that pods run as or that something is granted to, as `namespace/name`. */
const usedAccounts = once((manifests): ReadonlySet<string> => {
  const subjects = ofKind(manifests, "RoleBinding", "ClusterRoleBinding").flatMap((binding) =>
    list(binding["subjects"]).map(({ namespace, name }) => `${namespace ?? namespaceOf(binding)}/${name}`),
  );
  return new Set(subjects);
});

const accountUsed: Rule = {
  name: "account-used",
  description: "A ServiceAccount is the account of some pod, or something is granted to it.",
  why: "The pods run as default instead, so that what is granted to one of them is granted to all of the namespace.",
  source: accounts,
  severity: "warning",
  example: {
    wrong: "kind: ServiceAccount\nmetadata: {name: collector} # and no pod names it",
    right: "serviceAccountName: collector",
  },
  check: (manifests) =>
    ofKind(manifests, "ServiceAccount").flatMap((object) => {
      const { name } = object.metadata;
      const home = namespaceOf(object);
      const pods = podsIn(manifests, home);
      const named = pods.some(
        ({ spec }) => (spec["serviceAccountName"] ?? spec["serviceAccount"] ?? "default") === name,
      );
      // Whoever reads custom resources may make pods of his own, as may whoever else applies to the namespace.
      const custom = customised(manifests).has(home);
      const nameless = pods.some(
        ({ spec }) => spec["serviceAccountName"] === undefined && spec["serviceAccount"] === undefined,
      );
      if (named || custom || !nameless || usedAccounts(manifests).has(`${home}/${name}`)) return [];
      return [
        {
          object,
          path: "metadata.name",
          message: `is ${name}, as which no pod runs`,
          fix: `serviceAccountName: ${name} in the pod that is to run as it`,
        },
      ];
    }),
};

const customised = once(
  (manifests): ReadonlySet<string> => new Set(manifests.filter((object) => !isNative(object)).map(namespaceOf)),
);

const immutableFilled: Rule = {
  name: "immutable-has-data",
  description: "A ConfigMap or Secret that can't be changed holds something.",
  why: "Nobody can fill it any more, and what reads it finds no files.",
  source: "https://kubernetes.io/docs/concepts/configuration/configmap/#configmap-immutable",
  severity: "error",
  example: {
    wrong: "kind: ConfigMap\nimmutable: true",
    right: "kind: ConfigMap\nimmutable: true\ndata: {ca.crt: ...}",
  },
  check: (manifests) =>
    ofKind(manifests, "ConfigMap", "Secret")
      .filter((object) => object["immutable"] === true)
      .filter((object) =>
        ["data", "binaryData", "stringData"].every(
          (key) =>
            object[key] === undefined ||
            (typeof object[key] !== "string" && Object.keys(fields(object[key])).length === 0),
        ),
      )
      .map((object) => ({
        object,
        path: "data",
        message: "is empty, and can't be changed",
        fix: "data: {...}, or no immutable",
      })),
};

const probePath: Rule = {
  name: "probe-path-answers",
  description: "A probe of a Collector or Jaeger asks for a path on which its health check answers.",
  why: "The answer is 404, so the pod never gets ready and is restarted for ever.",
  source:
    "https://github.com/open-telemetry/opentelemetry-collector-contrib/blob/main/extension/healthcheckv2extension/README.md",
  severity: "error",
  example: {
    wrong: "readinessProbe: {httpGet: {path: /healthz, port: 13133}}",
    right: "readinessProbe: {httpGet: {path: /, port: 13133}}",
  },
  check: (manifests) =>
    [...collectorPods(manifests)].flatMap(([pod, configurations]) =>
      configurations.flatMap(({ config, container }) => {
        const checks = read(config).extensions.filter(
          ({ type, id }) => /^health_?check(v2)?$/.test(type) && read(config).enabled.includes(id),
        );
        const [only] = checks;
        if (container === undefined || only === undefined || checks.length > 1) return [];
        const paths = pathsOf(only.type, only.config);
        const port = /:(\d+)$/.exec(
          textual(at(only.config, "http", "endpoint") ?? only.config["endpoint"] ?? ":13133"),
        )?.[1];
        return ["startupProbe", "readinessProbe", "livenessProbe"].flatMap((probe): Finding[] => {
          const { path = "/", port: asked } = fields(at(container, probe, "httpGet"));
          if (asked === undefined || paths === undefined || port === undefined) return [];
          if (String(portNumber(pod, asked)) !== port || paths.includes(textual(path))) return [];
          const message = `of container ${container["name"]} asks for ${path}, and ${only.id} answers on ${paths.join(", ")}`;
          return [{ object: pod.owner, path: `${probe}.httpGet.path`, message, fix: `path: ${paths[0]}` }];
        });
      }),
    ),
};

/** The paths that a health check answers on; undefined where it answers on all of them. */
function pathsOf(type: string, config: Record<string, unknown>): string[] | undefined {
  if (type.endsWith("v2") && (config["use_v2"] === true || config["http"] !== undefined)) {
    const { status, config: shown } = fields(config["http"]);
    const on = (part: unknown, path: string, by: boolean) =>
      (fields(part)["enabled"] ?? by) === true ? [textual(fields(part)["path"] ?? path)] : [];
    return [...on(status, "/status", true), ...on(shown, "/config", false)];
  }
  const path = textual(config["path"] ?? "/");
  return path === "/" ? undefined : [path];
}

const failureExplicit: Rule = {
  name: "webhook-failure-policy-explicit",
  description: "A webhook says what is to happen when it does not answer.",
  why: "By default the request is refused: while its pods are away nothing that it is asked about can be made.",
  source: "https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/#failure-policy",
  severity: "warning",
  example: {
    wrong: "webhooks: [{name: pods.example.com}]",
    right: "webhooks: [{name: pods.example.com, failurePolicy: Ignore}]",
  },
  check: (manifests) =>
    ofKind(manifests, "MutatingWebhookConfiguration", "ValidatingWebhookConfiguration").flatMap((object) =>
      list(object["webhooks"])
        .filter(({ failurePolicy }) => failurePolicy === undefined)
        .map(({ name }) => ({
          object,
          path: `webhooks ${name}`,
          message: "does not say what happens when it does not answer",
          fix: "failurePolicy: Ignore, or Fail",
        })),
    ),
};

const daemonUpdates: Rule = {
  name: "daemon-set-can-update",
  description: "A DaemonSet that starts the new pod beside the old one lets none be away, and any other lets one.",
  why: "The API server refuses both at once, and neither.",
  source: "https://kubernetes.io/docs/tasks/manage-daemon/update-daemon-set/",
  severity: "error",
  example: {
    wrong: "rollingUpdate: {maxSurge: 1} # with one away by default",
    right: "rollingUpdate: {maxSurge: 1, maxUnavailable: 0}",
  },
  check: (manifests) =>
    ofKind(manifests, "DaemonSet").flatMap((object) => {
      const { maxSurge = 0, maxUnavailable = 1 } = fields(at(object, "spec", "updateStrategy", "rollingUpdate"));
      const some = (amount: unknown) => amount !== 0 && amount !== "0%";
      if (some(maxSurge) !== some(maxUnavailable)) return [];
      const message = `has maxSurge ${maxSurge} and maxUnavailable ${maxUnavailable}`;
      return [
        {
          object,
          path: "spec.updateStrategy.rollingUpdate",
          message,
          fix: "rollingUpdate: {maxSurge: 1, maxUnavailable: 0}",
        },
      ];
    }),
};

const startupPatient: Rule = {
  name: "startup-probe-patient",
  description: "A startup probe gives a program at least ten seconds.",
  why: "On a busy node even a small program needs longer, and is ended before it has started, again and again.",
  source: "https://kubernetes.io/docs/concepts/configuration/liveness-readiness-startup-probes/",
  severity: "warning",
  example: {
    wrong: "startupProbe: {periodSeconds: 1}",
    right: "startupProbe: {periodSeconds: 1, failureThreshold: 60}",
  },
  check: (manifests) =>
    containersOf(manifests).flatMap(({ pod, name, spec }) => {
      if (spec["startupProbe"] === undefined) return [];
      const { initialDelaySeconds = 0, periodSeconds = 10, failureThreshold = 3 } = fields(spec["startupProbe"]);
      const seconds = Number(initialDelaySeconds) + Number(periodSeconds) * Number(failureThreshold);
      const message = `of container ${name} gives it ${seconds} s`;
      return seconds < 10 ? [{ object: pod.owner, path: "startupProbe", message, fix: "failureThreshold: 60" }] : [];
    }),
};

/** Rules for what is left over, empty or left unsaid. */
export const leftoverRules: readonly Rule[] = [
  accountUsed,
  immutableFilled,
  probePath,
  failureExplicit,
  daemonUpdates,
  startupPatient,
];
