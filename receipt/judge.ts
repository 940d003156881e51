import { cliService } from "../common/names.ts";

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

/** What a Collector counted; `queueSize` is as it is now. */
export interface Counted {
  accepted: number;
  refused: number;
  sent: number;
  sendFailed: number;
  enqueueFailed: number;
  queueSize: number;
}

/** What was counted between the moment before the request and now, summed over the pods that were read. */
export interface Total extends Counted {
  /** Ready pods that were not read. While there are any, a count of 0 proves nothing. */
  leftOut: number;
}

export interface WorkloadSeen {
  /** `namespace/name` of the called Service; the plain `service.name` of one that is missing in the trace. */
  name: string;
  namespace: string;
  pods: number;
  ready: number;
  /** What the first pod that is not ready waits for. */
  reason?: string;
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
  agentCounted?: Total;
  gatewayCounted?: Total;
  /** Why Jaeger's API did not answer. */
  jaegerProblem?: string;
  /** Services of the trace that Jaeger holds. */
  services: string[];
  /** Expected services without a span. */
  missingServices: string[];
  /** The pods of missing services, in the same order; empty when nobody looked or the Kubernetes API did not tell. */
  missingWorkloads: WorkloadSeen[];
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
  const { services, missingServices, missingParents, sendProblem, request, kubectl } = seen;
  if (services.length === 0) return undefined;
  const others = services.filter((service) => service !== cliService);
  if (!services.includes(cliService) && sendProblem !== undefined) {
    const { agentCounted: agent } = seen;
    if (agent !== undefined && agent.sendFailed + agent.enqueueFailed > 0) {
      return fault(
        "gateway",
        `${others.join(", ")} arrived, but the agent could not hand the CLI's own span on to it: ${sendProblem}${figures("agent", agent)}`,
        logs(seen, "gateway"),
      );
    }
    return fault(
      "agent",
      `${others.join(", ")} arrived, but the agent did not take the CLI's own span: ${sendProblem}${figures("agent", seen.agentCounted)}`,
      logs(seen, "agent"),
    );
  }
  if (others.length === 0) return silentWorkload(seen);
  const missing = missingWorkloads(seen);
  const lack = [
    ...(missingServices.length > 0 ? [`no span of ${missingServices.join(", ")}${missing.why}`] : []),
    ...(missingParents > 0 ? [`${count(missingParents, "span")} whose parent did not arrive`] : []),
    ...(services.includes(cliService) ? [] : ["no span of the CLI itself"]),
  ];
  const what = lack.length > 0 ? `but ${lack.join(" and ")}` : "but not the whole trace";
  const failed = (request.status ?? 0) >= 400 ? `; the call was answered ${request.status}` : "";
  const target = seen.workload ? `-n ${seen.workload.namespace} get pods -o yaml` : "get pods --all-namespaces";
  return fault("workload", `${others.join(", ")} arrived, ${what}${failed}`, missing.next ?? `${kubectl} ${target}`);
}

/** Why expected services have no span, as far as their pods tell; the next command is about the first. */
function missingWorkloads({ missingWorkloads, kubectl }: Observations): { why: string; next?: string } {
  const findings = missingWorkloads.map((workload) => {
    const { name, namespace, pods, ready, pod } = workload;
    if (pods > 0 && ready > 0 && pod) return { name, ...tracingOf({ ...workload, pod }, kubectl) };
    const what =
      pods === 0
        ? `there is no pod of it in namespace ${namespace}`
        : `0 of its ${count(pods, "pod")} ready${because(workload.reason)}`;
    return { name, what, next: `${kubectl} -n ${namespace} get deployments,pods` };
  });
  const [first] = findings;
  if (!first) return { why: "" };
  const why = findings.map(({ name, what }) => (findings.length > 1 ? `${name}: ${what}` : what)).join("; ");
  return { why: ` (${why})`, next: first.next };
}

