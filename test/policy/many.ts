import type { Manifest } from "../../policy/types.ts";
import { golden } from "./goldens.ts";

/** The manifests of production again and again, each time in namespaces of their own, until there are so many. */
export function many(count: number): Manifest[] {
  const text = JSON.stringify(golden("production"));
  const made: Manifest[] = [];
  for (let copy = 0; made.length < count; copy++) {
    const names = text.replaceAll("observability", `observability-${copy}`).replaceAll('"demo"', `"demo-${copy}"`);
    // The configurations name their namespace, so their hashes change; a checksum in the pod is as good.
    made.push(...(JSON.parse(names) as Manifest[]));
  }
  return made.slice(0, count);
}

/** So many workloads of one namespace, each with Service, account and NetworkPolicy, as a large release has them. */
export function crowd(workloads: number): Manifest[] {
  const kinds = ["Deployment", "Service", "NetworkPolicy", "ServiceAccount", "ConfigMap"];
  const wanted = golden("production").filter(
    ({ kind, metadata }) =>
      (kinds.includes(kind) || kind === "StatefulSet") && JSON.stringify(metadata).includes('"jaeger'),
  );
  return Array.from({ length: workloads }, (_, index) =>
    wanted.map((object) => JSON.parse(JSON.stringify(object).replaceAll("jaeger", `jaeger-${index}`)) as Manifest),
  ).flat();
}
