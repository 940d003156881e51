import { statSync } from "node:fs";
import { dirname } from "node:path";
import { withoutCredentials } from "../common/credentials.ts";
import { UserError } from "../common/errors.ts";
import type { TraceOptions } from "../receipt/trace.ts";

/** What `throughline trace` was asked for, as strings from the command line. */
export interface TraceFlags {
  url?: string | undefined;
  workload?: string | undefined;
  id?: string | undefined;
  svg?: string | undefined;
  namespace?: string | undefined;
  timeout?: string | undefined;
  output?: string | undefined;
  repeat?: string | undefined;
  expect?: string | undefined;
}

export interface TraceRequest {
  target: TraceOptions["target"];
  /** A trace to read instead of calling the target. */
  traceId?: string;
  /** File for the picture. */
  svg?: string;
  namespace: string;
  /** 0 for a trace that is read as it is. */
  timeoutMs: number;
  output: "text" | "json";
  repeat: number;
  /** Services that must have a span; empty for any one. */
  expectServices: string[];
}

/** Reads the flags' values. @param onEngine Whether workloads are containers of a Docker Engine. @throws UserError that lists every wrong one. */
export function readTraceFlags(flags: TraceFlags, onEngine = false): TraceRequest {
  const problems: string[] = [];
  const wrong = (flag: string, value: string, allowed: string): undefined => {
    problems.push(`--${flag} is ${JSON.stringify(value)}; ${allowed}`);
  };
  const { url, workload, id, svg, namespace = "observability", output = "text", repeat = "1", expect } = flags;
  const { timeout = "30s" } = flags;
  if (url !== undefined && workload !== undefined) problems.push("--url and --workload exclude each other; write one");
  if (id !== undefined) {
    const calling = (["url", "workload", "repeat"] as const).filter((flag) => flags[flag] !== undefined);
    for (const flag of calling)
      problems.push(`--id and --${flag} exclude each other: a trace that is there is only read`);
    if (!/^[0-9a-f]{32}$/i.test(id)) wrong("id", id, "write the 32 hexadecimal digits of a trace id");
  }
  if (svg !== undefined && (svg === "" || !isFolder(dirname(svg)) || isFolder(svg))) {
    wrong("svg", svg, "write the name of a file in a folder that exists, e.g. --svg trace.svg");
  }

  let target: TraceOptions["target"] | undefined;
  if (url !== undefined) {
    target = isAddress(url)
      ? { url }
      : wrong("url", withoutCredentials(url), `write ${addressAllowed}, e.g. --url http://localhost:8080/`);
  } else {
    target = onEngine
      ? parseContainer(workload ?? "frontend:8080/", wrong)
      : parseWorkload(workload ?? "demo/frontend:8080/", wrong);
  }
  if (!/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/.test(namespace)) {
    wrong("namespace", namespace, "write the name of a Kubernetes namespace, e.g. --namespace observability");
  }
  const timeoutMs = parseDuration(timeout);
  if (timeoutMs === undefined) wrong("timeout", timeout, "write a number with ms, s or m, e.g. --timeout 30s");
  if (output !== "text" && output !== "json") wrong("output", output, "write --output text or --output json");
  const times = Number(repeat);
  if (!/^\d+$/.test(repeat) || times < 1 || times > 1000) {
    wrong("repeat", repeat, "write a whole number from 1 to 1000, e.g. --repeat 20");
  }
  const expectServices = expect?.split(",").map((name) => name.trim()) ?? [];
  if (expectServices.includes("")) {
    wrong("expect", expect ?? "", "write names of services with commas between, e.g. --expect frontend,quotes");
  }
  if (problems.length > 0 || target === undefined || timeoutMs === undefined) throw new UserError(problems);
  return {
    target,
    ...(id === undefined ? {} : { traceId: id.toLowerCase() }),
    ...(svg === undefined ? {} : { svg }),
    namespace,
    timeoutMs: id !== undefined && flags.timeout === undefined ? 0 : timeoutMs,
    output: output === "json" ? "json" : "text",
    repeat: times,
    expectServices,
  };
}

/** Reads `NAMESPACE/SERVICE:PORT[/path]`. */
export function parseWorkload(
  text: string,
  wrong: (flag: string, value: string, allowed: string) => undefined,
): TraceOptions["target"] | undefined {
  const [, namespace, service, port, path] = /^([a-z0-9-]+)\/([a-z0-9-]+):([a-z0-9-]+)(\/.*)?$/.exec(text) ?? [];
  if (!namespace || !service || !port) {
    return wrong(
      "workload",
      text,
      "write NAMESPACE/SERVICE:PORT or NAMESPACE/SERVICE:PORT/path, e.g. --workload demo/frontend:8080/",
    );
  }
  return { workload: { namespace, service, port: /^\d+$/.test(port) ? Number(port) : port, path: path ?? "/" } };
}

function parseContainer(
  text: string,
  wrong: (flag: string, value: string, allowed: string) => undefined,
): TraceOptions["target"] | undefined {
  const [, service, port, path] = /^([a-zA-Z0-9][\w.-]*):(\d+)(\/.*)?$/.exec(text) ?? [];
  if (!service || !port) {
    return wrong("workload", text, "write CONTAINER:PORT or CONTAINER:PORT/path, e.g. --workload frontend:8080/");
  }
  return { workload: { namespace: "", service, port: Number(port), path: path ?? "/" } };
}

const units: Record<string, number> = { ms: 1, s: 1000, m: 60_000 };

/** Milliseconds of a text such as `30s`, from 1 ms to an hour; undefined for any other. */
export function parseDuration(text: string): number | undefined {
  const [, number, unit] = /^(\d+(?:\.\d+)?)(ms|s|m)$/.exec(text) ?? [];
  const ms = Number(number) * (units[unit ?? ""] ?? Number.NaN);
  return ms >= 1 && ms <= 3_600_000 ? ms : undefined;
}

/** What an address to call may be. */
export const addressAllowed = "an http or https address without a login";

/** Whether a text is an address that can be called; none with a login can. */
export function isAddress(text: string): boolean {
  const { protocol = "", username = "", password = "" } = URL.parse(text) ?? {};
  return /^https?:$/.test(protocol) && username === "" && password === "";
}

const isFolder = (path: string) => statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
