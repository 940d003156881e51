import type { PodSpec, Workload } from "../../../instrumentation/types.ts";

const name = "web";
const namespace = "shop";

/** A workload shop/web of any kind with a pod template, with these annotations and this spec of its pods. */
export function ofKind(kind: string, annotations: Readonly<Record<string, string>>, spec: PodSpec): Workload {
  const metadata = { name, namespace };
  const template = { metadata: { annotations }, spec };
  if (kind === "Pod") return { kind, metadata: { ...metadata, annotations }, spec };
  if (kind === "CronJob") return { kind, metadata, spec: { jobTemplate: { spec: { template } } } };
  return { kind, metadata, spec: { template } };
}
