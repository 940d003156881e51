import type { Accepted } from "./finding.ts";

const examples = ["Deployment frontend", "Deployment quotes"];
const roles = ["Deployment jaeger-query", "Deployment jaeger-collector", "Deployment jaeger-ingester"];
const collectors = ["DaemonSet otel-agent", "StatefulSet otel-gateway"];
const programs = [...collectors, "StatefulSet jaeger", ...roles];
const jobs = ["CronJob jaeger-retention", "CronJob jaeger-dependencies"];
const ours = [...programs, "Deployment jaeger-login", ...jobs, "Deployment otel-operator"];
const withLogin = ["StatefulSet otel-gateway", "StatefulSet jaeger", ...roles, "Deployment jaeger-login", ...jobs];
/** One Service for each gateway, so that all spans of a trace go to the same. */
const ofOnePod = [0, 1, 2, 3, 4].map((pod) => `Service otel-gateway-${pod}`);

/** All that outside judges find wrong with our manifests and that stays so. An entry that is found no more fails the test. */
export const accepted: readonly Accepted[] = [
  {
    rules: ["monokle KBP003", "checkov CKV_K8S_11"],
    objects: ours,
    reason:
      "A limit of CPU throttles a pod while the node has time to spare, so spans wait or are refused. What a pod may take from others is bounded by the others' requests.",
  },
  {
    rules: ["kube-score container-image-pull-policy", "checkov CKV_K8S_15"],
    objects: [...ours, ...examples],
    reason: "Tags are versions, which do not move. With Always no pod could start again while the registry is away.",
  },
  {
    rules: ["checkov CKV_K8S_43"],
    objects: [...ours, ...examples],
    reason: "Digests are not pinned yet: they can't be looked up where only package registries are reached.",
  },
  {
    rules: ["kube-score container-ephemeral-storage-request-and-limit"],
    objects: [...ours, ...examples],
    reason:
      "Root file systems are read-only, each emptyDir has a size limit of its own, and the kubelet rotates logs: a limit would evict pods for what they log. A node whose kubelet does not measure such space (localStorageCapacityIsolation: false, as in rootless clusters) takes no pod that requests it.",
  },
  {
    rules: ["kube-score pod-probes-identical"],
    objects: [...programs, ...examples],
    reason:
      "The Collector and Jaeger have one health check. Readiness asks twice as often; liveness gives a pod a minute.",
  },
  {
    rules: ["checkov CKV_K8S_38"],
    objects: ["DaemonSet otel-agent", "Deployment otel-operator"],
    reason:
      "These two ask the API server; test/e2e/permissions.test.ts shows what fails without. No other pod has a token.",
  },
  {
    rules: ["monokle KBP112", "checkov CKV_K8S_35"],
    objects: withLogin,
    reason:
      "The programs read credentials as variables, from Secrets. As files they could not be told apart from plain text in the configuration, which is validated before anything is applied.",
  },
  {
    rules: ["monokle KBP111"],
    objects: ["Deployment jaeger-login"],
    reason: "Variables whose names say secret or cookie; their values come from a Secret.",
  },
  {
    rules: ["monokle LNK001"],
    objects: withLogin,
    reason: "These Secrets are the user's own. Whether the cluster has them is looked at before anything is applied.",
  },
  {
    rules: ["monokle LNK001", "kube-score service-targets-pod"],
    objects: ofOnePod,
    reason:
      "They select a pod of the StatefulSet by the label with its name, which the API server's controller sets and no manifest has.",
  },
  {
    rules: ["kube-score deployment-has-host-podantiaffinity"],
    objects: [...roles, "Deployment otel-operator"],
    reason: "Topology spread constraints over zones and nodes do the same and still let pods start on a single node.",
  },
  {
    rules: ["kube-score statefulset-has-host-podantiaffinity"],
    objects: ["StatefulSet otel-gateway"],
    reason: "Topology spread constraints over zones and nodes do the same and still let pods start on a single node.",
  },
  {
    rules: ["kube-score statefulset-has-servicename"],
    objects: ["StatefulSet jaeger"],
    reason:
      "It wants a headless Service, which gives each pod a name of its own; nobody calls Jaeger's one pod by name.",
  },
  {
    rules: ["kube-score deployment-targeted-by-hpa-does-not-have-replicas-configured"],
    objects: ["Deployment jaeger-collector"],
    reason:
      "The number is for the first start only: later ones are ignored (ignoreChanges). Without it, turning the autoscaler on would first drop to a single pod.",
  },
  {
    rules: ["kube-score deployment-replicas"],
    objects: [...examples, "Deployment jaeger-login"],
    reason:
      "No trace passes through the login, and the new pod answers before the old one goes. The examples are examples.",
  },
  {
    rules: ["kube-score pod-networkpolicy"],
    objects: examples,
    reason:
      "Who may talk to a user's workload is the user's to say; the examples show opting in and nothing beside it.",
  },
  {
    rules: ["checkov CKV2_K8S_6"],
    objects: ["Pod frontend", "Pod quotes"],
    reason:
      "Who may talk to a user's workload is the user's to say; the examples show opting in and nothing beside it.",
  },
  {
    rules: ["monokle PSS203"],
    objects: examples,
    reason:
      "It looks at containers only; runAsNonRoot stands at their pods. The API server takes them under restricted.",
  },
  {
    rules: ["monokle KBP102", "kube-score container-security-context-readonlyrootfilesystem", "checkov CKV_K8S_22"],
    objects: ["Deployment quotes"],
    reason:
      "The init container that copies the agent is the operator's to the letter, and ends before the program starts.",
  },
  {
    rules: ["monokle MTD-recommended-labels"],
    objects: "every",
    reason:
      "It wants app.kubernetes.io/managed, which is no label of Kubernetes (that is managed-by), and a version on objects that outlive versions.",
  },
];
