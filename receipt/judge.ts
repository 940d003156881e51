import { cliService } from "./root.ts";

export type Hop = "workload" | "agent" | "gateway" | "jaeger";

/** Where the way of a trace is broken. The sentence names the hop, what was seen, and the next command to type. */
export interface Fault {
  hop: Hop;
  sentence: string;
}

/** One Deployment, StatefulSet or DaemonSet of the observability namespace. */
export interface PodsSeen {
  name: string;
  pods: number;
  ready: number;
  /** What the first pod that is not ready waits for, e.g. `CrashLoopBackOff`. */
  reason?: string;
}

/** What a Collector counted between the moment before the request and now, summed over its pods; `queueSize` is as it is now. */
export interface Counted {
  accepted: number;
  refused: number;
  sent: number;
  sendFailed: number;
  enqueueFailed: number;
  queueSize: number;
}

export interface WorkloadSeen {
  /** `namespace/name` of the Service. */
  name: string;
  namespace: string;
  pods: number;
  ready: number;
  /** Name of a pod that was looked at. */
  pod?: string;
  /** Annotations of that pod that ask for injection, e.g. `inject-sdk`. */
  annotations: string[];
  /** Names of its OTEL_* variables, over all containers. */
  variables: string[];
}

/** Everything the judgement rests on; plain data. */
export interface Observations {
  namespace: string;
  /** How kubectl is to be called here, e.g. `kubectl --context kind-a`. */
  kubectl: string;
  url: string;
  request: { status?: number; problem?: string };
  /** Why the CLI's own span was not taken by the agent; undefined when it was. */
  sendProblem?: string;
  /** Undefined for a URL of the user's own, or when the Kubernetes API did not tell. */
  workload?: WorkloadSeen;
  agent: PodsSeen;
  gateway: PodsSeen;
  jaeger: PodsSeen;
  /** Undefined when the metrics could not be read. */
  agentCounted?: Counted;
  gatewayCounted?: Counted;
  /** Why Jaeger's API did not answer. */
  jaegerProblem?: string;
  /** Services of the trace that Jaeger holds. */
  services: string[];
  missingServices: string[];
  missingParents: number;
}

/**
 * Names the hop that a trace did not get past. Certain signs come first (no answer, no pod), then what Jaeger holds of this very trace,
 * and only then the counters, which other traffic shares.
 */
export function judge(seen: Observations): Fault {
  return unreachable(seen) ?? missingPods(seen) ?? incomplete(seen) ?? lostBetween(seen);
}

function unreachable({ request, url, workload, kubectl }: Observations): Fault | undefined {
  if (request.problem === undefined) return undefined;
  const pods = workload ? ` (${workload.ready} of ${workload.pods} pods of ${workload.name} are ready)` : "";
  const next = workload
    ? `${kubectl} -n ${workload.namespace} get pods,endpointslices`
    : `curl -v ${JSON.stringify(url)}`;
  return fault("workload", `${url} did not answer: ${request.problem}${pods}`, next);
}

function missingPods(seen: Observations): Fault | undefined {
  for (const hop of ["agent", "gateway", "jaeger"] as const) {
    const { name, pods, ready, reason } = seen[hop];
    if (ready > 0) continue;
    const what =
      pods === 0 ? `there is no pod of ${name}` : `0 of ${count(pods, "pod")} of ${name} ready${because(reason)}`;
    return fault(
      hop,
      `${what} in namespace ${seen.namespace}`,
      `${seen.kubectl} -n ${seen.namespace} describe pods -l app.kubernetes.io/name=${name}`,
    );
  }
  if (seen.jaegerProblem === undefined) return undefined;
  return fault("jaeger", `its API did not answer: ${seen.jaegerProblem}`, logs(seen, "jaeger"));
}

/** Jaeger holds a part of the trace, so the way through the Collectors works. */
function incomplete(seen: Observations): Fault | undefined {
  const { services, missingServices, missingParents, sendProblem } = seen;
  if (services.length === 0) return undefined;
  const others = services.filter((service) => service !== cliService);
  if (!services.includes(cliService) && sendProblem !== undefined) {
    return fault(
      "agent",
      `${others.join(", ")} arrived, but the agent did not take the CLI's own span: ${sendProblem}${figures("agent", seen.agentCounted)}`,
      logs(seen, "agent"),
    );
  }
  if (others.length === 0) return silentWorkload(seen);
  const lack = [
    ...(missingServices.length > 0 ? [`no span of ${missingServices.join(", ")}`] : []),
    ...(missingParents > 0 ? [`${count(missingParents, "span")} whose parent did not arrive`] : []),
    ...(services.includes(cliService) ? [] : ["no span of the CLI itself"]),
  ];
  const what = lack.length > 0 ? `but ${lack.join(" and ")}` : "but not the whole trace";
  const target = seen.workload ? `-n ${seen.workload.namespace} get pods -o yaml` : "get pods --all-namespaces";
  return fault("workload", `${others.join(", ")} arrived, ${what}`, `${seen.kubectl} ${target}`);
}

