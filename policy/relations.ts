import { fields, textual } from "../common/objects.ts";
import { at, find, matches, misspelt, objectsIn, ofKind, podsIn } from "./objects.ts";
import { isNative, list, namespaceOf, type Pod, podsOf } from "./pods.ts";
import type { Finding, Manifest, Rule } from "./types.ts";

const selectorHasPods: Rule = {
  name: "selector-finds-pods",
  description: "The selectors of PodDisruptionBudgets and NetworkPolicies find pods.",
  why: "What selects nothing protects nothing, and nobody notices.",
  source: "https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/",
  severity: "warning",
  example: { wrong: "selector: {matchLabels: {app: colector}}", right: "selector: {matchLabels: {app: collector}}" },
  check: (manifests) =>
    ofKind(manifests, "PodDisruptionBudget", "NetworkPolicy").flatMap((object) => {
      const key = object.kind === "NetworkPolicy" ? "podSelector" : "selector";
      const selector = at(object, "spec", key);
      const pods = podsIn(manifests, namespaceOf(object));
      // Pods that nobody sees are made by whoever reads custom resources.
      if (pods.length === 0 || pods.some(({ labels }) => matches(selector, labels)) || hasCustom(object, manifests)) {
        return [];
      }
      const message = `selects ${JSON.stringify(selector ?? {})}, which no pod has`;
      return [{ object, path: `spec.${key}`, message, fix: `${key}: {matchLabels: the labels of the pod template}` }];
    }),
};

/** Whether its namespace has an object of a kind that Kubernetes does not know by itself. */
function hasCustom(object: Manifest, manifests: readonly Manifest[]): boolean {
  return manifests.some((other) => namespaceOf(other) === namespaceOf(object) && !isNative(other));
}

const scalerTarget: Rule = {
  name: "autoscaler-target-exists",
  description: "An autoscaler scales a workload of the manifests, and finds there what it measures by.",
  why: "Without a target, or without requests to compare use with, it leaves the number of pods as it is.",
  source: "https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/",
  severity: "error",
  example: {
    wrong: "scaleTargetRef: {kind: Deployment, name: colector}",
    right: "scaleTargetRef: {kind: Deployment, name: collector}",
  },
  check: (manifests) =>
    ofKind(manifests, "HorizontalPodAutoscaler").flatMap((object): Finding[] => {
      const { kind, name } = fields(at(object, "spec", "scaleTargetRef"));
      const path = "spec.scaleTargetRef";
      const pod = podsIn(manifests, namespaceOf(object)).find(
        ({ owner }) => owner.kind === kind && owner.metadata.name === name,
      );
      if (pod) return unmeasured(object, pod);
      const others = ["Deployment", "StatefulSet", "ReplicaSet"].flatMap((other) =>
        objectsIn(manifests, other, namespaceOf(object)),
      );
      const same = others.find(({ metadata }) => metadata.name === name);
      const meant =
        same?.metadata.name ??
        misspelt(
          textual(name),
          others.map(({ metadata }) => metadata.name),
        );
      const target = others.find(({ metadata }) => metadata.name === meant);
      const message = `is ${kind} ${name}, which is not there`;
      return target ? [{ object, path, message, fix: `{kind: ${target.kind}, name: ${meant}}` }] : [];
    }),
};

function unmeasured(object: Manifest, pod: Pod): Finding[] {
  return list(at(object, "spec", "metrics")).flatMap((metric) => {
    const name = at(metric, "resource", "name");
    if (at(metric, "resource", "target", "type") !== "Utilization" || typeof name !== "string") return [];
    return list(pod.spec["containers"])
      .filter((container) => at(container, "resources", "requests", name) === undefined)
      .filter((container) => at(container, "resources", "limits", name) === undefined)
      .map((container) => ({
        object,
        path: "spec.metrics",
        message: `measures ${name}, for which container ${container["name"]} of ${pod.owner.metadata.name} has no request`,
        fix: `resources: {requests: {${name}: ...}}`,
      }));
  });
}

const statefulSetService: Rule = {
  name: "stateful-set-service",
  description: "The Service that a StatefulSet names exists and selects its pods.",
  why: "Without it the pods have no names of their own, which senders that balance by trace id ask for.",
  source: "https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/#stable-network-id",
  severity: "error",
  example: {
    wrong: "kind: StatefulSet\nspec: {serviceName: otel-gatway}",
    right: "kind: StatefulSet\nspec: {serviceName: otel-gateway}",
  },
  check: (manifests) =>
    podsOf(manifests)
      .filter(({ owner }) => owner.kind === "StatefulSet")
      .flatMap(({ owner, namespace, labels }) => {
        const name = at(owner, "spec", "serviceName");
        const selecting = objectsIn(manifests, "Service", namespace).filter((service) => {
          const selector = Object.entries(fields(at(service, "spec", "selector")));
          return selector.length > 0 && selector.every(([key, value]) => labels[key] === value);
        });
        const [first] = selecting;
        if (first === undefined || selecting.some(({ metadata }) => metadata.name === name)) return [];
        // A Service of that name that is not among the manifests may be in the cluster.
        const near = misspelt(
          textual(name),
          selecting.map(({ metadata }) => metadata.name),
        );
        if (name !== undefined && near === undefined && find(manifests, "Service", namespace, name) === undefined)
          return [];
        const message = `is ${name ?? "not set"}, and no Service of that name selects its pods`;
        return [
          { object: owner, path: "spec.serviceName", message, fix: `serviceName: ${near ?? first.metadata.name}` },
        ];
      }),
};

