import { createReadStream } from "node:fs";
import type Docker from "dockerode";
import { UserError } from "../../common/errors.ts";
import type { Progress } from "../../common/progress.ts";
import { run } from "../../common/run.ts";
import { engineTar, imageTar, type Programs } from "../images/build.ts";
import type { ImageName } from "../images/catalog.ts";
import { followed } from "../providers/docker/engine-api.ts";

/** What the target docker and the examples need, those it needs first at the front. */
const imageNames: readonly ImageName[] = ["collector", "jaeger", "autoinstrumentationNodejs", "quotes", "frontend"];

/** Makes the images, if need be, and loads them into an engine under their upstream names: no registry is reachable. */
export async function loadImages(docker: Docker, programs: Programs, progress: Progress): Promise<void> {
  await load(docker, await engineTar("busybox", progress));
  for (const name of imageNames) await load(docker, await imageTar(name, programs, progress));
}

/** Loads an archive as `docker save` writes it; skipped where the engine has the same content under the name. */
async function load(docker: Docker, archive: string): Promise<void> {
  const manifest = await run("tar", ["-xOf", archive, "--wildcards", "--no-anchored", "manifest.json"]);
  const [image] = JSON.parse(manifest) as { Config: string; RepoTags: string[] }[];
  const name = image?.RepoTags[0] ?? "";
  const there = await docker
    .getImage(name)
    .inspect()
    .catch(() => undefined);
  // An image's id is the digest of its configuration, after which the file in the archive is named.
  if (there?.Id === `sha256:${image?.Config.replace(/\.json$/, "")}`) return;
  await followed(docker, await docker.loadImage(createReadStream(archive))).catch((error: Error) => {
    throw new UserError([`the engine did not load ${name}: ${error.message}`]);
  });
}
