import type { Permission } from "../../collector-config/permissions.ts";

/** How the program reads: through a cache, which lists once and then watches. It never asks for a single object, so it needs no `get`. */
const cached = ["list", "watch"] as const;

/**
 * What the operator asks of the API server as a mere webhook, and nothing else. It writes an Event only about a language that is turned off,
 * and none is here: of other refusals its log tells.
 * @param readSecrets Whether Instrumentations may name Secrets and ConfigMaps for TLS.
 * @see https://github.com/open-telemetry/opentelemetry-operator/tree/main/internal/instrumentation
 */
export function operatorPermissions(readSecrets: boolean): Permission[] {
  return [
    // The Namespace's annotations count where the pod has none.
    { apiGroups: [""], resources: ["namespaces"], verbs: cached },
    // What the annotations refer to.
    { apiGroups: ["opentelemetry.io"], resources: ["instrumentations"], verbs: cached },
    // The Deployment of a pod, which names the service, is known to its ReplicaSet only.
    { apiGroups: ["apps"], resources: ["replicasets"], verbs: cached },
    // Likewise the CronJob, by its Job.
    { apiGroups: ["batch"], resources: ["jobs"], verbs: cached },
    // Whether those that `exporter.tls` names are there: without them the pod could not start.
    ...(readSecrets ? [{ apiGroups: [""], resources: ["secrets", "configmaps"], verbs: cached }] : []),
  ];
}
