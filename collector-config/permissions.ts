import { type Fields, fields, items } from "../common/objects.ts";
import { type CollectorConfig, typeOf } from "./types.ts";

/** A rule of a ClusterRole. @see https://kubernetes.io/docs/reference/access-authn-authz/rbac/ */
export interface Permission {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  /** The only objects that are meant. Default: - all. */
  readonly resourceNames?: readonly string[];
  readonly verbs: readonly string[];
}

/** How components follow objects: through a cache, which lists once and then watches. It never asks for a single one, so it needs no `get`. */
const cached = ["list", "watch"] as const;

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
      needed.push({ apiGroups: ["discovery.k8s.io"], resources: ["endpointslices"], verbs: cached });
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
    { apiGroups: [""], resources: core, verbs: cached },
    ...(owners.length > 0 ? [{ apiGroups: ["apps"], resources: owners, verbs: cached }] : []),
    ...(jobs.length > 0 ? [{ apiGroups: ["batch"], resources: jobs, verbs: cached }] : []),
  ];
}

/** Its own node, or what names the cluster; each object by its name. */
function detection(settings: Fields): Permission[] {
  const detectors = items(settings["detectors"]).map(String);
  const attributes = (detector: string) => fields(fields(settings[detector])["resource_attributes"]);
  const wanted = (detector: string, attribute: string) =>
    detectors.includes(detector) && fields(attributes(detector)[attribute])["enabled"] !== false;
  const nodes = detectors.some((name) => ["k8snode", "k8s_api", "eks"].includes(name));
  const cluster = ["k8snode", "k8s_api", "kubeadm"].some((name) => wanted(name, "k8s.cluster.uid"));
  const get = (resource: string, resourceNames?: readonly string[]): Permission => ({
    apiGroups: [""],
    resources: [resource],
    ...(resourceNames && { resourceNames }),
    verbs: ["get"],
  });
  return [
    ...(nodes ? [get("nodes")] : []),
    ...(cluster ? [get("namespaces", ["kube-system"])] : []),
    ...(wanted("kubeadm", "k8s.cluster.name") ? [get("configmaps", ["kubeadm-config"])] : []),
  ];
}

function sameRule(a: Permission, b: Permission): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
