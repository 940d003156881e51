import { type Fields, fields, items } from "../common/objects.ts";
import { type CollectorConfig, typeOf } from "./types.ts";

/** A rule of a ClusterRole. @see https://kubernetes.io/docs/reference/access-authn-authz/rbac/ */
export interface Permission {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
}

const watch = ["get", "list", "watch"] as const;

/**
 * What the enabled components ask of the Kubernetes API, and nothing else; empty when none does.
 * @see https://github.com/open-telemetry/opentelemetry-collector-contrib/blob/main/processor/k8sattributesprocessor/README.md#cluster-scoped-rbac
 */
export function permissions(config: CollectorConfig): Permission[] {
  const needed: Permission[] = [];
  for (const [id, processor] of Object.entries(config.processors ?? {})) {
    if (["k8s_attributes", "k8sattributes"].includes(typeOf(id))) needed.push(...enrichment(fields(processor)));
    if (["resource_detection", "resourcedetection"].includes(typeOf(id))) needed.push(...detection(fields(processor)));
  }
  for (const exporter of Object.values(config.exporters)) {
    if (fields(fields(exporter)["resolver"])["k8s"] !== undefined) {
      needed.push({ apiGroups: ["discovery.k8s.io"], resources: ["endpointslices"], verbs: watch });
    }
  }
  return needed.filter((one, index) => needed.findIndex((other) => sameRule(one, other)) === index);
}

/** Pods always; the owners and namespaces of pods only for what can't be read from the pod itself. */
function enrichment(settings: Fields): Permission[] {
  if (settings["auth_type"] === "none") return [];
  const extract = fields(settings["extract"]);
  const metadata = items(extract["metadata"]).map(String);
  const from = [...items(extract["labels"]), ...items(extract["annotations"])].map((rule) =>
    String(fields(rule)["from"]),
  );
  const lookedUp = extract["deployment_name_from_replicaset"] === false || from.includes("deployment");
  const core = [
    "pods",
    ...(from.includes("namespace") || metadata.includes("k8s.cluster.uid") ? ["namespaces"] : []),
    ...(from.includes("node") || metadata.includes("k8s.node.uid") ? ["nodes"] : []),
  ];
  const owners = [
    ...(lookedUp || metadata.includes("k8s.deployment.uid") ? ["replicasets"] : []),
    ...["deployment", "statefulset", "daemonset"].filter((kind) => from.includes(kind)).map((kind) => `${kind}s`),
  ];
  const jobs = [...(metadata.includes("k8s.cronjob.uid") || from.includes("job") ? ["jobs"] : [])];
  return [
    { apiGroups: [""], resources: core, verbs: watch },
    ...(owners.length > 0 ? [{ apiGroups: ["apps"], resources: owners, verbs: watch }] : []),
    ...(jobs.length > 0 ? [{ apiGroups: ["batch"], resources: jobs, verbs: watch }] : []),
  ];
}

function detection(settings: Fields): Permission[] {
  const detectors = items(settings["detectors"]).map(String);
  return detectors.some((name) => ["k8snode", "k8s_api", "eks", "kubeadm"].includes(name))
    ? [{ apiGroups: [""], resources: ["nodes"], verbs: ["get", "list"] }]
    : [];
}

function sameRule(a: Permission, b: Permission): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
