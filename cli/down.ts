import { rmSync } from "node:fs";
import { join } from "node:path";
import { terminalProgress } from "../common/progress.ts";
import { down } from "../sandbox/node/cluster.ts";
import { checkoutRoot, stateDir } from "../sandbox/paths.ts";
import { pulumiEnvironment } from "../sandbox/pulumi.ts";
import { forgetStack } from "../sandbox/recover.ts";
import { buildTools } from "../sandbox/tools/build.ts";
import { undeploy } from "./deploy.ts";
import { parseOptions } from "./options.ts";
import { namedTarget, sandboxTarget } from "./target.ts";

const help = `Usage: throughline down [--context NAME [--kubeconfig FILE]]

Without options removes the embedded cluster and everything it made on this machine, keeping
built tools in the cache. With --context deletes the stack's resources from that cluster.`;

/** `throughline down`, which is `npm run down`. */
export async function downCommand(argv: string[]): Promise<number> {
  const options = parseOptions("down", { context: { type: "string" }, kubeconfig: { type: "string" } }, help, argv);
  if (!options) return 0;
  const progress = terminalProgress();
  if (options.context === undefined) {
    const { stack } = sandboxTarget();
    await down({ progress });
    // The resources went with the cluster, so its stack is forgotten rather than destroyed one by one.
    forgetStack(join(stateDir(), "pulumi"), "throughline", stack);
    rmSync(join(checkoutRoot, `Pulumi.${stack}.yaml`), { force: true });
    return 0;
  }
  const target = namedTarget("down", options);
  const pulumi = await buildTools(["pulumi"], progress).pulumi;
  const { env } = await pulumiEnvironment({ pulumi, stateDir: stateDir(), provider: "auto" });
  await undeploy({ stack: target.stack, environment: env, stateDir: stateDir(), progress });
  return 0;
}
