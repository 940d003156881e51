import { KubeConfig } from "@kubernetes/client-node";
import { ports } from "../../../collector-config/ports.ts";
import { names } from "../../../infra/kubernetes/metadata.ts";
import { type Forward, forward } from "../../../receipt/forward.ts";
import type { Receipt } from "../../../receipt/trace.ts";
import { status } from "../../../sandbox/node/cluster.ts";
import { objects } from "../kubectl.ts";
import { up } from "../receipts.ts";
import { throughline } from "../throughline.ts";

/** Namespace of the Collectors and Jaeger. */
export const ours = "observability";

/** Has the product send to backends, by settings such as `zipkin.endpoint`. */
export const fanOut = (settings: Readonly<Record<string, string>>) =>
  up(...Object.entries(settings).flatMap(([name, value]) => ["--set", `${name}=${value}`]));

/** Takes the settings away again and applies what is left. */
export async function noFanOut(settings: Readonly<Record<string, string>>): Promise<void> {
  for (const name of new Set(Object.keys(settings).map((path) => path.split(".")[0]))) {
    const { code, stderr } = await throughline(["pulumi", "config", "rm", `throughline:${name}`]);
    if (code !== 0) throw new Error(`throughline:${name} was not removed: ${stderr}`);
  }
  await up();
}

/** Names of what our namespace holds; a configuration's name changes with its content. */
export async function inventory(): Promise<string[]> {
  const found = await objects<{ kind: string; metadata: { name: string } }>("cm,svc,secret,netpol,pdb", "-n", ours);
  return found.map(({ kind, metadata }) => `${kind} ${metadata.name}`).sort();
}

/** Requests to the examples, one after the other, and how long after its end each trace was whole in Jaeger: the median. */
export async function requests(count: number): Promise<{ receipts: Receipt[]; median: number }> {
  const args = ["--repeat", `${count}`, "--expect", "frontend,quotes", "--output", "json"];
  const { code, stdout, stderr } = await throughline(["trace", ...args]);
  if (code !== 0) throw new Error(`throughline trace ended with ${code}\n${stderr}\n${stdout}`);
  const { receipts, queryableAfterMs } = JSON.parse(stdout);
  return { receipts, median: queryableAfterMs.median };
}

/** Opens the agents' door for OTLP over HTTP on the host. To be closed. */
export async function reachAgent(): Promise<Forward> {
  const cluster = await status();
  if (!cluster) throw new Error("the embedded cluster does not run");
  const config = new KubeConfig();
  config.loadFromFile(cluster.kubeconfig);
  return forward(config, { namespace: ours, service: names.agent, port: ports.otlpHttp });
}
