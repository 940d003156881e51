import type { TestProject } from "vitest/node";
import { clusterId, stateDir } from "../../sandbox/paths.ts";
import { type HostState, hostState } from "./host.ts";
import { eventually } from "./node-workloads.ts";
import { npm } from "./throughline.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** What `npm start` printed and how long it took, in seconds. */
    start: { output: string; seconds: number };
  }
}

/** Starts the suite's embedded cluster with the stack and the examples; removes it all at the end. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  // With a slash: the plain path stands in the environment of this suite's own processes.
  const marks = [`${stateDir()}/`, clusterId()];
  const before = withoutMarked(hostState(marks), marks);
  const begun = Date.now();
  const { code, stdout, stderr } = await npm(["start"], { echo: true });
  if (code !== 0) throw new Error(`npm start ended with ${code}\n${stdout}\n${stderr}`);
  project.provide("start", { output: stdout, seconds: (Date.now() - begun) / 1000 });
  return async () => {
    const down = await npm(["run", "down"], { echo: true });
    if (down.code !== 0) throw new Error(`npm run down ended with ${down.code}\n${down.stderr}`);
    // Process 1 may take its time to look after those that ended.
    await eventually(60_000, async () => {
      const left = difference(before, hostState(marks));
      if (left.length > 0) throw new Error(`npm run down did not leave the host as it was:\n${left.join("\n")}`);
      return true;
    });
  };
}

/** The host without what an earlier run of this suite that was killed has left: it is not to be kept. */
function withoutMarked(state: HostState, marks: readonly string[]): HostState {
  const kept = Object.entries(state).map(([part, list]: [string, string[]]) => [
    part,
    list.filter((entry) => !marks.some((mark) => entry.includes(mark))),
  ]);
  return { ...Object.fromEntries(kept), processes: [] } as HostState;
}

/** What was added (+) and lost (-), without what clusters of other state folders did meanwhile. */
function difference(before: HostState, after: HostState): string[] {
  const ofOthers = new RegExp(`\\btl-(?!${clusterId().slice(3)})[0-9a-f]{6}`);
  return (Object.keys(before) as (keyof HostState)[])
    .flatMap((part) => [
      ...after[part].filter((entry) => !before[part].includes(entry)).map((entry) => `+ ${part}: ${entry}`),
      ...before[part].filter((entry) => !after[part].includes(entry)).map((entry) => `- ${part}: ${entry}`),
    ])
    .filter((line) => !ofOthers.test(line));
}
