import { join } from "node:path";
import { KubeConfig } from "@kubernetes/client-node";
import { sandboxTarget } from "../../../cli/target.ts";
import { sandboxContext } from "../../../common/names.ts";
import { terminalProgress } from "../../../common/progress.ts";
import { type Forward, forward } from "../../../receipt/forward.ts";
import { languageTar, shopTar } from "../../../sandbox/images/build.ts";
import { importImage, status } from "../../../sandbox/node/cluster.ts";
import { stateDir } from "../../../sandbox/paths.ts";
import { deploy, removeServers } from "../backends/deploy.ts";
import { namespace as servers } from "../backends/manifest.ts";
import { kafka, rabbitmq } from "../backends/servers.ts";
import { kubectl } from "../kubectl.ts";
import { throughline } from "../throughline.ts";

export const shopNamespace = "shop";

/**
 * Deploys the shop by its own Pulumi program, with its brokers, and waits until every pod serves.
 * @param whole whether with Kafka and what is behind it, in Java and Python
 */
export async function deployShop(whole: boolean): Promise<void> {
  const cluster = await status();
  if (!cluster) throw new Error("the embedded cluster does not run");
  await deploy(rabbitmq, ...(whole ? [kafka] : []));
  const progress = terminalProgress();
  const images = [shopTar("services", progress), shopTar("mailer", progress)];
  if (whole) {
    images.push(...(["invoice", "ledger"] as const).map((name) => shopTar(name, progress)));
    images.push(...(["pythonAgent", "javaAgent"] as const).map((name) => languageTar(name, progress)));
  }
  for (const image of await Promise.all(images)) await importImage(cluster, image);

  await pulumi("stack", "select", "--create", sandboxTarget().stack);
  const settings = { context: sandboxContext, kafka: whole ? `kafka.${servers}:9092` : "" };
  const plain = Object.entries(settings).flatMap(([name, value]) => ["--plaintext", `${name}=${value}`]);
  await pulumi("config", "set-all", ...plain, "--secret", `rabbitmq=amqp://guest:guest@rabbitmq.${servers}:5672/`);
  await pulumi("up", "--yes", "--skip-preview");
}

/** Removes the shop and its brokers; returns when nothing of them is left. */
export async function removeShop(): Promise<void> {
  await pulumi("destroy", "--yes", "--skip-preview");
  await pulumi("stack", "rm", "--yes");
  await removeServers();
}

/** Opens the shop's front door on the host. To be closed. */
export function reachEdge(): Promise<Forward> {
  const config = new KubeConfig();
  config.loadFromFile(join(stateDir(), "kubeconfig"));
  return forward(config, { namespace: shopNamespace, service: "edge", port: 8080 });
}

/** Lines that the pods of a service have written, those of pods that are gone left out. */
export async function linesOf(service: string): Promise<string[]> {
  const target = ["-n", shopNamespace, "-l", `app.kubernetes.io/name=${service}`, "-c", service, "--tail=-1"];
  return (await kubectl("logs", ...target)).split("\n");
}

/** The plain Pulumi CLI in the shop's folder. */
async function pulumi(...args: string[]): Promise<string> {
  const env = { KUBECONFIG: join(stateDir(), "kubeconfig") };
  const { code, stdout, stderr } = await throughline(["pulumi", "-C", "examples/shop", ...args], { env });
  if (code !== 0) throw new Error(`pulumi ${args[0]} ended with ${code}\n${stderr}\n${stdout}`);
  return stdout;
}