/** The CLI's span arrived and the workload's did not: look at what the workload was given. */
function silentWorkload({ url, request, workload, missingServices, kubectl }: Observations): Fault {
  const answered = `answered ${request.status}`;
  const missing = missingServices.length > 0 ? ` (expected: ${missingServices.join(", ")})` : "";
  const got = `the CLI's own span arrived in Jaeger, the workload's did not${missing}`;
  if (!workload?.pod) {
    return fault(
      "workload",
      `${url} ${answered} but sent no span of this trace: ${got}`,
      `${kubectl} get pods --all-namespaces -o yaml | grep -c OTEL_EXPORTER_OTLP_ENDPOINT`,
    );
  }
  const { what, next } = tracingOf({ ...workload, pod: workload.pod }, kubectl);
  return fault("workload", `${workload.name} ${answered}, but ${what}; ${got}`, next);
}

/** What a pod that sent no span was given for tracing, as a clause, and the command that shows more. */
function tracingOf(
  { namespace, pod, annotations, variables }: WorkloadSeen & { pod: string },
  kubectl: string,
): { what: string; next: string } {
  if (variables.length === 0 && annotations.length > 0) {
    return {
      what: `its pod ${pod} has the annotation ${annotations.join(", ")} and not one OTEL_* variable: injection did not happen`,
      next: "npm run throughline -- up",
    };
  }
  if (variables.length === 0) {
    return {
      what: `its pod ${pod} has neither an inject-* annotation nor an OTEL_* variable: annotate its pod template`,
      next: `${kubectl} -n ${namespace} get pod ${pod} -o yaml`,
    };
  }
  const endpoint = variables.some((variable) => /^OTEL_EXPORTER_OTLP_(TRACES_)?ENDPOINT$/.test(variable))
    ? ""
    : " (OTEL_EXPORTER_OTLP_ENDPOINT is not among them)";
  return {
    what: `its pod ${pod} has ${count(variables.length, "OTEL_* variable")}${endpoint} and sent no span`,
    next: `${kubectl} -n ${namespace} logs ${pod}`,
  };
}

/** Jaeger holds nothing of the trace: follow the counters from left to right. */
function lostBetween(seen: Observations): Fault {
  const { agentCounted: agent, gatewayCounted: gateway, sendProblem } = seen;
  const agentSaw = figures("agent", agent);
  const gatewaySaw = figures("gateway", gateway);
  const refused = () =>
    fault("agent", `it did not take the CLI's own span (${sendProblem})${agentSaw}`, logs(seen, "agent"));
  if (agent === undefined && sendProblem !== undefined) return refused();
  const stuckAtAgent = agent !== undefined && agent.sent === 0 && stuck(agent);
  if (stuckAtAgent && (gateway === undefined || gateway.accepted === 0)) {
    return fault("gateway", `the agent could not hand spans on to it${agentSaw}${gatewaySaw}`, logs(seen, "gateway"));
  }
  if (agent !== undefined && tookNone(agent)) {
    const why = sendProblem === undefined ? "" : `; the CLI's own span: ${sendProblem}`;
    return fault("agent", `it took no span${why}${agentSaw}`, logs(seen, "agent"));
  }
  if (agent?.accepted === 0 && sendProblem !== undefined) return refused();
  if (gateway !== undefined && gateway.sent === 0 && stuck(gateway)) {
    return fault("jaeger", `the gateway could not hand spans on to it${agentSaw}${gatewaySaw}`, logs(seen, "jaeger"));
  }
  if (agent !== undefined && agent.sent === 0 && agent.accepted > 0) {
    return fault("agent", `it handed no span on${agentSaw}${gatewaySaw}`, logs(seen, "agent"));
  }
  if (gateway !== undefined && tookNone(gateway)) {
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

const tookNone = ({ accepted, leftOut }: Total) => accepted === 0 && leftOut === 0;
// Refused spans are not among these: a Collector also refuses them for want of memory, which says nothing about the next hop.
const stuck = ({ sendFailed, enqueueFailed, queueSize }: Counted) => sendFailed + enqueueFailed + queueSize > 0;

function figures(who: string, counted: Total | undefined): string {
  if (counted === undefined) return `; the ${who}'s metrics could not be read`;
  const { accepted, refused, sent, sendFailed, enqueueFailed, queueSize, leftOut } = counted;
  const trouble = [
    [refused, "refused"],
    [sendFailed, "failed to send"],
    [enqueueFailed, "found no room in the queue"],
    [queueSize, "in the queue"],
    [leftOut, "of its pods not read"],
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
