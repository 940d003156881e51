import { pausing, tellingWhenCanceled, timeoutOf } from "./await.ts";
import { type Cluster, type Operation, readObject } from "./cluster.ts";
import { pathOf } from "./discovery.ts";
import { ApiError, ProviderError } from "./errors.ts";
import { annotation, describe, type Target, targetOf } from "./kinds.ts";
import { at, isProps, type Props } from "./values.ts";

/**
 * Deletes an object and waits until it is gone; one that is gone already is fine.
 * Dependents go first, as with the official provider; the annotation pulumi.com/deletionPropagationPolicy changes that.
 * @param object the state or inputs, for identity and annotations
 * @throws ProviderError when it is still there when the time is over, naming what holds it
 */
export async function remove(cluster: Cluster, target: Target, object: Props, operation: Operation): Promise<void> {
  const kind = await cluster.discover(target.apiVersion, target.kind, operation.signal);
  // Its definition is gone, and with it every object of the kind.
  if (!kind) return;
  try {
    await cluster.send({
      method: "DELETE",
      path: pathOf(kind, target),
      body: { apiVersion: "v1", kind: "DeleteOptions", propagationPolicy: propagation(object) },
      signal: operation.signal,
    });
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return;
    // A namespace that is being deleted answers a second delete so.
    if (!(error instanceof ApiError && error.status === 409)) throw error;
  }
  if (annotation(object, "pulumi.com/skipAwait") === "true") return;
  await awaitGone(cluster, target, timeoutOf(object, operation), operation);
}

/** Waits until an object is gone, or another one stands in its place. */
export async function awaitGone(cluster: Cluster, target: Target, limit: number, operation: Operation): Promise<void> {
  const canceled = `${describe(target)} is being deleted`;
  return tellingWhenCanceled(canceled, (told) => untilGone(cluster, target, limit, operation, told));
}

async function untilGone(
  cluster: Cluster,
  target: Target,
  limit: number,
  operation: Operation,
  told: (message: string) => void,
): Promise<void> {
  const end = Date.now() + limit;
  let uid: unknown;
  for (let pause = 100; ; pause = Math.min(pause * 1.5, 1500)) {
    const live = await readObject(cluster, target, operation.signal);
    uid ??= at(live, ["metadata", "uid"]);
    if (!live || at(live, ["metadata", "uid"]) !== uid) {
      operation.status("deleted");
      return;
    }
    const why = holdup(live);
    if (Date.now() >= end)
      throw new ProviderError(`${describe(targetOf(live))} is still there after ${Math.round(limit / 1000)} s: ${why}`);
    told(why);
    operation.status(`waiting for deletion: ${why}`);
    await pausing(Math.min(pause, Math.max(end - Date.now(), 0)), operation.signal);
  }
}

/** What keeps an object that is being deleted. */
export function holdup(live: Props): string {
  if (at(live, ["metadata", "deletionTimestamp"]) === undefined) return "it is not being deleted";
  const conditions = at(live, ["status", "conditions"]);
  if (live["kind"] === "Namespace" && Array.isArray(conditions)) {
    const told = conditions.filter(
      (one) => isProps(one) && one["status"] === "True" && /Remaining|Failure/.test(String(one["type"])),
    );
    if (told.length > 0) return told.map((one) => String(at(one, ["message"]))).join("; ");
  }
  const finalizers = at(live, ["metadata", "finalizers"]);
  if (!Array.isArray(finalizers) || finalizers.length === 0) return "it is ending";
  if (finalizers.length === 1 && finalizers[0] === "foregroundDeletion") return "its dependents are being deleted";
  return `its finalizers ${finalizers.map(String).join(", ")} are not done`;
}

function propagation(object: Props): string {
  const policy = annotation(object, "pulumi.com/deletionPropagationPolicy")?.toLowerCase();
  return policy === "orphan" ? "Orphan" : policy === "background" ? "Background" : "Foreground";
}
