import { at, type Path, type Props } from "./values.ts";

/** Settings of the provider that allow changes in place. */
export interface MutableKinds {
  readonly enableConfigMapMutable: boolean;
  readonly enableSecretMutable: boolean;
}

const volumeSources =
  "awsElasticBlockStore azureDisk azureFile cephfs cinder csi fc flexVolume flocker gcePersistentDisk glusterfs hostPath iscsi local nfs " +
  "photonPersistentDisk portworxVolume quobyte rbd scaleIO storageos vsphereVolume";
// What a server lets change in a running pod; everything else of its spec asks for a new pod.
const mutablePodFields = [["activeDeadlineSeconds"], ["tolerations"]];
const spec = (fields: string): Path[] => fields.split(" ").map((field) => ["spec", field]);

// Fields that make a new object necessary, by API group and kind. They follow the force-new list of the official provider, so that
// both plan the same replacements: https://www.pulumi.com/registry/packages/kubernetes/
const fields: Readonly<Record<string, readonly Path[]>> = {
  "apps/Deployment": spec("selector"),
  "apps/ReplicaSet": spec("selector"),
  "apps/DaemonSet": spec("selector"),
  "apps/StatefulSet": spec("podManagementPolicy revisionHistoryLimit selector serviceName volumeClaimTemplates"),
  "batch/Job": spec("completions parallelism selector template completionMode"),
  "/Service": spec("clusterIP"),
  "/PersistentVolume": spec(volumeSources),
  "/PersistentVolumeClaim": [["spec"]],
  "/ResourceQuota": spec("scopes"),
  "rbac.authorization.k8s.io/RoleBinding": [["roleRef"]],
  "rbac.authorization.k8s.io/ClusterRoleBinding": [["roleRef"]],
  "storage.k8s.io/StorageClass": [["parameters"], ["provisioner"], ["reclaimPolicy"], ["volumeBindingMode"]],
  "scheduling.k8s.io/PriorityClass": [["value"], ["preemptionPolicy"]],
  "node.k8s.io/RuntimeClass": [["handler"]],
  "apiextensions.k8s.io/CustomResourceDefinition": spec("group scope"),
};

/**
 * Whether a change at this place cannot be made in the existing object.
 * @param before the old inputs; their `immutable: true` freezes the data of ConfigMaps and Secrets
 */
export function needsReplacement(path: Path, before: Props, after: Props, mutable: MutableKinds): boolean {
  const [first, second] = path;
  if (first === "kind") return true;
  // Another version of the same group is the same object.
  if (first === "apiVersion") return groupOf(before) !== groupOf(after);
  if (first === "metadata")
    return second === undefined || second === "name" || second === "namespace" || second === "generateName";
  const kind = `${groupOf(before)}/${String(before["kind"])}`;
  if (kind === "/ConfigMap" || kind === "/Secret") return replacesData(path, kind, before, mutable);
  if (kind === "/Pod") return first === "spec" && !mutablePodFields.some((field) => covers(["spec", ...field], path));
  return (fields[kind] ?? []).some((field) => covers(field, path));
}

function replacesData(path: Path, kind: string, before: Props, mutable: MutableKinds): boolean {
  const frozen = at(before, ["immutable"]) === true;
  const inPlace = kind === "/Secret" ? mutable.enableSecretMutable : mutable.enableConfigMapMutable;
  const [first] = path;
  if (first === "immutable") return frozen;
  if (first === "type") return kind === "/Secret";
  return (first === "data" || first === "binaryData" || first === "stringData") && (frozen || !inPlace);
}

const covers = (field: Path, path: Path) => field.every((key, i) => path[i] === key);

function groupOf(object: Props): string {
  const version = String(object["apiVersion"] ?? "");
  return version.includes("/") ? version.slice(0, version.indexOf("/")) : "";
}
