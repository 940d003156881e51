import { execFile } from "node:child_process";
import { UserError } from "../common/errors.ts";

/**
 * Runs a program to its end and returns its standard output.
 *
 * @throws UserError that names the command and ends in its last lines, when it can't be started or exits with other than 0.
 */
export function run(
  program: string,
  args: readonly string[],
  options: { cwd?: string; env?: NodeJS.ProcessEnv } = {},
): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(program, args, { ...options, maxBuffer: 64 << 20 }, (error, stdout, stderr) => {
      if (!error) return resolve(stdout);
      const lines = `${stderr || stdout || error.message}`.trim().split("\n").slice(-12).join("\n");
      reject(new UserError([`${program} ${args.join(" ")} failed:\n${lines}`]));
    });
  });
}
