import { fields } from "../common/objects.ts";
import { find, ofKind } from "./objects.ts";
import { once } from "./once.ts";
import { list, namespaceOf, type Pod } from "./pods.ts";
import type { Manifest } from "./types.ts";

/** What is granted to an account. */
export interface Granted {
  /** The roles that are among the manifests. */
  readonly known: readonly Manifest[];
  /** Whether there are others too. */
  readonly hidden: boolean;
}

/** The account of a pod, as `namespace/name`. */
export function accountOf({ namespace, spec }: Pod): string {
  return `${namespace}/${spec["serviceAccountName"] ?? "default"}`;
}

/** What is granted to the account of a pod; undefined where no binding names it. */
export function grantedTo(pod: Pod, manifests: readonly Manifest[]): Granted | undefined {
  return grants(manifests).get(accountOf(pod));
}

const grants = once((manifests): ReadonlyMap<string, Granted> => {
  const all = new Map<string, Granted>();
  for (const binding of ofKind(manifests, "RoleBinding", "ClusterRoleBinding")) {
    const { kind, name } = fields(binding["roleRef"]);
    const role = find(manifests, String(kind), kind === "Role" ? namespaceOf(binding) : "default", name);
    for (const subject of list(binding["subjects"])) {
      if (subject["kind"] !== "ServiceAccount") continue;
      const key = `${subject["namespace"] ?? namespaceOf(binding)}/${subject["name"]}`;
      const { known, hidden } = all.get(key) ?? { known: [], hidden: false };
      all.set(key, { known: role ? [...known, role] : known, hidden: hidden || role === undefined });
    }
  }
  return all;
});

/** Whether a ServiceAccount token is put into a pod. */
export function mountsToken({ spec, namespace }: Pod, manifests: readonly Manifest[]): boolean {
  const account = find(manifests, "ServiceAccount", namespace, spec["serviceAccountName"]);
  return (spec["automountServiceAccountToken"] ?? account?.["automountServiceAccountToken"] ?? true) === true;
}
