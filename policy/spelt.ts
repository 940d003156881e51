import { type Fields, fields, textual } from "../common/objects.ts";
import { edges } from "./edges.ts";
import { at, find, ofKind } from "./objects.ts";
import { once } from "./once.ts";
import { containersOf, isNative, list, podsOf } from "./pods.ts";
import { slip } from "./spelling.ts";
import type { Finding, Manifest, Rule } from "./types.ts";

const secretTypes = [
  ...["Opaque", "bootstrap.kubernetes.io/token", "helm.sh/release.v1"],
  ...["service-account-token", "dockercfg", "dockerconfigjson", "basic-auth", "ssh-auth", "tls"].map(
    (type) => `kubernetes.io/${type}`,
  ),
];
const protocols = [
  "http",
  "https",
  "grpc",
  "grpcs",
  "http2",
  "tcp",
  "tls",
  "kubernetes.io/h2c",
  "kubernetes.io/ws",
  "kubernetes.io/wss",
];
const topologies = ["zone", "region"].map((key) => `topology.kubernetes.io/${key}`).concat("kubernetes.io/hostname");
const nodeLabels = [...topologies, "kubernetes.io/os", "kubernetes.io/arch", "node.kubernetes.io/instance-type"];
const registries = [
  "docker.io",
  "ghcr.io",
  "quay.io",
  "gcr.io",
  "registry.k8s.io",
  "public.ecr.aws",
  "mcr.microsoft.com",
  "registry.gitlab.com",
];
const repositories = [
  ...["opentelemetry-collector", "opentelemetry-collector-contrib", "opentelemetry-collector-k8s"].map(
    (name) => `otel/${name}`,
  ),
  ...["java", "nodejs", "python", "dotnet", "apache-httpd"].map(
    (name) => `open-telemetry/opentelemetry-operator/autoinstrumentation-${name}`,
  ),
  "open-telemetry/opentelemetry-operator/opentelemetry-operator",
  "open-telemetry/opentelemetry-go-instrumentation/autoinstrumentation-go",
  "jaegertracing/jaeger",
];

const wordsSpelt: Rule = {
  name: "known-words-spelt",
  description: "No image, node label, protocol or type of Secret is spelt almost like one that everybody uses.",
  why: "Kubernetes takes any word here, and then the image is not found, the pod stays pending or the setting does nothing.",
  source: "https://kubernetes.io/docs/reference/labels-annotations-taints/",
  severity: "error",
  example: { wrong: "topologyKey: topology.kubernetes.io/zon", right: "topologyKey: topology.kubernetes.io/zone" },
  check: (manifests) => {
    const finding = (object: Manifest, path: string, written: unknown, words: readonly string[]): Finding[] => {
      const meant = typeof written === "string" ? slip(written, words) : undefined;
      return meant === undefined
        ? []
        : [{ object, path, message: `is ${written}, which was surely to be ${meant}`, fix: meant }];
    };
    return [
      ...ofKind(manifests, "Secret").flatMap((object) => finding(object, "type", object["type"], secretTypes)),
      ...ofKind(manifests, "Service").flatMap((object) =>
        list(at(object, "spec", "ports")).flatMap(({ appProtocol }) =>
          finding(object, "spec.ports.appProtocol", appProtocol, protocols),
        ),
      ),
      ...podsOf(manifests).flatMap(({ owner, spec }) => [
        ...list(spec["topologySpreadConstraints"]).flatMap(({ topologyKey }) =>
          finding(owner, "topologySpreadConstraints.topologyKey", topologyKey, topologies),
        ),
        ...Object.entries(fields(spec["nodeSelector"])).flatMap(([key, value]) => [
          ...finding(owner, "nodeSelector", key, nodeLabels),
          ...(key === "kubernetes.io/os" ? finding(owner, `nodeSelector.${key}`, value, ["linux", "windows"]) : []),
        ]),
      ]),
      ...containersOf(manifests).flatMap(({ pod, name, spec }) => {
        const parts = textual(spec["image"])
          .replace(/[@:][^/]*$/, "")
          .split("/");
        const [host = ""] = parts;
        const path = parts.slice(/[.:]/.test(host) ? 1 : 0).join("/");
        return [
          ...(parts.length > 1 ? finding(pod.owner, `container ${name}: image's registry`, host, registries) : []),
          ...finding(pod.owner, `container ${name}: image's name`, path, repositories),
        ];
      }),
    ];
  },
};

/** Namespaces that objects are in, and those that are defined. */
const namespaces = once((manifests) => ({
  used: new Set(
    manifests
      .filter(({ kind }) => kind !== "Namespace")
      .flatMap(({ metadata: { namespace } }) => (namespace ? [namespace] : [])),
  ),
  defined: new Set(ofKind(manifests, "Namespace").map(({ metadata }) => metadata.name)),
}));

const nameLabel = "kubernetes.io/metadata.name";

