import { createHash } from "node:crypto";
import { run } from "../../common/run.ts";
import type { Cluster } from "./cluster.ts";
import { readJson, writeJson } from "./files.ts";
import { clusterLayout } from "./layout.ts";

// Two imports at once would each write the list without the other's entry.
let turn: Promise<unknown> = Promise.resolve();

/**
 * Imports an image archive (with a manifest.json, as `docker save` writes it) under the names it carries.
 * Skipped when this cluster has the same content under these names. Safe to call several times at once.
 *
 * @param onReplaced called after the import with each reference that stood for other content before, and again by the next
 * import if the process is killed meanwhile
 * @returns those references
 */
export function importImage(
  cluster: Cluster,
  tarPath: string,
  onReplaced?: (reference: string) => Promise<void>,
): Promise<string[]> {
  const work = () => importOne(cluster, tarPath, onReplaced ?? (async () => {}));
  const mine = turn.then(work, work);
  turn = mine.catch(() => {});
  return mine;
}

async function importOne(
  cluster: Cluster,
  tarPath: string,
  onReplaced: (reference: string) => Promise<void>,
): Promise<string[]> {
  const { importsFile, containerdSocket } = clusterLayout(cluster.stateDir);
  const { references, digest } = await describeArchive(tarPath);
  const before = readJson<Record<string, string>>(importsFile) ?? {};
  const changed = references.filter((reference) => before[reference] !== digest);
  if (changed.length === 0) return [];
  await run("ctr", ["--address", containerdSocket, "--namespace", "k8s.io", "images", "import", tarPath]);
  const replaced = changed.filter((reference) => before[reference] !== undefined);
  for (const reference of replaced) await onReplaced(reference);
  writeJson(importsFile, { ...before, ...Object.fromEntries(references.map((reference) => [reference, digest])) });
  return replaced;
}

/** The names in an archive, and the digest of its manifest, which names configuration and layers by their digests. */
async function describeArchive(tarPath: string): Promise<{ references: string[]; digest: string }> {
  const manifest = await run("tar", ["-xOf", tarPath, "--wildcards", "--no-anchored", "manifest.json"]);
  const images = JSON.parse(manifest) as { RepoTags?: string[] | null }[];
  return {
    references: images.flatMap(({ RepoTags }) => RepoTags ?? []),
    digest: createHash("sha256").update(manifest).digest("hex"),
  };
}
