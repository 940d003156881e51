import { writeFileSync } from "node:fs";
import Docker from "dockerode";
import { ports } from "../collector-config/ports.ts";
import { UserError } from "../common/errors.ts";
import { sandboxContext } from "../common/names.ts";
import { silentProgress, terminalProgress } from "../common/progress.ts";
import { shortPath } from "../common/shell.ts";
import { socketPath } from "../infra/engine-address.ts";
import { names } from "../infra/kubernetes/metadata.ts";
import { dockerSite } from "../receipt/docker-site.ts";
import { renderReceipt, renderStored } from "../receipt/render.ts";
import { kubernetesSite, type Site } from "../receipt/site.ts";
import { type StoredTrace, storedTrace } from "../receipt/stored.ts";
import { type Receipt, type TraceOptions, traceReceipt } from "../receipt/trace.ts";
import { type Drawn, waterfall } from "../receipt/waterfall/picture.ts";
import { status } from "../sandbox/node/cluster.ts";
import { type EngineTarget, engineTarget, targetOptions } from "./engine-target.ts";
import { kubectlOf, loadKubeConfig } from "./kubeconfig.ts";
import { parseOptions } from "./options.ts";
import { namedTarget, type Target } from "./target.ts";
import { readTraceFlags, type TraceRequest } from "./trace-options.ts";

const help = `Usage: throughline trace [options]

Calls a workload inside a root span of its own, and reads the whole trace back from Jaeger.
When it does not arrive in time, names the hop that it did not get past and exits with 1.

  --workload NS/SERVICE:PORT[/path]  Service of the cluster to call (default demo/frontend:8080/);
                         with --target docker CONTAINER:PORT[/path], a published port (default frontend:8080/)
  --url URL              call this address instead, directly from here
  --id TRACE             call nothing, read this trace; waits for it only with --timeout
  --svg FILE             draw the trace as a waterfall, also one that is not complete
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
      id: text,
      svg: text,
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
  const request = readTraceFlags(flags, engine !== undefined);
  const place =
    engine === undefined ? await inCluster(namedTarget("trace", flags), request.namespace) : onEngine(engine);
  return request.traceId === undefined ? callAndRead(request, place) : readStored(request, request.traceId, place);
}

async function callAndRead(request: TraceRequest, { site, linkBase, advice }: Place): Promise<number> {
  const { target, timeoutMs, output, repeat, expectServices, svg } = request;
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
  draw(svg, last, output);
  return last.complete ? 0 : 1;
}

async function readStored(
  { timeoutMs, output, expectServices, svg }: TraceRequest,
  traceId: string,
  { site, linkBase, advice }: Place,
): Promise<number> {
  const jaeger = await site.openJaeger();
  let found: StoredTrace | undefined;
  try {
    found = await storedTrace(jaeger.client, traceId, expectServices, timeoutMs);
  } catch (error) {
    throw new UserError([jaeger.lastProblem() ?? (error as Error).message]);
  } finally {
    await jaeger.close();
  }
  if (found === undefined) {
    throw new UserError([
      `--id is "${traceId}", of which Jaeger at ${site.jaegerAddress} has no span; write the id of a trace that it has, or --timeout 30s to wait for it`,
    ]);
  }
  const link = `${linkBase ?? `http://127.0.0.1:${ports.query}`}${jaeger.basePath}/trace/${traceId}`;
  if (output === "json") {
    console.log(JSON.stringify({ ...found, link }, null, 2));
  } else {
    console.log(renderStored(found, link, process.stdout.isTTY));
    if (advice !== undefined) console.log(advice);
  }
  draw(svg, found, output);
  return found.complete ? 0 : 1;
}

/** @throws UserError when the file can't be written. */
function draw(file: string | undefined, trace: Drawn, output: "text" | "json"): void {
  if (file === undefined) return;
  try {
    writeFileSync(file, waterfall(trace));
  } catch (error) {
    throw new UserError([
      `--svg is ${JSON.stringify(file)}, which can't be written (${(error as NodeJS.ErrnoException).code}); write the name of a file that can be`,
    ]);
  }
  if (output === "text") console.log(`Drawn in ${shortPath(file)}`);
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
