import { type Cluster, listObjects } from "./cluster.ts";
import { podSelector } from "./kinds.ts";
import { condition } from "./readiness.ts";
import { at, isProps, type Props, type Value } from "./values.ts";

const list = (value: Value | undefined): Props[] => (Array.isArray(value) ? value.filter(isProps) : []);
const text = (value: Value | undefined): string => (value === undefined || value === null ? "" : String(value));
const joined = (...parts: (string | undefined)[]) => parts.filter(Boolean).join(": ");

/** Why one container of a pod is not up, and whether its logs can say more. */
export interface ContainerProblem {
  readonly container: string;
  readonly reason: string;
  /** `previous`: only the run before the present one has something to say. */
  readonly logs: "none" | "current" | "previous";
}

/** What keeps a pod from being ready, by its own status: one entry per container, or one for the pod as a whole. */
export function podProblems(pod: Props): ContainerProblem[] {
  if (condition(pod, "Ready")?.["status"] === "True" || at(pod, ["status", "phase"]) === "Succeeded") return [];
  const problems = [
    ...list(at(pod, ["status", "initContainerStatuses"])),
    ...list(at(pod, ["status", "containerStatuses"])),
  ].flatMap(containerProblem);
  if (problems.length > 0) return problems;
  const scheduled = condition(pod, "PodScheduled");
  if (scheduled?.["status"] === "False") {
    return [{ container: "", reason: joined("FailedScheduling", text(scheduled["message"])), logs: "none" }];
  }
  const reason = joined(text(at(pod, ["status", "reason"])), text(at(pod, ["status", "message"])));
  return [
    {
      container: "",
      reason: reason || text(condition(pod, "Ready")?.["message"]) || `phase ${text(at(pod, ["status", "phase"]))}`,
      logs: "none",
    },
  ];
}

function containerProblem(status: Props): ContainerProblem[] {
  const container = text(status["name"]);
  const waiting = at(status, ["state", "waiting"]);
  const ended = at(status, ["state", "terminated"]);
  const before = at(status, ["lastState", "terminated"]);
  const exit = (state: Value | undefined) =>
    `exit code ${text(at(state, ["exitCode"]))}${at(state, ["signal"]) ? ` (signal ${text(at(state, ["signal"]))})` : ""}`;
  if (isProps(waiting)) {
    const reason = text(waiting["reason"]);
    // Of a pod that just starts there is nothing to tell.
    if ((reason === "ContainerCreating" || reason === "PodInitializing") && !before) return [];
    const last = before ? `last ${exit(before)}, ${text(at(before, ["reason"]))}` : undefined;
    return [{ container, reason: joined(reason, text(waiting["message"]), last), logs: before ? "previous" : "none" }];
  }
  if (isProps(ended)) {
    if (ended["exitCode"] === 0) return [];
    return [
      {
        container,
        reason: joined(text(ended["reason"]) || "terminated", exit(ended), text(ended["message"])),
        logs: "current",
      },
    ];
  }
  if (status["ready"] === false && at(status, ["state", "running"])) {
    const last = before ? `restarted ${text(status["restartCount"])} times, last ${exit(before)}` : undefined;
    return [{ container, reason: joined("running, but not ready", last), logs: "current" }];
  }
  return [];
}

/**
 * Explains why a workload, pod or service is not ready: pods and containers with their reasons, events and last log lines.
 * Best effort within 10 s, since the failure itself must be reported in any case.
 * @param logLines how many log lines per container. @default 5
 */
export async function explainFailure(cluster: Cluster, object: Props, logLines = 5): Promise<string[]> {
  const signal = AbortSignal.timeout(10_000);
  try {
    const namespace = text(at(object, ["metadata", "namespace"]));
    if (!namespace) return [];
    const own = await warningEvents(cluster, namespace, object, signal);
    const pods = await podsOf(cluster, namespace, object, signal);
    const lines: string[] = [];
    for (const pod of pods.filter((one) => podProblems(one).length > 0).slice(0, 3))
      lines.push(...(await explainPod(cluster, pod, logLines, signal)));
    const refused = condition(object, "ReplicaFailure");
    if (pods.length === 0 && refused) lines.push(joined(text(refused["reason"]), text(refused["message"])));
    return [...(object["kind"] === "Pod" ? [] : own), ...lines];
  } catch {
    return [];
  }
}

