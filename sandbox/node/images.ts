import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { pipeline } from "node:stream/promises";
import type { Cluster } from "./cluster.ts";
import { readJson, writeJson } from "./files.ts";
import { clusterLayout } from "./layout.ts";
import { run } from "./run.ts";

// Two imports at once would each write the list without the other's entry.
let turn: Promise<unknown> = Promise.resolve();

/**
 * Imports an image archive (as `docker save` or the OCI layout write it) under the names it carries.
 * Skipped when an archive of the same content was imported into this cluster before. Safe to call several times at once.
 */
export function importImage(cluster: Cluster, tarPath: string): Promise<void> {
  const mine = turn.then(
    () => importOne(cluster, tarPath),
    () => importOne(cluster, tarPath),
  );
  turn = mine.catch(() => {});
  return mine;
}

async function importOne(cluster: Cluster, tarPath: string): Promise<void> {
  const { importsFile, containerdSocket } = clusterLayout(cluster.stateDir);
  const hash = createHash("sha256");
  await pipeline(createReadStream(tarPath), hash);
  const digest = hash.digest("hex");
  const imported = readJson<string[]>(importsFile) ?? [];
  if (imported.includes(digest)) return;
  const ctr = ["--address", containerdSocket, "--namespace", "k8s.io"];
  await run("ctr", [...ctr, "images", "import", tarPath], { timeoutMs: 300_000 });
  writeJson(importsFile, [...imported, digest]);
}
