import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import { toYaml } from "../../collector-config/shared.ts";
import type { DerivedPart } from "../part.ts";
import { enclosure } from "./enclosure.ts";
import { configMap, labels, metadata, selector } from "./metadata.ts";
import { servicePorts } from "./network.ts";

/** What the workload of a part needs to know of the objects around it. */
export interface PartObjects {
  /** Name of the ConfigMap with the configuration. */
  readonly configMap: string;
  /** What must be there before its pods start. */
  readonly dependsOn: readonly pulumi.Resource[];
}

/**
 * Everything of a part but its workload: account and permissions, configuration, network policy, Services, disruption budget.
 * @param services The spec of each Service in front of it, without selector and ports, by name.
 */
export function partObjects(
  part: DerivedPart,
  namespace: string,
  services: Readonly<Record<string, Partial<k8s.types.input.core.v1.ServiceSpec>>>,
  parent: pulumi.Resource,
): PartObjects {
  const { name } = part;
  const child = { parent };
  const meta = metadata(name, namespace);
  const { account, policy } = enclosure(part, namespace, child);
  const config = configMap(name, namespace, toYaml(part.config), part.texts);
  const map = new k8s.core.v1.ConfigMap(`${name}-config`, config.args, child);
  const { serviceAnnotations = {} } = part;
  const annotations = Object.keys(serviceAnnotations).length > 0 ? { annotations: { ...serviceAnnotations } } : {};
  for (const [service, spec] of Object.entries(services)) {
    new k8s.core.v1.Service(
      service,
      {
        metadata: {
          ...metadata(name, namespace, service),
          ...annotations,
        },
        spec: { type: "ClusterIP", selector: selector(name), ports: servicePorts(part.offers), ...spec },
      },
      child,
    );
  }
  if (part.replicas > 1) {
    new k8s.policy.v1.PodDisruptionBudget(
      name,
      { metadata: meta, spec: { maxUnavailable: 1, selector: { matchLabels: selector(name) } } },
      child,
    );
  }
  return {
    configMap: config.objectName,
    dependsOn: [account, map, policy, ...granted(part, namespace, account, parent)],
  };
}

/** The right to ask the API server for what a part needs; nothing when it needs nothing. */
export function granted(
  { name, permissions }: Pick<DerivedPart, "name" | "permissions">,
  namespace: string,
  account: pulumi.Resource,
  parent: pulumi.Resource,
): pulumi.Resource[] {
  if (permissions.length === 0) return [];
  // Cluster-wide names carry the namespace, so that two installations do not share them.
  const meta = { name: `${name}.${namespace}`, labels: labels(name) };
  const rules = permissions.map(({ apiGroups, resources, resourceNames, verbs }) => ({
    apiGroups: [...apiGroups],
    resources: [...resources],
    ...(resourceNames && { resourceNames: [...resourceNames] }),
    verbs: [...verbs],
  }));
  const role = new k8s.rbac.v1.ClusterRole(name, { metadata: meta, rules }, { parent });
  return [
    new k8s.rbac.v1.ClusterRoleBinding(
      name,
      {
        metadata: meta,
        roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: meta.name },
        subjects: [{ kind: "ServiceAccount", name, namespace }],
      },
      { parent, dependsOn: [role, account] },
    ),
  ];
}