/** What keeps an object from being ready, as its pods tell it. */
export interface Trouble {
  /** In one line, the first pod's words. */
  readonly line: string;
  /** The first word of it, such as FailedScheduling: the same for all pods, however often they are made anew. */
  readonly reason: string;
}

/**
 * What its pods say now that keeps an object from being ready; undefined when they say nothing.
 * For what is shown during a wait, so a cluster that does not answer counts as nothing said.
 */
export async function podTrouble(cluster: Cluster, object: Props, signal: AbortSignal): Promise<Trouble | undefined> {
  try {
    const namespace = text(at(object, ["metadata", "namespace"]));
    if (!namespace || object["kind"] === "Pod") return undefined;
    const pods = await podsOf(cluster, namespace, object, signal);
    const found = pods.flatMap((pod) =>
      podProblems(pod)
        .filter(({ reason }) => !isStarting(reason))
        .map((problem) => ({ line: told(pod, problem), reason: problem.reason.split(":")[0] ?? "" })),
    );
    const [first, ...others] = found;
    return first && { ...first, line: `${first.line}${others.length > 0 ? ` (and ${others.length} more)` : ""}` };
  } catch {
    return undefined;
  }
}

const isStarting = (reason: string) =>
  reason === "running, but not ready" || reason.startsWith("containers with unready");

const told = (pod: Props, { container, reason }: ContainerProblem) =>
  `pod ${text(at(pod, ["metadata", "name"]))}${container ? `, container ${container}` : ""}: ${reason}`;

async function podsOf(cluster: Cluster, namespace: string, object: Props, signal: AbortSignal): Promise<Props[]> {
  if (object["kind"] === "Pod") return [object];
  const labelSelector = podSelector(object);
  return labelSelector
    ? listObjects(cluster, { apiVersion: "v1", kind: "Pod", namespace }, { labelSelector }, signal)
    : [];
}

async function explainPod(cluster: Cluster, pod: Props, logLines: number, signal: AbortSignal): Promise<string[]> {
  const namespace = text(at(pod, ["metadata", "namespace"]));
  const name = text(at(pod, ["metadata", "name"]));
  const warnings = await warningEvents(cluster, namespace, pod, signal);
  // Without a warning the last event says where it stands, e.g. at a pull that takes its time.
  const events = warnings.length > 0 ? warnings : (await eventsOf(cluster, namespace, pod, "Normal", signal)).slice(-1);
  const lines: string[] = [];
  for (const problem of podProblems(pod)) {
    lines.push(told(pod, problem));
    if (problem.logs === "none") continue;
    for (const line of await lastLog(cluster, namespace, name, problem, logLines, signal)) lines.push(`  log: ${line}`);
  }
  return [...lines, ...events.map((event) => `  ${event}`)];
}

async function warningEvents(
  cluster: Cluster,
  namespace: string,
  object: Props,
  signal: AbortSignal,
): Promise<string[]> {
  const events = await eventsOf(cluster, namespace, object, "Warning", signal);
  // These two say again, in other words, what the container's status says.
  return events.filter((event) => !/^(BackOff|Failed)(:|$)/.test(event)).slice(-3);
}

/** The events of an object as `reason: message`, the last one of each reason. */
async function eventsOf(
  cluster: Cluster,
  namespace: string,
  object: Props,
  type: "Warning" | "Normal",
  signal: AbortSignal,
): Promise<string[]> {
  const fieldSelector = `involvedObject.uid=${text(at(object, ["metadata", "uid"]))},type=${type}`;
  const events = await listObjects(cluster, { apiVersion: "v1", kind: "Event", namespace }, { fieldSelector }, signal);
  const latest = new Map(
    events.map((event) => [text(event["reason"]), joined(text(event["reason"]), text(event["message"]))]),
  );
  return [...latest.values()];
}

async function lastLog(
  cluster: Cluster,
  namespace: string,
  pod: string,
  { container, logs }: ContainerProblem,
  lines: number,
  signal: AbortSignal,
): Promise<string[]> {
  try {
    const { body } = await cluster.send({
      path: `/api/v1/namespaces/${namespace}/pods/${pod}/log`,
      query: { container, tailLines: String(lines), ...(logs === "previous" ? { previous: "true" } : {}) },
      signal,
      patience: 0,
    });
    const log = typeof body === "string" ? body : JSON.stringify(body);
    return log.split("\n").filter(Boolean).slice(-lines);
  } catch {
    return [];
  }
}
