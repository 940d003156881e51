import { expect, test } from "vitest";
import { type Hop, judge, type Observations, type Total, type WorkloadSeen } from "../../../receipt/judge.ts";

const counted = (some: Partial<Total> = {}): Total => ({
  accepted: 0,
  refused: 0,
  sent: 0,
  sendFailed: 0,
  enqueueFailed: 0,
  queueSize: 0,
  leftOut: 0,
  ...some,
});
const up = (name: string) => ({ name, pods: 1, ready: 1 });
const gone = (name: string) => ({ name, pods: 0, ready: 0 });
const frontend: WorkloadSeen = {
  name: "demo/frontend",
  namespace: "demo",
  pods: 1,
  ready: 1,
  pod: "frontend-1",
  annotations: ["inject-sdk"],
  variables: ["OTEL_SERVICE_NAME", "OTEL_EXPORTER_OTLP_ENDPOINT"],
};

/** Everything runs, the workload answered, and Jaeger holds nothing. */
const base: Observations = {
  namespace: "observability",
  kubectl: "kubectl --context c",
  url: "http://frontend.demo:8080/",
  request: { status: 200 },
  workload: frontend,
  agent: up("otel-agent"),
  gateway: up("otel-gateway"),
  jaeger: up("jaeger"),
  agentCounted: counted({ accepted: 4, sent: 4 }),
  gatewayCounted: counted({ accepted: 4, sent: 4 }),
  services: [],
  missingServices: [],
  missingWorkloads: [],
  missingParents: 0,
};
const without = <K extends keyof Observations>(seen: Observations, ...keys: K[]): Observations =>
  Object.fromEntries(
    Object.entries(seen).filter(([key]) => !(keys as string[]).includes(key)),
  ) as unknown as Observations;

const quotes: WorkloadSeen = { ...frontend, name: "quotes", pod: "quotes-1" };
const noQuotes = { ...base, services: ["throughline-cli", "frontend"], missingServices: ["quotes"] };
const onlyCli = { ...base, services: ["throughline-cli"] };

