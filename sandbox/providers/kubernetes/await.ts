import { setTimeout as sleep } from "node:timers/promises";
import { type Cluster, listObjects, type Operation, readObject } from "./cluster.ts";
import { CanceledError, NotReadyError } from "./errors.ts";
import { explainFailure, podTrouble, type Trouble } from "./failures.ts";
import { annotation, describe, targetOf } from "./kinds.ts";
import { isAwaited, judge, type Readiness, type Related } from "./readiness.ts";
import { at, type Props } from "./values.ts";
import { judgeWaitFor, parseWaitFor, type WaitFor } from "./waitfor.ts";

/** How long the official provider waits when nothing else is said. */
const defaultTimeout = 10 * 60_000;

/** How often a wait asks the pods what keeps them, in ms: it is not to wait for the end of its time to say so. */
const troubleInterval = 3000;

/** After how long in ms it warns of what keeps the pods, since the status line is seen on a terminal only. */
const patience = 15_000;

/** The time allowed for an operation in ms: customTimeouts, else the annotation, else 10 minutes. */
export function timeoutOf(object: Props, operation: Pick<Operation, "timeout">): number {
  if (operation.timeout) return operation.timeout;
  const seconds = Number(annotation(object, "pulumi.com/timeoutSeconds"));
  return Number.isFinite(seconds) && seconds > 0 ? seconds * 1000 : defaultTimeout;
}

/**
 * Waits until an applied object is ready, as its kind or its annotations say.
 * @param object the live object as the server answered
 * @returns the live object at that time
 * @throws NotReadyError with the reasons when it fails, the time is over, or it disappears; CanceledError when the user cancels
 */
export async function awaitReady(cluster: Cluster, object: Props, operation: Operation): Promise<Props> {
  if (annotation(object, "pulumi.com/skipAwait") === "true") return object;
  const waitFor = annotation(object, "pulumi.com/waitFor");
  const conditions = waitFor === undefined ? [] : parseWaitFor(waitFor);
  if (conditions.length === 0 && !isAwaited(object)) return object;

  const canceled = `${describe(targetOf(object))} was applied, but not yet ready`;
  return tellingWhenCanceled(canceled, (told) => untilReady(cluster, object, conditions, operation, told));
}

async function untilReady(
  cluster: Cluster,
  object: Props,
  conditions: readonly WaitFor[],
  operation: Operation,
  told: (message: string) => void,
): Promise<Props> {
  const target = targetOf(object);
  const limit = timeoutOf(object, operation);
  const end = Date.now() + limit;
  let live: Props | undefined = object;
  const begun = Date.now();
  let trouble: Trouble | undefined;
  let asked = begun;
  const warned = new Set<string>();
  for (let pause = 150; ; pause = Math.min(pause * 1.5, 1500)) {
    const state = await readiness(cluster, live, conditions, operation.signal);
    if (state.state === "ready") {
      if (live !== object) operation.status("ready");
      return live;
    }
    told(state.message);
    if (state.state === "failed" || Date.now() >= end) {
      const when = state.state === "failed" ? "" : ` after ${Math.round(limit / 1000)} s`;
      throw new NotReadyError([
        `${describe(target)} is not ready${when}: ${state.message}`,
        ...(await explainFailure(cluster, live)),
      ]);
    }
    if (Date.now() - asked > troubleInterval) {
      asked = Date.now();
      trouble = await podTrouble(cluster, live, operation.signal);
      // A Service would only say again what the workload behind it says.
      if (trouble && live["kind"] !== "Service" && asked - begun > patience && !warned.has(trouble.reason)) {
        warned.add(trouble.reason);
        const waiting = `${describe(target)} is not ready yet, and is waited for until ${Math.round(limit / 1000)} s are over: ${state.message}`;
        operation.warn([waiting, ...(await explainFailure(cluster, live))].join("\n"));
      }
    }
    operation.status(`waiting: ${[state.message, trouble?.line].filter(Boolean).join("; ")}`);
    await pausing(Math.min(pause, Math.max(end - Date.now(), 0)), operation.signal);
    live = await readObject(cluster, target, operation.signal);
    if (!live) throw new NotReadyError([`${describe(target)} was deleted by somebody else while waiting for it`]);
  }
}

/** Judges an object once, with what its kind is judged by. */
export async function readiness(
  cluster: Cluster,
  live: Props,
  conditions: readonly WaitFor[],
  signal?: AbortSignal,
): Promise<Readiness> {
  if (conditions.length === 0) return judge(live, await related(cluster, live, signal));
  const open = conditions.map((one) => judgeWaitFor(live, one)).filter((one) => !one.ready);
  return open.length === 0
    ? { state: "ready" }
    : { state: "waiting", message: open.map((one) => one.message).join("; ") };
}

async function related(cluster: Cluster, live: Props, signal?: AbortSignal): Promise<Related> {
  const { name, namespace = "" } = targetOf(live);
  if (live["kind"] === "Service" && live["apiVersion"] === "v1") {
    const of = { apiVersion: "discovery.k8s.io/v1", kind: "EndpointSlice", namespace };
    return {
      endpointSlices: await listObjects(cluster, of, { labelSelector: `kubernetes.io/service-name=${name}` }, signal),
    };
  }
  if (live["kind"] === "PersistentVolumeClaim") {
    const className = at(live, ["spec", "storageClassName"]);
    const storageClass =
      typeof className === "string" && className
        ? await readObject(cluster, { apiVersion: "storage.k8s.io/v1", kind: "StorageClass", name: className }, signal)
        : undefined;
    return storageClass ? { storageClass } : {};
  }
  return {};
}

/** Sleeps, but not past a cancellation. */
export async function pausing(ms: number, signal: AbortSignal): Promise<void> {
  try {
    await sleep(ms, undefined, { signal });
  } catch {
    throw new CanceledError();
  }
}

/**
 * Does work of several requests and pauses; when the user cancels, in whichever of them, the error says how the object stands.
 * @param work is handed a function that takes what the work is waiting for
 */
export async function tellingWhenCanceled<T>(
  standing: string,
  work: (told: (message: string) => void) => Promise<T>,
): Promise<T> {
  let waitingFor = "";
  try {
    return await work((message) => {
      waitingFor = `: ${message}`;
    });
  } catch (error) {
    if (error instanceof CanceledError) throw new CanceledError(`canceled: ${standing}${waitingFor}`);
    throw error;
  }
}
