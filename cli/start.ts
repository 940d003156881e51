import { isDeepStrictEqual } from "node:util";
import { terminalProgress } from "../common/progress.ts";
import { checkConfig, readStackConfig, type StackConfig } from "../infra/settings/stack-config.ts";
import { startSandbox } from "../sandbox/start.ts";
import { deployTo, providerChoice, sandboxDefaults, summary } from "./deployment.ts";
import { parseOptions } from "./options.ts";
import { addresses } from "./status.ts";
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
  const target = sandboxTarget();
  const given = options.profile === undefined ? {} : { "throughline:profile": options.profile };
  const config: StackConfig = { ...sandboxDefaults, ...readStackConfig(target.stack), ...given };
  // A wrong setting is told now, not after a quarter of an hour of builds.
  checkConfig(config, { deploying: false });
  const progress = terminalProgress();
  const { cluster, pulumi } = await startSandbox(progress);
  const deployment = await deployTo(target, pulumi, { config: given, provider, progress });
  console.log(`${summary(deployment)}\n${addresses(cluster)}\n`);
  const examples = isDeepStrictEqual(config["throughline:workloads"], sandboxDefaults["throughline:workloads"]);
  return traceCommand(examples ? ["--expect", "frontend,quotes"] : []);
}
