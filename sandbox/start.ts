import type { Progress } from "../common/progress.ts";
import { imageTar, type Programs } from "./images/build.ts";
import { type ImageName, imageNames } from "./images/catalog.ts";
import { type Cluster, deployDns, importImage, up } from "./node/cluster.ts";
import { checkPreconditions } from "./node/preconditions.ts";
import { restartPods } from "./node/restart-pods.ts";
import { buildTools, toolsToBuild } from "./tools/build.ts";
import { familyNames } from "./tools/families.ts";

/** What `npm start` has once the embedded cluster runs. */
export interface Sandbox {
  readonly cluster: Cluster;
  /** Path of the Pulumi CLI program. */
  readonly pulumi: string;
}

/**
 * Brings the embedded cluster up with every image in it: builds what is missing, and starts the node while the rest
 * still builds. Idempotent; resumes after an interruption.
 *
 * When a part fails, no build runs any more by the time this rejects, but the start of the node or the making of an image
 * may still go on: the caller ends the process.
 *
 * @throws UserError that lists every unmet precondition with the line to type, or names the component that failed.
 */
export async function startSandbox(progress: Progress, stateDir?: string): Promise<Sandbox> {
  const state = stateDir === undefined ? {} : { stateDir };
  await checkPreconditions({ needsGo: toolsToBuild(familyNames).length > 0, progress, ...state });
  const stop = new AbortController();
  const programs = buildTools(familyNames, progress, stop.signal);
  const bring = async () => {
    const tools = { kubernetes: await programs.kubernetes };
    const cluster = await up({ tools, progress, checked: true, ...state });
    // The first images are those of pods that already wait.
    const early: ImageName[] = ["pause", "coredns"];
    for (const name of early) await bringImage(cluster, name, programs, progress);
    const dns = deployDns(cluster);
    const rest = imageNames.filter((name) => !early.includes(name));
    await Promise.all([dns, ...rest.map((name) => bringImage(cluster, name, programs, progress))]);
    return cluster;
  };
  try {
    // A build that fails is told at once, not when its program is needed.
    const [cluster] = await Promise.all([bring(), ...Object.values(programs)]);
    return { cluster, pulumi: await programs.pulumi };
  } catch (error) {
    stop.abort();
    await Promise.allSettled(Object.values(programs));
    throw error;
  }
}

/** Makes one image, if need be, and imports it into the cluster, if it is not there yet. Pods of an earlier one start anew. */
async function bringImage(cluster: Cluster, name: ImageName, programs: Programs, progress: Progress): Promise<void> {
  const archive = await imageTar(name, programs, progress);
  await importImage(cluster, archive, async (reference) => {
    const step = progress.step(`restarting the pods of ${reference}`);
    await restartPods(cluster, reference).finally(() => step.done());
  });
}
