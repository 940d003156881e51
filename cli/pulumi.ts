import { spawn } from "node:child_process";
import { checkoutRoot, stateDir } from "../sandbox/paths.ts";
import { pulumiEnvironment } from "../sandbox/pulumi.ts";
import { buildTools } from "../sandbox/tools/build.ts";
import { terminalProgress } from "./progress.ts";
import { sandboxTarget } from "./target.ts";

/** `throughline pulumi ...`: the plain Pulumi CLI with the environment and stack of the embedded cluster. */
export async function pulumiCommand(argv: string[]): Promise<number> {
  const pulumi = await buildTools(["pulumi"], terminalProgress()).pulumi;
  const { env } = await pulumiEnvironment({ pulumi, stateDir: stateDir(), provider: "auto" });
  const takesStack = ["up", "preview", "destroy", "refresh", "config"].includes(argv[0] ?? "");
  const args =
    takesStack && !argv.some((arg) => /^(-s|--stack)(=|$)/.test(arg))
      ? [...argv, "--stack", sandboxTarget().stack]
      : argv;
  const child = spawn(pulumi, args, { cwd: checkoutRoot, stdio: "inherit", env: { ...process.env, ...env } });
  // Ctrl-C reaches the child by the terminal; waiting for it lets it end its update in order.
  process.on("SIGINT", () => {});
  return new Promise((resolve) => child.on("exit", (code) => resolve(code ?? 1)));
}
