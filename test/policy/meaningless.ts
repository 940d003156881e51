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
      kind !== "CustomResourceDefinition",
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
    reason: "a security setting that the pod and the container both have",
    covers: ({ place }) => /securityContext\.(runAsNonRoot|runAsUser|runAsGroup)$/.test(place),
  },
  {
    reason: "whether a volume of a ConfigMap or Secret is mounted read-only, which it always is",
    covers: ({ place }) => place.endsWith(".volumeMounts.*.readOnly"),
  },
  {
    reason: "a number that is tuned: times and tries of probes, amounts and sizes, all of which work",
    covers: ({ place, after, way }) =>
      (/Probe\.(periodSeconds|timeoutSeconds|failureThreshold|initialDelaySeconds)$/.test(place) && after !== 0) ||
      (way === "changed" &&
        /(\.(requests|limits)\.(cpu|memory|storage)|sizeLimit|maxSkew|stabilizationWindowSeconds)$/.test(place) &&
        /^\d+(m|[KMGT]i)?$/.test(String(after)) &&
        !String(after).startsWith("0")),
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