/** The CLI's span arrived and the workload's did not: look at what the workload was given. */
function silentWorkload({ url, request, workload, kubectl }: Observations): Fault {
  const answered = `answered ${request.status}`;
  const got = `the CLI's own span arrived in Jaeger, the workload's did not`;
  if (!workload?.pod) {
    return fault(
      "workload",
      `${url} ${answered} but sent no span of this trace: ${got}`,
      `${kubectl} get pods --all-namespaces -o yaml | grep -c OTEL_EXPORTER_OTLP_ENDPOINT`,
    );
  }
  const { name, namespace, pod, annotations, variables } = workload;
  const show = `${kubectl} -n ${namespace} get pod ${pod} -o yaml`;
  if (variables.length === 0 && annotations.length > 0) {
    return fault(
      "workload",
      `${name} ${answered}, but its pod ${pod} has the annotation ${annotations.join(", ")} and not one OTEL_* variable: injection did not happen`,
      "throughline up",
    );
  }
  if (variables.length === 0) {
    return fault(
      "workload",
      `${name} ${answered}, but its pod ${pod} has neither an inject-* annotation nor an OTEL_* variable. Annotate its pod template`,
      show,
    );
  }
  const endpoint = variables.some((variable) => /^OTEL_EXPORTER_OTLP_(TRACES_)?ENDPOINT$/.test(variable))
    ? ""
    : " (OTEL_EXPORTER_OTLP_ENDPOINT is not among them)";
  return fault(
    "workload",
    `${name} ${answered} and its pod ${pod} has ${count(variables.length, "OTEL_* variable")}${endpoint}, but it sent no span: ${got}`,
    `${kubectl} -n ${namespace} logs ${pod}`,
  );
}

/** Jaeger holds nothing of the trace: follow the counters from left to right. */
function lostBetween(seen: Observations): Fault {
  const { agentCounted: agent, gatewayCounted: gateway, sendProblem } = seen;
  const agentSaw = figures("agent", agent);
  const gatewaySaw = figures("gateway", gateway);
  if (agent === undefined && sendProblem !== undefined) {
    return fault("agent", `it did not take the CLI's own span (${sendProblem})${agentSaw}`, logs(seen, "agent"));
  }
  const stuckAtAgent = agent !== undefined && agent.sent === 0 && stuck(agent);
  if (stuckAtAgent && (gateway === undefined || gateway.accepted === 0)) {
    return fault("gateway", `the agent could not hand spans on to it${agentSaw}${gatewaySaw}`, logs(seen, "gateway"));
  }
  if (agent !== undefined && agent.accepted === 0) {
    const why = sendProblem === undefined ? "" : `; the CLI's own span: ${sendProblem}`;
    return fault("agent", `it took no span${why}${agentSaw}`, logs(seen, "agent"));
  }
  if (gateway !== undefined && gateway.sent === 0 && stuck(gateway)) {
    return fault("jaeger", `the gateway could not hand spans on to it${agentSaw}${gatewaySaw}`, logs(seen, "jaeger"));
  }
  if (agent !== undefined && agent.sent === 0) {
    return fault("agent", `it handed no span on${agentSaw}${gatewaySaw}`, logs(seen, "agent"));
  }
  if (gateway !== undefined && gateway.accepted === 0) {
    return fault("gateway", `it took no span${agentSaw}${gatewaySaw}`, logs(seen, "gateway"));
  }
  if (gateway !== undefined && gateway.sent === 0) {
    return fault("gateway", `it handed no span on${agentSaw}${gatewaySaw}`, logs(seen, "gateway"));
  }
  if (gateway === undefined) {
    return fault("gateway", `it did not tell its metrics${agentSaw}`, logs(seen, "gateway"));
  }
  return fault(
    "jaeger",
    `spans were handed to it, yet it holds none of this trace${agentSaw}${gatewaySaw}; if it restarted meanwhile, its memory is gone`,
    logs(seen, "jaeger"),
  );
}

// Refused spans are not among these: a Collector also refuses them for want of memory, which says nothing about the next hop.
const stuck = ({ sendFailed, enqueueFailed, queueSize }: Counted) => sendFailed + enqueueFailed + queueSize > 0;

function figures(who: string, counted: Counted | undefined): string {
  if (counted === undefined) return `; the ${who}'s metrics could not be read`;
  const { accepted, refused, sent, sendFailed, enqueueFailed, queueSize } = counted;
  const trouble = [
    [refused, "refused"],
    [sendFailed, "failed to send"],
    [enqueueFailed, "found no room in the queue"],
    [queueSize, "in the queue"],
  ] as const;
  const rest = trouble.flatMap(([number, what]) => (number > 0 ? [`, ${number} ${what}`] : []));
  return `; ${who}: ${accepted} accepted, ${sent} sent${rest.join("")}`;
}

function logs(seen: Observations, hop: "agent" | "gateway" | "jaeger"): string {
  return `${seen.kubectl} -n ${seen.namespace} logs -l app.kubernetes.io/name=${seen[hop].name} --tail=20`;
}

const fault = (hop: Hop, what: string, next: string): Fault => ({ hop, sentence: `${hop}: ${what}. Next: ${next}` });
const count = (number: number, what: string) => `${number} ${what}${number === 1 ? "" : "s"}`;
const because = (reason: string | undefined) => (reason === undefined ? "" : ` (${reason})`);
