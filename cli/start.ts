import { terminalProgress } from "../common/progress.ts";
import { startSandbox } from "../sandbox/start.ts";
import { deployTo, providerChoice, sandboxConfig, summary } from "./deployment.ts";
import { parseOptions } from "./options.ts";
import { sandboxTarget } from "./target.ts";
import { traceCommand } from "./trace.ts";

const help = `Usage: throughline start [--profile laptop|standard] [--provider auto|official|stand-in]

Brings up the embedded Kubernetes node, deploys Collector, Jaeger and the annotated
examples to it, calls the example and prints its trace. Safe to run again, also after
an interruption.`;

/** `throughline start`, which is `npm start`. */
export async function startCommand(argv: string[]): Promise<number> {
  const options = parseOptions("start", { profile: { type: "string" }, provider: { type: "string" } }, help, argv);
  if (!options) return 0;
  const provider = providerChoice(options.provider);
  const progress = terminalProgress();
  const { cluster, pulumi } = await startSandbox(progress);
  const config = {
    ...sandboxConfig,
    ...(options.profile === undefined ? {} : { "throughline:profile": options.profile }),
  };
  const deployment = await deployTo(sandboxTarget(), pulumi, { config, provider, progress });
  console.log(`${summary(deployment)}\nKubeconfig: ${cluster.kubeconfig}\n`);
  return traceCommand([]);
}
