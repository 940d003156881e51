import type { Mutant } from "./mutants.ts";

const labels = /(^|\.)metadata\.(labels|annotations)(\.|$)/;

/** Values that Kubernetes takes where nothing is written. */
const defaults: readonly [place: RegExp, value: unknown][] = [
  [/\.protocol$/, "TCP"],
  [/\.httpGet\.scheme$/, "HTTP"],
  [/\.httpGet\.path$/, "/"],
  [/^spec\.type$/, "ClusterIP"],
  [/^spec\.replicas$/, 1],
  [/\.terminationGracePeriodSeconds$/, 30],
  [/\.periodSeconds$/, 10],
  [/\.timeoutSeconds$/, 1],
  [/\.imagePullPolicy$/, "IfNotPresent"],
  [/^spec\.updateStrategy\.type$/, "RollingUpdate"],
  [/webhooks\.\*\.matchPolicy$/, "Equivalent"],
  [/webhooks\.\*\.reinvocationPolicy$/, "Never"],
  [/webhooks\.\*\.clientConfig\.service\.port$/, 443],
];

/** Mutants that change nothing of meaning: each class with its reason. */
export const meaningless: readonly { readonly reason: string; covers(mutant: Mutant): boolean }[] = [
  {
    reason: "labels or annotations of an object that no selector and no program looks at",
    covers: ({ place, kind }) =>
      labels.test(place) &&
      !place.startsWith("spec.template.metadata.labels.app.kubernetes.io/name") &&
      !place.startsWith("spec.template.metadata.labels.app.kubernetes.io/part-of") &&
      !(place === "spec.template.metadata.labels") &&
      !(kind === "Namespace" && /pod-security/.test(place)) &&
      !(kind === "CustomResourceDefinition" && place.startsWith("metadata.annotations")),
  },
  {
    reason: "versions and warnings beside the level that a namespace enforces",
    covers: ({ place }) => /pod-security\.kubernetes\.io\/(warn|.*-version)/.test(place),
  },
  {
    reason: "a value that Kubernetes takes anyway where none is written",
    covers: ({ place, way, before }) =>
      way === "removed" && defaults.some(([pattern, value]) => pattern.test(place) && value === before),
  },
  {
    reason: "the default strategy or policy types, which are those that were written",
    covers: ({ place, way, kind, object }) =>
      way === "removed" &&
      ((kind === "StatefulSet" && place === "spec.updateStrategy") ||
        (kind === "NetworkPolicy" && place === "spec.policyTypes" && "egress" in (object["spec"] as object))),
  },
  {
    reason: "a targetPort with the name of the port of the same number",
    covers: ({ place, way }) => way === "removed" && place === "spec.ports.*.targetPort",
  },
  {
    reason: "the name of a Service's port, which nobody refers to",
    covers: ({ place, kind, way }) => kind === "Service" && place === "spec.ports.*.name" && way === "changed",
  },
  {
    reason: "appProtocol of an HTTP port, which meshes detect by themselves",
    covers: ({ place, way, before }) => way === "removed" && place === "spec.ports.*.appProtocol" && before !== "grpc",
  },
  {
    reason: "a security setting that the pod has, where all of its containers have their own, or that both have",
    covers: ({ place, way, object }) => {
      const key = /securityContext\.(runAsNonRoot|runAsUser|runAsGroup)$/.exec(place)?.[1];
      const ofPod = !/ontainers\.\*\./.test(place);
      return key !== undefined && (way === "removed" || ofPod) && isSetElsewhere(object, place, key);
    },
  },
  {
    reason: "the number of a user or group without rights, of which any does",
    covers: ({ place, way, after }) =>
      way === "changed" && after !== 0 && /securityContext\.(runAsUser|runAsGroup|fsGroup)$/.test(place),
  },
  {
    reason: "whether a volume of a ConfigMap or Secret is mounted read-only, which it always is",
    covers: ({ place }) => place.endsWith(".volumeMounts.*.readOnly"),
  },
  {
    reason: "a number that is tuned: times and tries of probes, amounts and sizes, all of which work",
    covers: ({ place, before, after, way }) =>
      (/Probe\.(periodSeconds|timeoutSeconds|failureThreshold|initialDelaySeconds)$/.test(place) &&
        after !== 0 &&
        // Without it a program has 3 tries to start instead of 60.
        !(way === "removed" && place.endsWith("startupProbe.failureThreshold"))) ||
      (way === "changed" &&
        ((/(\.(requests|limits)\.(cpu|memory|storage)|sizeLimit)$/.test(place) && isNear(before, after)) ||
          (/(maxSkew|stabilizationWindowSeconds)$/.test(place) && after !== 0) ||
          (place.endsWith(".terminationGracePeriodSeconds") && Number(after) > Number(before)))),
  },
  {
    reason: "a number that is tuned in a variable, which has a default that works too",
    covers: ({ place, way, before, after, object }) => {
      const name = variableAt(object, place, way, before);
      return (
        (name === "GOGC" || name === "OTEL_BSP_SCHEDULE_DELAY") &&
        (way === "removed" ? !place.endsWith(".name") && !place.endsWith(".value") : /^[1-9]\d*$/.test(String(after)))
      );
    },
  },
  {
    reason: "a variable that says what SDKs do by default",
    covers: ({ way, before }) => {
      const { name, value } = Object(before) as { name?: string; value?: string };
      return (
        way === "removed" &&
        ((name === "OTEL_PROPAGATORS" && value === "tracecontext,baggage") ||
          (name === "OTEL_TRACES_SAMPLER" && value === "parentbased_always_on"))
      );
    },
  },
  {
    reason: "a variable with an address that nothing in the container refers to",
    covers: ({ way, before, object }) => {
      const { name } = Object(before) as { name?: string };
      return (
        way === "removed" &&
        (name === "OTEL_NODE_IP" || name === "OTEL_POD_IP") &&
        !JSON.stringify(object).includes(`$(${name})`)
      );
    },
  },
  {
    reason: "the path that a Collector's health check is asked for, which answers on all",
    covers: ({ place, way, before, object }) =>
      way === "changed" &&
      before === "/" &&
      /Probe\.httpGet\.path$/.test(place) &&
      containersOf(object).every(({ image }) => /\/opentelemetry-collector/.test(String(image))),
  },
  {
    reason: "the ports of a Service without address, behind whose name the pods answer themselves",
    covers: ({ place, way, kind, object }) =>
      kind === "Service" &&
      way === "removed" &&
      /^spec\.ports(\.\*)?$/.test(place) &&
      (object["spec"] as { clusterIP?: string }).clusterIP === "None",
  },
  {
    reason: "the name of the only container, which no other object names",
    covers: ({ place, way, before, object, manifests }) =>
      way === "changed" &&
      place === "spec.template.spec.containers.*.name" &&
      containersOf(object).length === 1 &&
      !JSON.stringify(manifests).includes(`"containerName":"${before}"`) &&
      !JSON.stringify(manifests).includes(`"container":"${before}"`),
  },
  {
    reason: "a pod's word on tokens where its account says the same",
    covers: ({ place, way, before, object, manifests }) =>
      place === "spec.template.spec.automountServiceAccountToken" &&
      way === "removed" &&
      manifests.some(
        ({ kind, metadata, automountServiceAccountToken }) =>
          kind === "ServiceAccount" &&
          metadata.namespace === object.metadata.namespace &&
          metadata.name === podSpec(object)["serviceAccountName"] &&
          automountServiceAccountToken === before,
      ),
  },
  {
    reason: "the scope of a webhook's rule whose resources are all in namespaces",
    covers: ({ place, way, before }) =>
      place === "webhooks.*.rules.*.scope" && way === "removed" && before === "Namespaced",
  },
  {
    reason: "one pod more during an update of up to four, which is the default of a quarter",
    covers: ({ place, way, before, object }) =>
      place === "spec.strategy.rollingUpdate.maxSurge" &&
      way === "removed" &&
      before === 1 &&
      Number((object["spec"] as { replicas?: number }).replicas ?? 1) <= 4,
  },
  {
    reason: "DNS of Jaeger with storage of its own, which looks up no name",
    covers: ({ place, way, object, before }) =>
      object.kind === "NetworkPolicy" &&
      object.metadata.name === "jaeger" &&
      way === "removed" &&
      /^spec\.egress(\.\*)?$/.test(place) &&
      !/"port":(?!53\b)|"port":"/.test(JSON.stringify(before)),
  },
  {
    reason: "the operating system of the node, where all nodes run Linux",
    covers: ({ place, way }) => way === "removed" && /\.nodeSelector(\.kubernetes\.io\/os)?$/.test(place),
  },
  {
    reason: "immutable, on a ConfigMap or Secret whose name changes with its content",
    covers: ({ place }) => place === "immutable",
  },
  {
    reason: "how Kubernetes goes about the ownership of a volume, not what comes of it",
    covers: ({ place, way }) => way === "removed" && /fsGroupChangePolicy$|podManagementPolicy$/.test(place),
  },
  {
    reason: "one of two ports of the API server, of which each cluster has one",
    covers: ({ place, before }) =>
      (place === "spec.egress.*.ports.*" && [443, 6443].includes((before as { port?: number }).port ?? 0)) ||
      (place === "spec.egress.*.ports.*.port" && [443, 6443].includes(Number(before))),
  },
  {
    reason: "the name of an object that nobody refers to by name",
    covers: ({ place, kind }) =>
      place === "metadata.name" &&
      /^(NetworkPolicy|PodDisruptionBudget|.*Binding|StatefulSet|Deployment|DaemonSet|.*WebhookConfiguration)$/.test(
        kind,
      ),
  },
  {
    reason: "the value of a key of a Secret, which is masked in what is judged",
    covers: ({ place, kind, way }) => kind === "Secret" && /^(data|stringData)\./.test(place) && way === "changed",
  },
  {
    reason: "a default for tokens that every pod of the account sets itself",
    covers: ({ place, kind }) => kind === "ServiceAccount" && place === "automountServiceAccountToken",
  },
  {
    reason: "resources of an agent in an Instrumentation, whose others are as good",
    covers: ({ place, kind }) => kind === "Instrumentation" && /\.resource(s|Requirements)(\.|$)/.test(place),
  },
  {
    reason: "what kubectl prints in columns",
    covers: ({ place }) => place.includes("additionalPrinterColumns") || place.includes("shortNames"),
  },
  {
    reason: "one of two labels of a selector, which finds the same pods by the other",
    covers: ({ place, way }) =>
      way === "removed" && /(selector|matchLabels|podSelector)\.app\.kubernetes\.io\/part-of$/.test(place),
  },
];