const namespaceDefined: Rule = {
  name: "namespace-defined",
  description: "No Namespace, selector or endpoint names a namespace that is spelt otherwise where the objects are.",
  why: "Objects are refused for want of their namespace, and selectors and addresses lead to an empty one.",
  source: "https://kubernetes.io/docs/concepts/overview/working-with-objects/namespaces/",
  severity: "error",
  example: {
    wrong: "namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: observabilty}}",
    right: "namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: observability}}",
  },
  check: (manifests) => {
    const { used, defined } = namespaces(manifests);
    const known = [...new Set([...used, ...defined])];
    const unknown = (name: string) => (used.has(name) || defined.has(name) ? undefined : slip(name, known));
    const inhabited = [...defined].filter((name) => used.has(name));
    const orphans = [...used].filter((name) => !defined.has(name));
    return [
      ...ofKind(manifests, "Namespace")
        .filter(({ metadata }) => !used.has(metadata.name))
        .flatMap((object) => {
          const meant = slip(object.metadata.name, orphans);
          const message = `is ${object.metadata.name}, in which nothing is; objects are in ${meant}`;
          return meant === undefined ? [] : [{ object, path: "metadata.name", message, fix: `name: ${meant}` }];
        }),
      ...ofKind(manifests, "NetworkPolicy", "MutatingWebhookConfiguration", "ValidatingWebhookConfiguration").flatMap(
        (object) =>
          namedIn(object).flatMap((name) => {
            const meant = unknown(name);
            return meant === undefined
              ? []
              : [
                  {
                    object,
                    path: "namespaceSelector",
                    message: `names ${name}, and there is no such namespace`,
                    fix: meant,
                  },
                ];
          }),
      ),
      ...manifests.flatMap((object) => {
        const own = object.metadata.namespace ?? "";
        const meant = own === "" || defined.has(own) ? undefined : slip(own, inhabited);
        const message = `is ${own}, and there is no such namespace`;
        return meant === undefined ? [] : [{ object, path: "metadata.namespace", message, fix: `namespace: ${meant}` }];
      }),
      ...edges(manifests).flatMap(({ object, path, host, service, namespace, certain }) => {
        const meant = certain ? unknown(namespace) : undefined;
        return meant === undefined || find(manifests, "Service", meant, service) === undefined
          ? []
          : [
              {
                object,
                path,
                message: `names ${host}, and there is no such namespace`,
                fix: host.replace(`.${namespace}`, `.${meant}`),
              },
            ];
      }),
    ];
  },
};

/** Namespaces that the selectors of an object name. */
function namedIn(object: Manifest): string[] {
  const peers = ["ingress", "egress"].flatMap((key) =>
    list(at(object, "spec", key)).flatMap((rule) => [...list(rule["from"]), ...list(rule["to"])]),
  );
  return [...peers, ...list(object["webhooks"])].flatMap(({ namespaceSelector }) => {
    const { matchLabels, matchExpressions } = fields(namespaceSelector);
    const values = list(matchExpressions)
      .filter(({ key }) => key === nameLabel)
      .flatMap((expression) => (Array.isArray(expression["values"]) ? (expression["values"] as unknown[]) : []));
    return [fields(matchLabels)[nameLabel], ...values].filter((name) => typeof name === "string");
  });
}

const customKinds: Rule = {
  name: "custom-kind-defined",
  description: "An object of a custom kind has a kind that the definitions of its group know.",
  why: "The API server does not know the object and refuses it.",
  source: "https://kubernetes.io/docs/concepts/extend-kubernetes/api-extension/custom-resources/",
  severity: "error",
  example: {
    wrong: "apiVersion: opentelemetry.io/v1alpha1\nkind: Instrumentaton",
    right: "apiVersion: opentelemetry.io/v1alpha1\nkind: Instrumentation",
  },
  check: (manifests) => {
    const kinds = Map.groupBy(ofKind(manifests, "CustomResourceDefinition"), (object) =>
      textual(at(object, "spec", "group")),
    );
    const ours = {
      "opentelemetry.io": ["Instrumentation", "OpenTelemetryCollector", "OpAMPBridge", "TargetAllocator"],
    };
    return manifests.flatMap((object) => {
      if (isNative(object)) return [];
      const [group = ""] = object.apiVersion.split("/");
      const defined = (kinds.get(group) ?? []).map((one) => textual(at(one, "spec", "names", "kind")));
      const known = Object.hasOwn(ours, group) ? ((ours as Fields)[group] as string[]) : [];
      if (defined.includes(object.kind)) return [];
      const meant = slip(object.kind, defined) ?? slip(object.kind, known);
      const message = `is ${object.kind}, which ${group} does not have`;
      return meant === undefined ? [] : [{ object, path: "kind", message, fix: `kind: ${meant}` }];
    });
  },
};

/** Rules for words that nobody checks. */
export const spellingRules: readonly Rule[] = [wordsSpelt, namespaceDefined, customKinds];
