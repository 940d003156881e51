import type { Progress } from "../common/progress.ts";
import { imageTar, type Programs } from "./images/build.ts";
import { familiesOf, type ImageName, imageNames } from "./images/catalog.ts";
import { type Cluster, deployDns, importImage, up } from "./node/cluster.ts";
import { checkPreconditions } from "./node/preconditions.ts";
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
 * @throws UserError that lists every unmet precondition with the line to type, or names the component that failed.
 */
export async function startSandbox(progress: Progress, stateDir?: string): Promise<Sandbox> {
  await checkPreconditions({ needsGo: toolsToBuild(familyNames).length > 0, progress });
  const programs = buildTools(familyNames, progress);
  const cluster = await up({
    tools: { kubernetes: await programs.kubernetes },
    progress,
    ...(stateDir === undefined ? {} : { stateDir }),
  });
  // The first images are those of pods that already wait.
  const early: ImageName[] = ["pause", "coredns"];
  for (const name of early) await bringImage(cluster, name, programs, progress);
  const dns = deployDns(cluster);
  const rest = imageNames.filter((name) => !early.includes(name));
  await Promise.all([dns, ...rest.map((name) => bringImage(cluster, name, programs, progress))]);
  return { cluster, pulumi: await programs.pulumi };
}

/** The programs that the named images are made from, being built. */
export function programsFor(names: readonly ImageName[], progress: Progress): Programs {
  return buildTools([...new Set(names.flatMap(familiesOf))], progress);
}

/** Makes one image, if need be, and imports it into the cluster, if it is not there yet. */
export async function bringImage(
  cluster: Cluster,
  name: ImageName,
  programs: Programs,
  progress: Progress,
): Promise<void> {
  await importImage(cluster, await imageTar(name, programs, progress));
}
