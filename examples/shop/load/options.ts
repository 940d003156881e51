import { addressAllowed, isAddress, parseDuration, parseWorkload } from "../../../cli/trace-options.ts";
import { withoutCredentials } from "../../../common/credentials.ts";
import { UserError } from "../../../common/errors.ts";
import type { TraceOptions } from "../../../receipt/trace.ts";

/** What the driver was asked for, as strings from the command line. */
export interface LoadFlags {
  url?: string | undefined;
  workload?: string | undefined;
  rate?: string | undefined;
  count?: string | undefined;
  expect?: string | undefined;
  edges?: string | undefined;
  jaeger?: string | undefined;
  otlp?: string | undefined;
  context?: string | undefined;
  kubeconfig?: string | undefined;
  namespace?: string | undefined;
  timeout?: string | undefined;
  output?: string | undefined;
}

export interface LoadRequest {
  target: TraceOptions["target"];
  perSecond: number;
  count: number;
  services: string[];
  edges: [from: string, to: string][];
  /** Addresses that were given instead of a cluster. */
  direct?: { jaeger: string; otlp?: string };
  namespace: string;
  timeoutMs: number;
  output: "text" | "json";
}

/** So that nobody takes down what they meant to look at. */
const most = { perSecond: 200, count: 100_000 };

/** Reads the flags' values. @throws UserError that lists every wrong one. */
export function readLoadFlags(flags: LoadFlags): LoadRequest {
  const problems: string[] = [];
  const wrong = (flag: string, value: string, allowed: string): undefined => {
    problems.push(`--${flag} is ${JSON.stringify(value)}; ${allowed}`);
  };
  const { url, workload, jaeger, otlp, namespace = "observability", output = "text", timeout = "60s" } = flags;
  const address = (flag: "url" | "jaeger" | "otlp", example: string): string | undefined => {
    const value = flags[flag];
    if (value === undefined || isAddress(value)) return value;
    return wrong(flag, withoutCredentials(value), `write ${addressAllowed}, e.g. --${flag} ${example}`);
  };
  const whole = (flag: "rate" | "count", fallback: number, limit: number): number => {
    const value = flags[flag] ?? `${fallback}`;
    if (!/^\d+$/.test(value) || Number(value) < 1 || Number(value) > limit) {
      wrong(flag, value, `write a whole number from 1 to ${limit}, e.g. --${flag} ${fallback}`);
    }
    return Number(value);
  };

  if ((url === undefined) === (workload === undefined)) {
    problems.push("write what to call: either --url http://127.0.0.1:8080/ or --workload demo/frontend:8080/");
  }
  const called = address("url", "http://127.0.0.1:8080/");
  const target = called !== undefined ? { url: called } : workload && parseWorkload(workload, wrong);
  const perSecond = whole("rate", 10, most.perSecond);
  const count = whole("count", 100, most.count);
  const services = names(flags.expect);
  if (services.includes("")) {
    wrong("expect", flags.expect ?? "", "write names of services with commas between, e.g. --expect edge,orders");
  }
  const edges = names(flags.edges).map((edge) => edge.split(">").map((name) => name.trim()));
  if (edges.some((edge) => edge.length !== 2 || edge.includes(""))) {
    wrong("edges", flags.edges ?? "", 'write caller>called with commas between, in quotes: --edges "edge>orders"');
  }
  const jaegerUrl = address("jaeger", "http://127.0.0.1:16686");
  const otlpUrl = address("otlp", "http://127.0.0.1:4318");
  if (otlp !== undefined && jaeger === undefined) {
    problems.push("--otlp goes with --jaeger; in a cluster the driver's own spans go to its agent");
  }
  if (jaeger !== undefined && workload !== undefined) {
    problems.push("--workload is of a cluster, which --jaeger leaves out; write --url with --jaeger");
  }
  for (const flag of ["context", "kubeconfig", "namespace"] as const) {
    if (jaeger !== undefined && flags[flag] !== undefined) problems.push(`--jaeger and --${flag} exclude each other`);
  }
  if (!/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/.test(namespace)) {
    wrong("namespace", namespace, "write the name of a Kubernetes namespace, e.g. --namespace observability");
  }
  const timeoutMs = parseDuration(timeout);
  if (timeoutMs === undefined) wrong("timeout", timeout, "write a number with ms, s or m, e.g. --timeout 60s");
  if (output !== "text" && output !== "json") wrong("output", output, "write --output text or --output json");
  if (problems.length > 0 || !target || timeoutMs === undefined) throw new UserError(problems);
  return {
    target,
    perSecond,
    count,
    services: [...new Set([...services, ...edges.flat()])],
    edges: edges as [string, string][],
    ...(jaegerUrl === undefined ? {} : { direct: { jaeger: jaegerUrl, ...(otlpUrl ? { otlp: otlpUrl } : {}) } }),
    namespace,
    timeoutMs,
    output: output === "json" ? "json" : "text",
  };
}

const names = (list: string | undefined) => list?.split(",").map((name) => name.trim()) ?? [];
