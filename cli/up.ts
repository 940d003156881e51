import { terminalProgress } from "../common/progress.ts";
import { buildTools } from "../sandbox/tools/build.ts";
import { deployTo, providerChoice, summary } from "./deployment.ts";
import { engineTarget, targetOptions } from "./engine-target.ts";
import { parseOptions, settings } from "./options.ts";
import { namedTarget } from "./target.ts";

const help = `Usage: throughline up [--context NAME [--kubeconfig FILE]] [--set KEY=VALUE ...] [--provider auto|official|stand-in]
       throughline up --target docker [--docker-host unix:///PATH] [--set KEY=VALUE ...]

Deploys to the cluster that --context names, or again to the embedded one; with --target docker as containers
to the engine that --docker-host or DOCKER_HOST names. --set takes the
same keys as \`pulumi config\`, e.g. --set profile=standard or --set prometheus.scrape=true; the README lists them.`;

/** `throughline up`. */
export async function upCommand(argv: string[]): Promise<number> {
  const text = { type: "string" } as const;
  const options = parseOptions(
    "up",
    { ...targetOptions, provider: text, set: { type: "string", multiple: true } },
    help,
    argv,
  );
  if (!options) return 0;
  const target = engineTarget("up", options) ?? namedTarget("up", options);
  const provider = providerChoice(options.provider);
  const config = settings(options.set ?? []);
  const progress = terminalProgress();
  const pulumi = await buildTools(["pulumi"], progress).pulumi;
  console.log(summary(await deployTo(target, pulumi, { config, provider, progress })));
  return 0;
}