const cases: [string, Observations, Hop, RegExp][] = [
  [
    "the workload does not answer",
    { ...base, request: { problem: "connect ECONNREFUSED" }, workload: { ...frontend, ready: 0 } },
    "workload",
    /did not answer: connect ECONNREFUSED \(0 of 1 pods of demo\/frontend are ready\)\. Next: kubectl --context c -n demo get pods/,
  ],
  [
    "a URL of the user's own does not answer",
    { ...without(base, "workload"), url: "http://localhost:1/", request: { problem: "connect ECONNREFUSED" } },
    "workload",
    /http:\/\/localhost:1\/ did not answer.* Next: curl -v "http:\/\/localhost:1\/"$/,
  ],
  [
    "no answer outweighs a dead Jaeger",
    { ...base, request: { problem: "no answer within 10 s" }, jaeger: gone("jaeger") },
    "workload",
    /no answer within 10 s/,
  ],
  ["the agent has no pod", { ...base, agent: gone("otel-agent") }, "agent", /no pod of otel-agent in namespace obs/],
  ["the gateway has no pod", { ...base, gateway: gone("otel-gateway") }, "gateway", /no pod of otel-gateway/],
  [
    "Jaeger is not ready",
    { ...base, jaeger: { ...up("jaeger"), ready: 0, reason: "CrashLoopBackOff" } },
    "jaeger",
    /0 of 1 pod of jaeger ready \(CrashLoopBackOff\).*describe pods -l app\.kubernetes\.io\/name=jaeger$/,
  ],
  [
    "agent and gateway are both dead: the first on the way",
    { ...base, agent: gone("otel-agent"), gateway: gone("otel-gateway") },
    "agent",
    /otel-agent/,
  ],
  [
    "Jaeger's API does not answer",
    { ...base, jaegerProblem: "connection refused" },
    "jaeger",
    /API did not answer: connection refused/,
  ],
  [
    "the agent hands nothing on, the queue is full",
    {
      ...base,
      agentCounted: counted({ accepted: 4, queueSize: 4 }),
      gatewayCounted: counted(),
      sendProblem: "no answer within 10 s",
    },
    "gateway",
    /could not hand spans on to it; agent: 4 accepted, 0 sent, 4 in the queue; gateway: 0 accepted, 0 sent/,
  ],
  [
    "the agent waits for the gateway and so accepted nothing yet",
    { ...without(base, "gatewayCounted"), agentCounted: counted({ queueSize: 1 }) },
    "gateway",
    /0 accepted, 0 sent, 1 in the queue; the gateway's metrics could not be read/,
  ],
  [
    "the agent's sending fails",
    { ...base, agentCounted: counted({ accepted: 4, sendFailed: 4 }), gatewayCounted: counted() },
    "gateway",
    /4 failed to send/,
  ],
  [
    "the agent saw nothing",
    { ...base, agentCounted: counted(), gatewayCounted: counted(), sendProblem: "socket hang up" },
    "agent",
    /it took no span; the CLI's own span: socket hang up; agent: 0 accepted/,
  ],
  [
    "the agent refuses for want of memory",
    { ...base, agentCounted: counted({ refused: 9 }), gatewayCounted: counted() },
    "agent",
    /0 accepted, 0 sent, 9 refused/,
  ],
  [
    "the agent tells nothing and took nothing, while the gateway is idle",
    { ...without(base, "agentCounted"), sendProblem: "connection refused", gatewayCounted: counted() },
    "agent",
    /\(connection refused\); the agent's metrics could not be read/,
  ],
  [
    "the agent keeps spans back",
    { ...base, agentCounted: counted({ accepted: 4 }), gatewayCounted: counted() },
    "agent",
    /handed no span on/,
  ],
  [
    "the gateway saw nothing of what the agent sent",
    { ...base, gatewayCounted: counted() },
    "gateway",
    /it took no span; agent: 4 accepted, 4 sent; gateway: 0 accepted/,
  ],
  [
    "the gateway cannot hand on",
    { ...base, gatewayCounted: counted({ accepted: 4, queueSize: 1, sendFailed: 0 }) },
    "jaeger",
    /gateway could not hand spans on.*1 in the queue/,
  ],
  [
    "the gateway's queue is full",
    { ...base, gatewayCounted: counted({ accepted: 4, enqueueFailed: 4 }) },
    "jaeger",
    /4 found no room in the queue/,
  ],
  ["the gateway drops", { ...base, gatewayCounted: counted({ accepted: 4 }) }, "gateway", /handed no span on/],
  ["the gateway tells nothing", without(base, "gatewayCounted"), "gateway", /did not tell its metrics/],
  [
    "Jaeger was handed the spans and lost them",
    base,
    "jaeger",
    /holds none of this trace.*gateway: 4 accepted, 4 sent/,
  ],
  [
    "annotated, not injected",
    { ...onlyCli, workload: { ...frontend, variables: [] } },
    "workload",
    /frontend-1 has the annotation inject-sdk and not one OTEL_\* variable.*Next: npm run throughline -- up$/,
  ],
  [
    "neither annotated nor set up",
    { ...onlyCli, workload: { ...frontend, annotations: [], variables: [] } },
    "workload",
    /neither an inject-\* annotation nor an OTEL_\* variable/,
  ],
  [
    "no endpoint among the variables",
    { ...onlyCli, workload: { ...frontend, variables: ["OTEL_SERVICE_NAME"] } },
    "workload",
    /1 OTEL_\* variable \(OTEL_EXPORTER_OTLP_ENDPOINT is not among them\)/,
  ],
  ["injected and silent", onlyCli, "workload", /has 2 OTEL_\* variables and sent no span.*logs frontend-1$/],
  ["a silent URL of the user's own", without(onlyCli, "workload"), "workload", /answered 200 but sent no span/],
  ["an expected service is missing", noQuotes, "workload", /frontend arrived, but no span of quotes\. Next/],
  [
    "an expected service has no pod, so its caller failed",
    {
      ...noQuotes,
      request: { status: 502 },
      missingWorkloads: [{ name: "quotes", namespace: "demo", pods: 0, ready: 0, annotations: [], variables: [] }],
    },
    "workload",
    /no span of quotes \(there is no pod of it in namespace demo\); the call was answered 502\. Next: kubectl --context c -n demo get deployments,pods$/,
  ],
  [
    "an expected service's pod is not ready",
    { ...noQuotes, missingWorkloads: [{ ...quotes, ready: 0, reason: "ImagePullBackOff" }] },
    "workload",
    /no span of quotes \(0 of its 1 pod ready \(ImagePullBackOff\)\)/,
  ],
  [
    "an expected service is annotated and not injected",
    { ...noQuotes, missingWorkloads: [{ ...quotes, annotations: ["inject-nodejs"], variables: [] }] },
    "workload",
    /no span of quotes \(its pod quotes-1 has the annotation inject-nodejs and not one OTEL_\* variable/,
  ],
  [
    "two expected services are missing, each for its own reason",
    {
      ...noQuotes,
      missingServices: ["quotes", "stock"],
      missingWorkloads: [
        { ...quotes, annotations: [], variables: [] },
        { ...quotes, name: "stock", pod: "stock-1" },
      ],
    },
    "workload",
    /no span of quotes, stock \(quotes: its pod quotes-1 has neither .*; stock: its pod stock-1 has 2 OTEL_\* variables and sent no span\)\. Next: kubectl --context c -n demo get pod quotes-1 -o yaml$/,
  ],
  [
    "the called workload and an expected service are both silent",
    { ...onlyCli, missingServices: ["frontend", "quotes"] },
    "workload",
    /the workload's did not \(expected: frontend, quotes\)/,
  ],
  [
    "the agents that were read saw nothing, but not all were read",
    { ...base, agentCounted: counted({ leftOut: 7 }) },
    "jaeger",
    /agent: 0 accepted, 0 sent, 7 of its pods not read/,
  ],
  [
    "not all agents were read, and none took the CLI's own span",
    { ...base, agentCounted: counted({ leftOut: 7 }), gatewayCounted: counted(), sendProblem: "socket hang up" },
    "agent",
    /did not take the CLI's own span \(socket hang up\)/,
  ],
  [
    "the agents that were read cannot hand on, though not all were read",
    { ...base, agentCounted: counted({ queueSize: 1, leftOut: 7 }), gatewayCounted: counted() },
    "gateway",
    /1 in the queue, 7 of its pods not read/,
  ],
  [
    "a span in the middle is missing",
    { ...base, services: ["throughline-cli", "quotes"], missingParents: 1 },
    "workload",
    /quotes arrived, but 1 span whose parent did not arrive/,
  ],
  [
    "only the CLI's own span was refused",
    { ...base, services: ["frontend"], missingParents: 1, sendProblem: "503" },
    "agent",
    /the agent did not take the CLI's own span: 503/,
  ],
  [
    "the agent held the CLI's own span while no gateway took it, and the others came later",
    {
      ...base,
      services: ["frontend", "quotes"],
      missingParents: 1,
      sendProblem: "no answer within 10 s",
      agentCounted: counted({ accepted: 4, sent: 3, sendFailed: 1 }),
    },
    "gateway",
    /frontend, quotes arrived, but the agent could not hand the CLI's own span on to it: no answer within 10 s; agent: 4 accepted, 3 sent, 1 failed to send/,
  ],
];

test.each(cases)("%s", (_name, seen, hop, sentence) => {
  const fault = judge(seen);
  expect(fault.hop).toBe(hop);
  expect(fault.sentence).toMatch(sentence);
});

test("every sentence begins with the hop, is one line, and ends with a command", () => {
  for (const [, seen] of cases) {
    const { hop, sentence } = judge(seen);
    expect(sentence).toMatch(new RegExp(`^${hop}: [^\\n]+\\. Next: (kubectl|curl|npm run throughline --) [^\\n]+$`));
    expect(sentence).not.toMatch(/undefined|NaN|\[object/);
  }
});
