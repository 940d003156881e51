import { spawn } from "node:child_process";
import { join } from "node:path";
import { LocalWorkspace, PulumiCommand, Stack } from "@pulumi/pulumi/automation/index.js";
import { terminalProgress } from "../common/progress.ts";
import { checkoutRoot, stateDir } from "../sandbox/paths.ts";
import { pulumiEnvironment } from "../sandbox/pulumi.ts";
import { recoverStack } from "../sandbox/recover.ts";
import { buildTools } from "../sandbox/tools/build.ts";
import { sandboxTarget } from "./target.ts";

/** `throughline pulumi ...`: the plain Pulumi CLI with the environment and stack of the embedded cluster. */
export async function pulumiCommand(argv: string[]): Promise<number> {
  const pulumi = await buildTools(["pulumi"], terminalProgress()).pulumi;
  const { env } = await pulumiEnvironment({ pulumi, stateDir: stateDir(), provider: "auto" });
  const { stack } = sandboxTarget();
  const takesStack = ["up", "preview", "destroy", "refresh", "config"].includes(argv[0] ?? "");
  const named = argv.some((arg) => /^(-s|--stack)(=|$)/.test(arg));
  if (takesStack && !named) await recover(stack, env);
  const args = takesStack && !named ? [...argv, "--stack", stack] : argv;
  const child = spawn(pulumi, args, { cwd: checkoutRoot, stdio: "inherit", env: { ...process.env, ...env } });
  // Ctrl-C reaches the child by the terminal; waiting for it lets it end its update in order.
  process.on("SIGINT", () => {});
  return new Promise((resolve) => child.on("exit", (code) => resolve(code ?? 1)));
}

/** Clears what a killed update left, if there is such a stack. */
async function recover(name: string, envVars: Record<string, string>): Promise<void> {
  const pulumiCommand = await PulumiCommand.get({ root: stateDir() });
  const workspace = await LocalWorkspace.create({ workDir: checkoutRoot, envVars, pulumiCommand });
  if (!(await workspace.listStacks()).some((stack) => stack.name === name)) return;
  const stack = await Stack.select(name, workspace);
  for (const note of await recoverStack(stack, join(stateDir(), "pulumi"))) console.error(note);
}
