import { type Fields, fields } from "../common/objects.ts";
import { at, ofKind } from "./objects.ts";
import { containersOf, isNative, list, podsOf } from "./pods.ts";
import type { Finding, Manifest, Rule } from "./types.ts";

/** What a field of the pod may be, for a variable. */
const fieldPath =
  /^(metadata\.(name|namespace|uid|(labels|annotations)\['[^']+'\])|spec\.(nodeName|serviceAccountName)|status\.(hostIPs?|podIPs?))$/;
const quantity = /^[+-]?(\d+\.?\d*|\.\d+)(m|u|n|[kMGTPE]|[KMGTPE]i|[eE][+-]?\d+)?$/;
const memoryLimit = /^(off|\d+(B|[KMGT]iB)?)$/;

const allowedFormats: Rule = {
  name: "allowed-formats",
  description:
    "Ports, amounts, selectors and the fields of a pod that variables take are written as Kubernetes reads them.",
  why: "The API server refuses the object, or the program ends at its start.",
  source: "https://kubernetes.io/docs/reference/kubernetes-api/",
  severity: "error",
  example: { wrong: "ports: [{port: 80800}]", right: "ports: [{port: 8080}]" },
  check: (manifests) => [
    ...ofKind(manifests, "Service").flatMap((object) =>
      list(at(object, "spec", "ports")).flatMap((port) =>
        numbers(object, "spec.ports", port, "port", "targetPort", "nodePort"),
      ),
    ),
    ...ofKind(manifests, "NetworkPolicy").flatMap((object) =>
      ["ingress", "egress"].flatMap((key) =>
        list(at(object, "spec", key)).flatMap(({ ports }) =>
          list(ports).flatMap((port) => numbers(object, `spec.${key}`, port, "port", "endPort")),
        ),
      ),
    ),
    ...containersOf(manifests).flatMap(({ pod, name, spec }) => inContainer(pod.owner, name, spec)),
    ...podsOf(manifests).flatMap(({ owner, spec }) =>
      list(spec["topologySpreadConstraints"])
        .filter(({ maxSkew }) => typeof maxSkew === "number" && maxSkew < 1)
        .map(({ maxSkew }) => ({ object: owner, path: "maxSkew", message: `is ${maxSkew}`, fix: "maxSkew: 1" })),
    ),
    ...manifests.filter(isNative).flatMap(selectors),
  ],
};

/** Ports that no port can be; names are left to other rules. */
function numbers(object: Manifest, path: string, port: Fields, ...keys: readonly string[]): Finding[] {
  return keys
    .filter((key) => typeof port[key] === "number" && !(Number.isInteger(port[key]) && isPort(port[key])))
    .map((key) => ({ object, path: `${path}.${key}`, message: `is ${port[key]}`, fix: `${key}: 1 to 65535` }));
}

function isPort(number: number): boolean {
  return number > 0 && number < 65_536;
}

function inContainer(object: Manifest, name: string, spec: Fields): Finding[] {
  const amounts = ["requests", "limits"].flatMap((part) =>
    Object.entries(fields(at(spec, "resources", part)))
      .filter(([, amount]) => amount !== "[secret]" && !quantity.test(String(amount)))
      .map(([key, amount]) => ({
        object,
        path: `resources.${part}.${key}`,
        message: `of container ${name} is ${amount}`,
        fix: `${key}: a number with a unit, such as 100m or 128Mi`,
      })),
  );
  const variables = list(spec["env"]).flatMap(({ name: variable, value, valueFrom }): Finding[] => {
    const path = `env ${variable}`;
    const from = at(valueFrom, "fieldRef", "fieldPath");
    if (typeof from === "string" && !fieldPath.test(from))
      return [
        {
          object,
          path,
          message: `of container ${name} takes ${from}, which no pod has`,
          fix: "fieldPath: metadata.name or another",
        },
      ];
    return variable === "GOMEMLIMIT" && typeof value === "string" && !value.includes("$(") && !memoryLimit.test(value)
      ? [{ object, path, message: `of container ${name} is ${value}, which Go can't read`, fix: "value: 400MiB" }]
      : [];
  });
  const ports = list(spec["ports"]).flatMap((port) =>
    numbers(object, `container ${name}: ports`, port, "containerPort"),
  );
  const probes = ["startupProbe", "readinessProbe", "livenessProbe"].flatMap((probe) =>
    ["periodSeconds", "timeoutSeconds", "failureThreshold", "successThreshold"]
      .filter((key) => Number(at(spec, probe, key) ?? 1) < 1)
      .map((key) => ({
        object,
        path: `${probe}.${key}`,
        message: `of container ${name} is ${at(spec, probe, key)}, for which Kubernetes takes its default or refuses the pod`,
        fix: `${key}: 1 or more`,
      })),
  );
  const over = ["cpu", "memory", "ephemeral-storage"]
    .filter((key) => size(at(spec, "resources", "requests", key)) > size(at(spec, "resources", "limits", key)))
    .map((key) => ({
      object,
      path: `resources.requests.${key}`,
      message: `of container ${name} is more than its limit`,
      fix: `${key}: at most that of limits`,
    }));
  return [...amounts, ...over, ...variables, ...ports, ...probes];
}

const units: Readonly<Record<string, number>> = {
  ...{ "": 1, m: 1e-3, k: 1e3, M: 1e6, G: 1e9, T: 1e12, Ki: 1024, Mi: 1024 ** 2, Gi: 1024 ** 3, Ti: 1024 ** 4 },
};

/** An amount as a number; not a number where it is none. */
function size(amount: unknown): number {
  const [, digits, unit = ""] = /^(\d+(?:\.\d+)?)([A-Za-z]*)$/.exec(String(amount)) ?? [];
  return Number(digits) * (units[unit] ?? Number.NaN);
}

/** Selectors by expression: values where something is to be in or not in them, and none elsewhere. */
function selectors(object: Manifest): Finding[] {
  const spec = fields(object["spec"]);
  const places: [string, unknown][] = [
    ["spec.selector", spec["selector"]],
    ["spec.podSelector", spec["podSelector"]],
    ...list(object["webhooks"]).flatMap(({ name, namespaceSelector, objectSelector }): [string, unknown][] => [
      [`webhooks ${name} namespaceSelector`, namespaceSelector],
      [`webhooks ${name} objectSelector`, objectSelector],
    ]),
  ];
  return places.flatMap(([path, selector]) =>
    list(fields(selector)["matchExpressions"]).flatMap(({ operator, values }) => {
      const needs = operator === "In" || operator === "NotIn";
      const has = Array.isArray(values) && values.length > 0;
      const message = needs ? `asks for ${operator} without values` : `asks for ${operator} with values`;
      return (needs || operator === "Exists" || operator === "DoesNotExist") && needs !== has
        ? [{ object, path, message, fix: needs ? "values: [...]" : "no values" }]
        : [];
    }),
  );
}

/** Rules for how values are written. */
export const formatRules: readonly Rule[] = [allowedFormats];