type Spec = Record<string, unknown>;

function podSpec(object: Mutant["object"]): Spec {
  const { template } = Object(object["spec"]) as { template?: { spec?: Spec } };
  return template?.spec ?? {};
}

function containersOf(object: Mutant["object"]): readonly Spec[] {
  const { containers, initContainers } = podSpec(object) as Record<string, Spec[] | undefined>;
  return [...(containers ?? []), ...(initContainers ?? [])];
}

/** Whether a pod says it of all of its containers, or each of them of itself. */
function isSetElsewhere(object: Mutant["object"], place: string, key: string): boolean {
  const has = (part: Spec) => Object.hasOwn(Object(part["securityContext"]) as object, key);
  return /ontainers\.\*\./.test(place) ? has(podSpec(object)) : containersOf(object).every(has);
}

/** Whether an amount is between half of another and twice as much, in the same unit or a like one. */
function isNear(before: unknown, after: unknown): boolean {
  const [from, to] = [before, after].map((amount) => /^(\d+)(m|[KMGT]i?)?$/.exec(String(amount)));
  if (!from || !to || (from[2] ?? "").charAt(0) !== (to[2] ?? "").charAt(0)) return false;
  const share = Number(to[1]) / Number(from[1]);
  return share >= 0.5 && share <= 2;
}

/** The name of the variable that a mutant removed, or changed the value of. */
function variableAt(object: Mutant["object"], place: string, way: string, before: unknown): string | undefined {
  if (/\.?env\.\*$/.test(place)) return (Object(before) as { name?: string }).name;
  if (way !== "changed" || !/\.?env\.\*\.value$/.test(place)) return undefined;
  const all = containersOf(object).flatMap(({ env }) => (env ?? []) as { name: string; value?: string }[]);
  const own = ((Object(object["spec"]) as Spec)["env"] ?? []) as { name: string; value?: string }[];
  const same = [...all, ...own].filter(({ value }) => value === before);
  // A value that two variables share tells not which.
  return new Set(same.map(({ name }) => name)).size === 1 ? same[0]?.name : undefined;
}
