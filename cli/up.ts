import { withoutCredentials } from "../common/credentials.ts";
import { UserError } from "../common/errors.ts";
import { terminalProgress } from "../common/progress.ts";
import { buildTools } from "../sandbox/tools/build.ts";
import { deployTo, providerChoice, summary } from "./deployment.ts";
import { parseOptions } from "./options.ts";
import { namedTarget } from "./target.ts";

const help = `Usage: throughline up [--context NAME [--kubeconfig FILE]] [--set KEY=VALUE ...] [--provider auto|official|stand-in]

Deploys to the cluster that --context names, or again to the embedded one. --set takes the
same keys as \`pulumi config\`, e.g. --set profile=standard or --set prometheus.scrape=true; the README lists them.`;

/** `throughline up`. */
export async function upCommand(argv: string[]): Promise<number> {
  const text = { type: "string" } as const;
  const options = parseOptions(
    "up",
    { context: text, kubeconfig: text, provider: text, set: { type: "string", multiple: true } },
    help,
    argv,
  );
  if (!options) return 0;
  const target = namedTarget("up", options);
  const provider = providerChoice(options.provider);
  const config = settings(options.set ?? []);
  const progress = terminalProgress();
  const pulumi = await buildTools(["pulumi"], progress).pulumi;
  console.log(summary(await deployTo(target, pulumi, { config, provider, progress })));
  return 0;
}

/** Reads `--set` values. @throws UserError for each that is not KEY=VALUE. */
export function settings(values: readonly string[]): Record<string, string> {
  const wrong = values.filter((value) => !/^[A-Za-z]+(\.[A-Za-z]+)*=/.test(value));
  if (wrong.length > 0) {
    throw new UserError(
      wrong.map(
        (value) =>
          `--set is ${JSON.stringify(withoutCredentials(value))}; write --set key=value, e.g. --set profile=standard`,
      ),
    );
  }
  return Object.fromEntries(
    values.map((value) => [`throughline:${value.slice(0, value.indexOf("="))}`, value.slice(value.indexOf("=") + 1)]),
  );
}
