import { checkMayAdopt, fieldManager } from "./adopt.ts";
import { apply } from "./apply.ts";
import { awaitReady, readiness, timeoutOf } from "./await.ts";
import { type Cluster, type Operation, readObject } from "./cluster.ts";
import { NotReadyError } from "./errors.ts";
import { annotation, type Target, targetOf } from "./kinds.ts";
import { awaitGone } from "./remove.ts";
import { at, type Path, type Props, type Value, withValue } from "./values.ts";
import { parseWaitFor } from "./waitfor.ts";

/** An object as it stands on the cluster after an operation, and why it is not ready if it is not. */
export interface Applied {
  readonly live: Props;
  readonly notReady?: Error;
}

/** Creates an object, or picks up the one that an interrupted run of this resource made, and waits until it is ready. */
export async function create(cluster: Cluster, object: Props, manager: string, operation: Operation): Promise<Applied> {
  const target = targetOf(object);
  const live = await readObject(cluster, target, operation.signal);
  if (live && at(live, ["metadata", "deletionTimestamp"]) !== undefined) {
    await awaitGone(cluster, target, timeoutOf(object, operation), operation);
  } else if (live) checkMayAdopt(live, object, manager, cluster.settings);
  return ready(cluster, await apply(cluster, object, manager, operation), operation);
}

/**
 * Updates an object in place and waits until it is ready.
 * @param ignored places that the program leaves alone: what the cluster has there stays, also when somebody changed it
 */
export async function update(
  cluster: Cluster,
  object: Props,
  manager: string,
  ignored: readonly Path[],
  operation: Operation,
): Promise<Applied> {
  const live = ignored.length > 0 ? await readObject(cluster, targetOf(object), operation.signal) : undefined;
  return ready(cluster, await apply(cluster, keepIgnored(object, live, ignored), manager, operation), operation);
}

/** The object with the live values at the ignored places. */
export function keepIgnored(object: Props, live: Props | undefined, ignored: readonly Path[]): Props {
  return ignored.reduce<Props>((result, path) => {
    const value: Value | undefined = at(live, path);
    return value === undefined || at(result, path) === undefined ? result : (withValue(result, path, value) as Props);
  }, object);
}

async function ready(cluster: Cluster, applied: Props, operation: Operation): Promise<Applied> {
  try {
    return { live: await awaitReady(cluster, applied, operation) };
  } catch (error) {
    // The object exists: whatever went wrong, losing it from the state would leave it behind.
    const live = await readObject(cluster, targetOf(applied)).catch(() => undefined);
    return { live: live ?? applied, notReady: error as Error };
  }
}

/** Reads an object for a refresh or an import; undefined when it is gone. */
export async function read(cluster: Cluster, target: Target, operation: Operation): Promise<Applied | undefined> {
  const live = await readObject(cluster, target, operation.signal);
  if (!live) return undefined;
  if (annotation(live, "pulumi.com/skipAwait") === "true") return { live };
  const waitFor = annotation(live, "pulumi.com/waitFor");
  const state = await readiness(cluster, live, waitFor === undefined ? [] : parseWaitFor(waitFor), operation.signal);
  if (state.state === "ready") return { live };
  return { live, notReady: new NotReadyError([`${target.kind} ${target.name} is not ready: ${state.message}`]) };
}

/** The field manager in the state, else the one of the URN. */
export function managerOf(state: Props, urn: string): string {
  const kept = state["__fieldManager"];
  return typeof kept === "string" && kept ? kept : fieldManager(urn);
}
