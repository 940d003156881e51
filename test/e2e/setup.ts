import type { TestProject } from "vitest/node";
import { throughline } from "./throughline.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** What `throughline start` printed and how long it took, in seconds. */
    start: { output: string; seconds: number };
  }
}

/** Starts the suite's embedded cluster with the stack and the examples; removes it all at the end. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const begun = Date.now();
  const { code, stdout, stderr } = await throughline(["start"], { echo: true });
  if (code !== 0) throw new Error(`throughline start ended with ${code}\n${stdout}\n${stderr}`);
  project.provide("start", { output: stdout, seconds: (Date.now() - begun) / 1000 });
  return async () => {
    const down = await throughline(["down"], { echo: true });
    if (down.code !== 0) throw new Error(`throughline down ended with ${down.code}\n${down.stderr}`);
  };
}
