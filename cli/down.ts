import { rmSync } from "node:fs";
import { join } from "node:path";
import { terminalProgress } from "../common/progress.ts";
import { stackFile } from "../infra/settings/stack-config.ts";
import { down } from "../sandbox/node/cluster.ts";
import { stateDir } from "../sandbox/paths.ts";
import { pulumiEnvironment } from "../sandbox/pulumi.ts";
import { forgetStack } from "../sandbox/recover.ts";
import { buildTools } from "../sandbox/tools/build.ts";
import { undeploy } from "./deploy.ts";
import { pluginOf } from "./deployment.ts";
import { engineTarget, targetOptions } from "./engine-target.ts";
import { parseOptions } from "./options.ts";
import { namedTarget, sandboxTarget } from "./target.ts";

const help = `Usage: throughline down [--context NAME [--kubeconfig FILE]]
       throughline down --target docker [--docker-host unix:///PATH]

Without options removes the embedded cluster and everything it made on this machine, keeping
built tools in the cache. With --context deletes the stack's resources from that cluster, with
--target docker those of the engine, volumes with traces too.`;

/** `throughline down`, which is `npm run down`. */
export async function downCommand(argv: string[]): Promise<number> {
  const options = parseOptions("down", targetOptions, help, argv);
  if (!options) return 0;
  const progress = terminalProgress();
  const engine = engineTarget("down", options);
  if (engine === undefined && options.context === undefined && options.kubeconfig === undefined) {
    const { stack } = sandboxTarget();
    await down({ progress });
    // The resources went with the cluster, so its stack is forgotten rather than destroyed one by one.
    forgetStack(join(stateDir(), "pulumi"), "throughline", stack);
    rmSync(stackFile(stack), { force: true });
    return 0;
  }
  const target = engine ?? namedTarget("down", options);
  const pulumi = await buildTools(["pulumi"], progress).pulumi;
  const plugin = pluginOf(target);
  const { env } = await pulumiEnvironment({ pulumi, stateDir: stateDir(), provider: "auto", plugin });
  await undeploy({ stack: target.stack, environment: env, stateDir: stateDir(), progress });
  // An engine on this machine comes and goes; what was set for it goes with its stack.
  if (engine !== undefined) rmSync(stackFile(target.stack), { force: true });
  return 0;
}
