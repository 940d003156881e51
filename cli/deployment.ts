import { existsSync } from "node:fs";
import { UserError } from "../common/errors.ts";
import { sandboxContext } from "../common/names.ts";
import type { Progress } from "../common/progress.ts";
import type { StackConfig } from "../infra/settings/stack-config.ts";
import { validatorVariable } from "../infra/validator.ts";
import { stateDir } from "../sandbox/paths.ts";
import { type PluginName, pulumiEnvironment } from "../sandbox/pulumi.ts";
import { programPath } from "../sandbox/tools/build.ts";
import { families } from "../sandbox/tools/families.ts";
import { type Deployment, deploy } from "./deploy.ts";
import { type EngineTarget, isEngine } from "./engine-target.ts";
import type { Target } from "./target.ts";

export type ProviderChoice = "auto" | "official" | "stand-in";

/** Deploys the program to the target, with warnings and notes told on standard error. */
export async function deployTo(
  target: Target | EngineTarget,
  pulumi: string,
  options: { config?: StackConfig; provider: ProviderChoice; progress: Progress },
): Promise<Deployment> {
  const collector = programPath(families.collector);
  // The preview asks it whether the configurations are sound; the program runs in this process.
  if (existsSync(collector)) process.env[validatorVariable] ??= collector;
  const { provider } = options;
  const { env, notes } = await pulumiEnvironment({ pulumi, stateDir: stateDir(), provider, plugin: pluginOf(target) });
  for (const note of notes) console.error(note);
  const told = new Set<string>();
  return deploy({
    stack: target.stack,
    config: { ...configOf(target), ...options.config },
    ...(!isEngine(target) && target.context === sandboxContext ? { defaults: sandboxDefaults } : {}),
    environment: env,
    stateDir: stateDir(),
    progress: options.progress,
    // The preview and the update say the same.
    onWarning: (message) => {
      if (!told.has(message)) console.error(`warning: ${message}`);
      told.add(message);
    },
  });
}

/** The provider that a target's resources need. */
export const pluginOf = (target: Target | EngineTarget): PluginName => (isEngine(target) ? "docker" : "kubernetes");

/** The settings that say where to deploy. */
function configOf(target: Target | EngineTarget): StackConfig {
  if (isEngine(target)) return { "throughline:target": "docker", "throughline:dockerHost": target.dockerHost };
  return {
    "throughline:context": target.context,
    ...(target.kubeconfig === undefined ? {} : { "throughline:kubeconfig": target.kubeconfig }),
  };
}

/** What the embedded cluster's stack starts with: the examples beside the small profile. */
export const sandboxDefaults: StackConfig = {
  "throughline:profile": "laptop",
  "throughline:workloads": ["examples/namespace.yaml", "examples/frontend", "examples/quotes"],
};

/** The stack's outputs and changes as lines for a person. */
export function summary({ outputs, changes }: Deployment): string {
  const counts = Object.entries(changes).map(([what, count]) => `${count} ${what}`);
  const lines = Object.entries(outputs).map(
    ([name, value]) => `  ${name}: ${typeof value === "string" ? value : JSON.stringify(value)}`,
  );
  return [`Resources: ${counts.join(", ")}`, ...lines].join("\n");
}

/** Reads the value of `--provider`. @throws UserError when it is none of the three. */
export function providerChoice(value: string | undefined): ProviderChoice {
  if (value === undefined || value === "auto") return "auto";
  if (value === "official" || value === "stand-in") return value;
  throw new UserError([`--provider is ${JSON.stringify(value)}; write --provider auto, official or stand-in`]);
}
