import { createHash } from "node:crypto";
import { createReadStream, mkdirSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { run } from "../../common/run.ts";
import type { ImageSpec } from "./catalog.ts";

/** Entries sorted, owned by root and without times, so that the same content gives the same bytes. */
const reproducible = ["--sort=name", "--owner=0", "--group=0", "--numeric-owner", "--mtime=@0"];

/**
 * Packs the folder `root` as the only layer of an image and returns the archive's path inside `scratch`.
 *
 * Format: the manifest.json form of `docker save`
 * (https://github.com/moby/docker-image-spec/blob/main/v1.2.md#combined-image-json--filesystem-changeset-format).
 */
export async function packImage(spec: ImageSpec, root: string, scratch: string): Promise<string> {
  const content = join(scratch, "archive");
  mkdirSync(content);
  const layer = join(content, "layer.tar");
  await run("tar", ["-C", root, ...reproducible, "-cf", layer, "."]);
  const layerDigest = await sha256(layer);
  renameSync(layer, join(content, `${layerDigest}.tar`));

  const config = JSON.stringify({
    architecture: "amd64",
    os: "linux",
    config: {
      Entrypoint: spec.entrypoint,
      Cmd: spec.cmd ?? null,
      User: spec.user,
      ...(spec.stopSignal && { StopSignal: spec.stopSignal }),
      Env: ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", ...(spec.env ?? [])],
    },
    rootfs: { type: "layers", diff_ids: [`sha256:${layerDigest}`] },
    history: [{ created_by: "throughline" }],
  });
  const configName = `${createHash("sha256").update(config).digest("hex")}.json`;
  writeFileSync(join(content, configName), config);
  writeFileSync(
    join(content, "manifest.json"),
    JSON.stringify([{ Config: configName, RepoTags: [spec.reference], Layers: [`${layerDigest}.tar`] }]),
  );

  const archive = join(scratch, "image.tar");
  await run("tar", ["-C", content, ...reproducible, "-cf", archive, "."]);
  return archive;
}

async function sha256(path: string): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(path), hash);
  return hash.digest("hex");
}
