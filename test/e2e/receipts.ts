import type { Receipt } from "../../receipt/trace.ts";
import { throughline } from "./throughline.ts";

/** Runs `throughline trace --output json` and returns the receipt of a trace that arrived. */
export async function receipt(...args: string[]): Promise<Receipt> {
  const { code, stdout, stderr } = await throughline(["trace", "--output", "json", ...args]);
  if (code !== 0) throw new Error(`throughline trace ended with ${code}\n${stderr}\n${stdout}`);
  return JSON.parse(stdout);
}

/** The receipt of a trace that goes through both examples. */
export const exampleReceipt = (): Promise<Receipt> => receipt("--expect", "frontend,quotes");

/**
 * Runs `throughline up` and returns the number of resources by what happened to them.
 * A pod that finds no room is not waited for until the time of `up` is over: it will hardly find any.
 */
export async function up(...args: string[]): Promise<Record<string, number>> {
  let stopping: NodeJS.Timeout | undefined;
  const { code, stdout, stderr } = await throughline(["up", ...args], {
    onOutput: (text, child) => {
      if (!/FailedScheduling/.test(text)) return;
      // The whole process group, as a terminal's Ctrl-C would.
      stopping ??= setTimeout(() => process.kill(-child.pid!, "SIGINT"), 30_000);
    },
  });
  clearTimeout(stopping);
  if (code !== 0) throw new Error(`throughline up ended with ${code}\n${stderr}`);
  return countsOf(stdout);
}

/** The number of resources by what happened to them, as `throughline up` prints it. */
export function countsOf(stdout: string): Record<string, number> {
  const counts = /^Resources: (.*)$/m.exec(stdout)?.[1] ?? "";
  return Object.fromEntries([...counts.matchAll(/(\d+) ([\w-]+)/g)].map(([, count, what]) => [what, Number(count)]));
}
