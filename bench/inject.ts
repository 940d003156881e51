import { execFileSync, spawn } from "node:child_process";
import { closeSync, mkdirSync, mkdtempSync, openSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { stringify } from "yaml";
import { inject } from "../instrumentation/inject.ts";
import type { Container, InstrumentationSpec, Workload } from "../instrumentation/types.ts";
import { podTemplate } from "../instrumentation/workload.ts";
import { checkoutRoot } from "../sandbox/paths.ts";
import { peakMiB } from "./cpu.ts";
import { median, ratios, type Summary, summary } from "./statistics.ts";

/** What one way to configure workloads did. */
export interface InjectResult {
  readonly name: string;
  readonly workloads: number;
  /** Workloads per second, from start to end of the program. */
  readonly perSecond: Summary;
  /** How many times as fast as kustomize, round by round. */
  readonly ratio: Summary;
  /** Peak resident memory, the median of the rounds. */
  readonly peakMiB: number;
  /** Workloads of the last round that came out with the variables. */
  readonly done: number;
}

const spec: InstrumentationSpec = {
  exporter: { endpoint: "http://otel-agent.observability.svc.cluster.local:4318" },
  propagators: ["tracecontext", "baggage"],
  sampler: { type: "parentbased_traceidratio", argument: "0.5" },
};
const instrumentation = {
  apiVersion: "opentelemetry.io/v1alpha1",
  kind: "Instrumentation",
  metadata: { name: "default", namespace: "shop" },
  spec,
};

function workload(index: number): Workload {
  const labels = { app: `web-${index}` };
  const env = [
    { name: "PORT", value: "8080" },
    { name: "LOG_LEVEL", value: "info" },
  ];
  const container = { name: "app", image: `shop/web-${index}:1.4.2`, ports: [{ containerPort: 8080 }], env };
  const annotations = { "instrumentation.opentelemetry.io/inject-sdk": "true" };
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: `web-${index}`, namespace: "shop" },
    spec: {
      replicas: 2,
      selector: { matchLabels: labels },
      template: { metadata: { labels, annotations }, spec: { containers: [container] } },
    },
  };
}

function injected(one: Workload): Workload {
  const instrumentations = [{ namespace: "shop", name: "default", spec }];
  return inject({ workload: one, namespace: { name: "shop" }, instrumentations }).workload;
}

/** The same variables as a patch; names that differ by workload are those of one, since a patch can't compute any. */
function kustomization(): object {
  const [container] = (podTemplate(injected(workload(0)))?.spec.containers ?? []) as Container[];
  const added = (container?.env ?? []).filter(({ name }) => name.startsWith("OTEL_"));
  const path = "/spec/template/spec/containers/0/env/";
  const front = added.slice(0, 2).map((value, index) => ({ op: "add", path: `${path}${index}`, value }));
  const back = added.slice(2).map((value) => ({ op: "add", path: `${path}-`, value }));
  return {
    apiVersion: "kustomize.config.k8s.io/v1beta1",
    kind: "Kustomization",
    resources: ["workloads.yaml"],
    patches: [{ target: { kind: "Deployment" }, patch: stringify([...front, ...back]) }],
  };
}

/** Time from start to end in seconds and the peak of memory in MiB of a program that writes to a file. */
async function measure(program: string, args: readonly string[], output: string): Promise<[number, number]> {
  const file = openSync(output, "w");
  const start = performance.now();
  const child = spawn(program, args, { stdio: ["ignore", file, "inherit"] });
  let running = true;
  let end = start;
  const ended = new Promise<number | null>((resolve, reject) => {
    child.on("error", reject);
    child.on("exit", (code) => {
      running = false;
      end = performance.now();
      resolve(code);
    });
  });
  let peak = 0;
  while (running && child.pid !== undefined) {
    // The peak never falls, so the last look before the end is as good as all.
    const seen = look(child.pid);
    if (seen > peak) peak = seen;
    await sleep(10);
  }
  const code = await ended;
  closeSync(file);
  if (code !== 0) throw new Error(`${program} ${args.join(" ")} ended with ${code}`);
  return [(end - start) / 1000, peak];
}

function look(pid: number): number {
  try {
    return peakMiB(pid) || 0;
  } catch {
    // It has just ended.
    return 0;
  }
}

function done(file: string): number {
  const count = (text: string) =>
    Number(execFileSync("sh", ["-c", `grep -c -- "$1" "$2" || true`, "sh", text, file], { encoding: "utf8" }));
  return count("name: OTEL_RESOURCE_ATTRIBUTES$");
}

/**
 * `kubectl kustomize` with a patch beside `throughline inject`, in turns, on the same manifests; and the function alone, on objects in memory.
 * @param kubernetes path of the program that is kubectl when called so
 */
export async function measureInject(
  options: { readonly workloads: number; readonly rounds: number },
  kubernetes: string,
  tell: (what: string) => void,
): Promise<InjectResult[]> {
  const { workloads: count, rounds } = options;
  const folder = mkdtempSync(join(tmpdir(), "throughline-inject-"));
  try {
    const workloads = Array.from({ length: count }, (_, index) => workload(index));
    const kubectl = join(folder, "kubectl");
    symlinkSync(kubernetes, kubectl);
    const base = join(folder, "base");
    mkdirSync(base);
    const manifests = join(base, "workloads.yaml");
    writeFileSync(manifests, workloads.map((one) => stringify(one, { aliasDuplicateObjects: false })).join("---\n"));
    writeFileSync(join(base, "kustomization.yaml"), stringify(kustomization()));
    const otel = join(folder, "otel.yaml");
    writeFileSync(otel, stringify(instrumentation));

    const throughline = [join(checkoutRoot, "cli/throughline.ts"), "inject", "--instrumentation", otel, manifests];
    const sides = [
      { name: "kubectl kustomize", program: kubectl, args: ["kustomize", base] },
      { name: "throughline inject", program: process.execPath, args: throughline },
    ].map((side) => ({ ...side, output: join(folder, side.name), seconds: [] as number[], peaks: [] as number[] }));
    const alone: number[] = [];
    for (let round = 1; round <= rounds; round++) {
      for (const { name, program, args, output, seconds, peaks } of sides) {
        tell(`round ${round} of ${rounds}: ${name}`);
        const [time, peak] = await measure(program, args, output);
        seconds.push(time);
        peaks.push(peak);
      }
      const start = performance.now();
      for (const one of workloads) injected(one);
      alone.push((performance.now() - start) / 1000);
    }
    const speeds = (seconds: readonly number[]) => seconds.map((time) => count / time);
    const baseline = speeds(sides[0]?.seconds ?? []);
    const result = (name: string, seconds: readonly number[], peaks: readonly number[], ready: number) => ({
      name,
      workloads: count,
      perSecond: summary(speeds(seconds)),
      ratio: ratios(speeds(seconds), baseline),
      peakMiB: median(peaks),
      done: ready,
    });
    const changed = workloads.filter((one) => injected(one) !== one).length;
    return [
      ...sides.map(({ name, seconds, peaks, output }) => result(name, seconds, peaks, done(output))),
      result("inject() alone", alone, [], changed),
    ];
  } finally {
    rmSync(folder, { recursive: true });
  }
}
