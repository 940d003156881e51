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
  await select(sandboxTarget().stack, env);
  const child = spawn(pulumi, argv, { cwd: checkoutRoot, stdio: "inherit", env: { ...process.env, ...env } });
  // Ctrl-C reaches the child by the terminal; waiting for it lets it end its update in order.
  process.on("SIGINT", () => {});
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("exit", (code) => resolve(code ?? 1));
  });
}

/** Makes the stack the one that commands mean, cleared of what a killed update left. Does nothing before there is one. */
async function select(name: string, envVars: Record<string, string>): Promise<void> {
  const pulumiCommand = await PulumiCommand.get({ root: stateDir() });
  const workspace = await LocalWorkspace.create({ workDir: checkoutRoot, envVars, pulumiCommand });
  if (!(await workspace.listStacks()).some((stack) => stack.name === name)) return;
  const stack = await Stack.select(name, workspace);
  for (const note of await recoverStack(stack, join(stateDir(), "pulumi"))) console.error(note);
}