const backendExists: Rule = {
  name: "route-backend-exists",
  description: "The Service and port that an Ingress or HTTPRoute leads to are those of the manifests.",
  why: "Whoever opens the address gets an error 503.",
  source: "https://kubernetes.io/docs/concepts/services-networking/ingress/",
  severity: "error",
  example: {
    wrong: "backend: {service: {name: jaeger, port: {number: 16687}}}",
    right: "backend: {service: {name: jaeger, port: {number: 16686}}}",
  },
  check: (manifests) =>
    ofKind(manifests, "Ingress", "HTTPRoute", "GRPCRoute").flatMap((object) =>
      backends(object).flatMap(({ name, port, namespace }) => {
        const found = wrongService(manifests, namespace, name, port);
        return found ? [{ object, path: "spec", ...found }] : [];
      }),
    ),
};

interface Backend {
  readonly name: string;
  /** Its number or name. Default: - not known. */
  readonly port: unknown;
  readonly namespace: string;
}

function backends(object: Manifest): Backend[] {
  const namespace = namespaceOf(object);
  const ofService = (service: unknown): Backend[] => {
    const name = at(service, "name");
    const port = at(service, "port", "number") ?? at(service, "port", "name");
    return typeof name === "string" ? [{ name, port, namespace }] : [];
  };
  const rules = list(at(object, "spec", "rules"));
  if (object.kind === "Ingress") {
    const paths = rules.flatMap((rule) => list(at(rule, "http", "paths")));
    return [at(object, "spec", "defaultBackend"), ...paths.map(({ backend }) => backend)].flatMap((backend) =>
      ofService(at(backend, "service")),
    );
  }
  return rules
    .flatMap(({ backendRefs }) => list(backendRefs))
    .filter(({ kind = "Service" }) => kind === "Service")
    .map(({ name, port, namespace: other = namespace }) => ({ name: String(name), port, namespace: String(other) }));
}

/** What is wrong with a Service's name or port, as far as the manifests tell. */
function wrongService(
  manifests: readonly Manifest[],
  namespace: string,
  name: string,
  port: unknown,
): Pick<Finding, "message" | "fix"> | undefined {
  const service = find(manifests, "Service", namespace, name);
  if (service === undefined) {
    const meant = misspelt(
      name,
      objectsIn(manifests, "Service", namespace).map(({ metadata }) => metadata.name),
    );
    return meant === undefined
      ? undefined
      : { message: `leads to Service ${name}, and there is no such Service`, fix: `name: ${meant}` };
  }
  const offered = list(at(service, "spec", "ports"));
  if (port === undefined || offered.some((one) => one["port"] === port || one["name"] === port)) return undefined;
  return {
    message: `leads to port ${port} of Service ${name}, which offers ${offered.map((one) => one["port"]).join(", ")}`,
    fix: `port: one of them`,
  };
}

const webhookService: Rule = {
  name: "webhook-service-exists",
  description: "The Service and port that a webhook names are those of the manifests.",
  why: "The API server gets no answer: each request fails, or passes by what the webhook would have done.",
  source: "https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/",
  severity: "error",
  example: {
    wrong: "clientConfig: {service: {name: otel-operatr, namespace: observability, path: /mutate}}",
    right: "clientConfig: {service: {name: otel-operator, namespace: observability, path: /mutate}}",
  },
  check: (manifests) =>
    ofKind(manifests, "MutatingWebhookConfiguration", "ValidatingWebhookConfiguration").flatMap((object) =>
      list(object["webhooks"]).flatMap((webhook) => {
        const { name, namespace, port = 443 } = fields(at(webhook, "clientConfig", "service"));
        if (typeof name !== "string" || typeof namespace !== "string") return [];
        const found = wrongService(manifests, namespace, name, port);
        return found ? [{ object, path: `webhooks ${webhook["name"]}`, ...found }] : [];
      }),
    ),
};

const uniqueNames: Rule = {
  name: "service-name-unique",
  description: "No two workloads send spans under the same service name.",
  why: "Their spans, metrics and dependencies are shown as those of one service.",
  source: "https://opentelemetry.io/docs/specs/semconv/resource/#service",
  severity: "warning",
  example: {
    wrong: "env: [{name: OTEL_SERVICE_NAME, value: shop}] # in Deployment cart and in Deployment payment",
    right: "env: [{name: OTEL_SERVICE_NAME, value: cart}]",
  },
  check: (manifests) => {
    const named = podsOf(manifests).flatMap((pod) =>
      list(pod.spec["containers"]).flatMap(({ env }) => {
        const value = (variable: string) => list(env).findLast(({ name }) => name === variable)?.["value"];
        const name = value("OTEL_SERVICE_NAME");
        const space = /(?:^|,)service\.namespace=([^,]*)/.exec(textual(value("OTEL_RESOURCE_ATTRIBUTES")))?.[1];
        return typeof name === "string" && name !== "" ? [{ pod, key: `${space ?? pod.namespace}/${name}`, name }] : [];
      }),
    );
    const groups = Map.groupBy(named, ({ key }) => key);
    return named.flatMap(({ pod, key, name }) => {
      const [first] = groups.get(key) ?? [];
      if (first === undefined || first.pod.owner === pod.owner || sameProgram(first.pod, pod)) return [];
      const message = `has service name ${name}, as ${first.pod.owner.kind} ${first.pod.owner.metadata.name} has`;
      return [{ object: pod.owner, path: "OTEL_SERVICE_NAME", message, fix: "a name for each of them" }];
    });
  },
};

/** Two versions of one program beside each other, such as a canary, tell so by their labels. */
export function sameProgram(a: Pod, b: Pod): boolean {
  return ["app.kubernetes.io/name", "app"].some(
    (key) => a.labels[key] !== undefined && a.labels[key] === b.labels[key],
  );
}

export const relationRules: readonly Rule[] = [
  selectorHasPods,
  scalerTarget,
  statefulSetService,
  backendExists,
  webhookService,
  uniqueNames,
];
