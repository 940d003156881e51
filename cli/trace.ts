import { existsSync } from "node:fs";
import { join } from "node:path";
import { KubeConfig } from "@kubernetes/client-node";
import Docker from "dockerode";
import { ports } from "../collector-config/ports.ts";
import { UserError } from "../common/errors.ts";
import { sandboxContext } from "../common/names.ts";
import { silentProgress, terminalProgress } from "../common/progress.ts";
import { shellWord, shortPath } from "../common/shell.ts";
import { socketPath } from "../infra/engine-address.ts";
import { names } from "../infra/kubernetes/metadata.ts";
import { dockerSite } from "../receipt/docker-site.ts";
import { renderReceipt } from "../receipt/render.ts";
import { kubernetesSite, type Site } from "../receipt/site.ts";
import { type Receipt, type TraceOptions, traceReceipt } from "../receipt/trace.ts";
import { status } from "../sandbox/node/cluster.ts";
import { stateDir } from "../sandbox/paths.ts";
import { type EngineTarget, engineTarget, targetOptions } from "./engine-target.ts";
import { parseOptions } from "./options.ts";
import { namedTarget, type Target } from "./target.ts";
import { readTraceFlags } from "./trace-options.ts";

const help = `Usage: throughline trace [options]

Calls a workload inside a root span of its own, and reads the whole trace back from Jaeger.
When it does not arrive in time, names the hop that it did not get past and exits with 1.

  --workload NS/SERVICE:PORT[/path]  Service of the cluster to call (default demo/frontend:8080/);
                         with --target docker CONTAINER:PORT[/path], a published port (default frontend:8080/)
  --url URL              call this address instead, directly from here
  --expect A,B           services that must be in the trace (default: any one besides this program)
  --namespace NAME       where the Collectors and Jaeger run (default observability)
  --context NAME         kubeconfig context (default: the embedded cluster, if it runs)
  --target docker        the Collectors and Jaeger are containers
  --docker-host ADDRESS  socket of their engine (default: DOCKER_HOST)
  --kubeconfig FILE      kubeconfig that holds the context (default: KUBECONFIG or ~/.kube/config)
  --timeout DURATION     how long to wait for the trace, e.g. 30s, 500ms, 2m (default 30s)
  --output text|json     (default text)
  --repeat N             make N traces, print the median and the maximum of the delay`;

/** `throughline trace`: resolves to the exit code. @throws UserError for wrong options and a cluster that does not answer. */
export async function traceCommand(argv: string[]): Promise<number> {
  const text = { type: "string" } as const;
  const flags = parseOptions(
    "trace",
    {
      url: text,
      workload: text,
      namespace: text,
      ...targetOptions,
      timeout: text,
      output: text,
      repeat: text,
      expect: text,
    },
    help,
    argv,
  );
  if (!flags) return 0;
  const engine = engineTarget("trace", flags);
  const { target, namespace, timeoutMs, output, repeat, expectServices } = readTraceFlags(flags, engine !== undefined);
  const { site, linkBase, advice } =
    engine === undefined ? await inCluster(namedTarget("trace", flags), namespace) : onEngine(engine);
  const options: TraceOptions = {
    site,
    target,
    timeoutMs,
    expectServices,
    progress: output === "json" ? silentProgress : terminalProgress(),
    ...(linkBase === undefined ? {} : { linkBase }),
  };

  const receipts: Receipt[] = [];
  for (let left = repeat; left > 0; left -= 1) {
    const receipt = await traceReceipt(options);
    receipts.push(receipt);
    if (!receipt.complete) break;
  }
  const last = receipts.at(-1)!;
  const delay = delays(receipts);
  if (output === "json") {
    console.log(JSON.stringify(repeat === 1 ? last : { receipts, queryableAfterMs: delay }, null, 2));
  } else {
    console.log(renderReceipt(last, process.stdout.isTTY));
    if (advice !== undefined) console.log(advice);
    if (repeat > 1 && delay) {
      console.log(`queryable after, ${delay.count} traces: median ${delay.median} ms, maximum ${delay.max} ms`);
    }
  }
  return last.complete ? 0 : 1;
}

/** Median and maximum of the delay over the complete traces; undefined when there is none. */
export function delays(receipts: readonly Receipt[]): { count: number; median: number; max: number } | undefined {
  const sorted = receipts.flatMap(({ queryableAfterMs: ms }) => (ms === null ? [] : [ms])).sort((a, b) => a - b);
  if (sorted.length === 0) return undefined;
  const middle = (sorted[(sorted.length - 1) >> 1]! + sorted[sorted.length >> 1]!) / 2;
  return { count: sorted.length, median: Math.round(middle), max: sorted.at(-1)! };
}

/** Where a receipt is made, the address of Jaeger's UI where it has one here, and else how to get one. */
interface Place {
  readonly site: Site;
  readonly linkBase: string | undefined;
  readonly advice: string | undefined;
}

async function inCluster(cluster: Target, namespace: string): Promise<Place> {
  const linkBase = await jaegerAddress(cluster, namespace);
  const kubectl = kubectlOf(cluster);
  const command = `${kubectl} -n ${namespace} port-forward svc/${names.jaeger} ${ports.query}`;
  return {
    site: kubernetesSite(loadKubeConfig(cluster), namespace, kubectl),
    linkBase,
    advice: linkBase === undefined ? `The link works while this runs: ${command}` : undefined,
  };
}

function onEngine({ dockerHost }: EngineTarget): Place {
  const docker = new Docker({ socketPath: socketPath(dockerHost) });
  return { site: dockerSite(docker), linkBase: `http://127.0.0.1:${ports.query}`, advice: undefined };
}

// Only the embedded cluster has its Jaeger at a known address of this host.
async function jaegerAddress({ context }: Target, namespace: string): Promise<string | undefined> {
  if (context !== sandboxContext || namespace !== "observability") return undefined;
  return (await status())?.forwards["jaeger"];
}

/** @throws UserError when the file or the context in it does not exist. */
function loadKubeConfig({ kubeconfig, context }: Target): KubeConfig {
  const kubeConfig = new KubeConfig();
  if (kubeconfig !== undefined && !existsSync(kubeconfig)) {
    throw new UserError([
      `--kubeconfig is ${JSON.stringify(kubeconfig)}, which does not exist; write the path of a kubeconfig`,
    ]);
  }
  if (kubeconfig === undefined) kubeConfig.loadFromDefault();
  else kubeConfig.loadFromFile(kubeconfig);
  const known = kubeConfig.getContexts().map(({ name }) => name);
  if (!known.includes(context)) {
    throw new UserError([
      `--context is ${JSON.stringify(context)}; ${known.length > 0 ? `write one of: ${known.join(", ")}` : "the kubeconfig holds none"}`,
    ]);
  }
  kubeConfig.setCurrentContext(context);
  return kubeConfig;
}

/** How kubectl is called for a cluster, as typed in a shell in this folder. The embedded cluster brings its own. */
export function kubectlOf({ kubeconfig, context }: Target): string {
  const program = context === sandboxContext ? shortPath(join(stateDir(), "cluster", "bin", "kubectl")) : "kubectl";
  const file = kubeconfig === undefined ? [] : ["--kubeconfig", shortPath(kubeconfig)];
  return [program, ...file, "--context", context].map(shellWord).join(" ");
}
