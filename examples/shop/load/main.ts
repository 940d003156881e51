// Calls a workload at a steady rate and checks that every request gave a whole trace. Usage: main.ts --help
import { existsSync } from "node:fs";
import { loadKubeConfig } from "../../../cli/kubeconfig.ts";
import { parseOptions } from "../../../cli/options.ts";
import { namedTarget, sandboxTarget } from "../../../cli/target.ts";
import { ports } from "../../../collector-config/ports.ts";
import { UserError } from "../../../common/errors.ts";
import { silentProgress, terminalProgress } from "../../../common/progress.ts";
import { names } from "../../../infra/kubernetes/metadata.ts";
import { forward } from "../../../receipt/forward.ts";
import { jaegerClient } from "../../../receipt/jaeger.ts";
import { reachJaeger } from "../../../receipt/jaeger-address.ts";
import { type Drive, drive, type Report } from "./drive.ts";
import { type LoadFlags, type LoadRequest, readLoadFlags } from "./options.ts";

const program = "sh ./with-node.sh examples/shop/load/main.ts";
const help = `Usage: ${program} [options]

Calls a workload at a steady rate, each time in a trace of its own, and looks for every trace in Jaeger.
Exits with 0 when every request was answered and every trace is complete: expected services and edges, one root, no orphan.

  --url URL              what to call, directly from here
  --workload NS/SERVICE:PORT[/path]  or a Service of the cluster
  --rate N, --count N    requests a second (default 10, at most 200), and in all (default 100, at most 100000)
  --expect A,B           services that must be in every trace
  --edges "A>B,B>C"      a span of A must be the parent of one of B, and so on
  --context, --kubeconfig, --namespace  where Jaeger and the Collectors are (default: the embedded cluster, observability)
  --jaeger URL           Jaeger's address instead of a cluster
  --otlp URL             with --jaeger: where the driver's own spans go, e.g. http://127.0.0.1:4318 (default: nowhere)
  --timeout DURATION     how long to look for a trace after its answer (default 60s)
  --output text|json     (default text)`;

async function main(argv: string[]): Promise<number> {
  const text = { type: "string" } as const;
  const flags = parseOptions(
    "load",
    {
      url: text,
      workload: text,
      rate: text,
      count: text,
      expect: text,
      edges: text,
      jaeger: text,
      otlp: text,
      context: text,
      kubeconfig: text,
      namespace: text,
      timeout: text,
      output: text,
    },
    help,
    argv,
    program,
  );
  if (!flags) return 0;
  const request = readLoadFlags(flags);
  const ways = await open(request, flags);
  const progress = request.output === "json" ? silentProgress : terminalProgress();
  const step = progress.step("load");
  try {
    const { perSecond, count, services, edges, timeoutMs } = request;
    const report = await drive({ ...ways, perSecond, count, expected: { services, edges }, timeoutMs, step });
    step.done(`${report.complete} of ${count} traces complete`);
    console.log(request.output === "json" ? JSON.stringify(report, null, 2) : told(report));
    return report.complete === report.requests ? 0 : 1;
  } finally {
    step.done();
    await ways.close();
  }
}

type Ways = Pick<Drive, "url" | "jaeger" | "otlp"> & { close(): Promise<void> };

/** The addresses of what is called and asked, through the Kubernetes API where they are in a cluster. */
async function open({ target, direct, namespace }: LoadRequest, flags: LoadFlags): Promise<Ways> {
  if (direct && "url" in target) {
    const { jaeger, otlp } = direct;
    return { url: target.url, jaeger: jaegerClient(jaeger), ...(otlp ? { otlp } : {}), close: async () => {} };
  }
  const { context, kubeconfig } = flags;
  if (context === undefined && kubeconfig === undefined && !existsSync(sandboxTarget().kubeconfig!)) {
    throw new UserError([
      "no Jaeger is named and the embedded cluster is not running; write --jaeger http://127.0.0.1:16686, or --context <name of a kubeconfig context>",
    ]);
  }
  const kubeConfig = loadKubeConfig(namedTarget("load", { context, kubeconfig }, program));
  const jaeger = await reachJaeger(kubeConfig, namespace);
  const agent = await forward(kubeConfig, { namespace, service: names.agent, port: ports.otlpHttp });
  const workload = "workload" in target ? await forward(kubeConfig, target.workload) : undefined;
  return {
    url: "url" in target ? target.url : `${workload?.url}${target.workload.path}`,
    jaeger: jaeger.client,
    otlp: agent.url,
    close: async () => {
      await Promise.all([jaeger, agent, workload].map((way) => way?.close()));
    },
  };
}

function told({ requests, answered, refused, complete, incomplete, examples, latencyMs, ...pace }: Report): string {
  const counts = (of: Record<string, number>) =>
    Object.entries(of)
      .sort(([, a], [, b]) => b - a)
      .map(([reason, count]) => `  ${`${count}`.padStart(6)}  ${reason}`);
  return [
    `${requests} requests at ${pace.perSecond}/s, ${answered} answered, ${complete} traces complete`,
    ...(pace.latestMs > 100
      ? [`The latest request left ${pace.latestMs} ms late: this machine is too busy for the rate`]
      : []),
    ...(latencyMs
      ? [`Answers took: median ${latencyMs.median} ms, p99 ${latencyMs.p99} ms, most ${latencyMs.most} ms`]
      : []),
    ...(answered < requests ? ["Not answered:", ...counts(refused)] : []),
    ...(complete < answered ? ["Not complete:", ...counts(incomplete)] : []),
    ...examples.slice(0, 5).map(({ traceId, reasons }) => `  trace ${traceId}: ${reasons.join(", ")}`),
  ].join("\n");
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  console.error(error instanceof UserError ? error.message : error);
  process.exit(1);
}
