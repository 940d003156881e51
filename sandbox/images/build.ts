import { createHash } from "node:crypto";
import { existsSync, readFileSync, renameSync, rmSync } from "node:fs";
import { basename, join } from "node:path";
import type { Progress } from "../../common/progress.ts";
import { cacheDir } from "../paths.ts";
import { makeScratch } from "../scratch.ts";
import { buildTools } from "../tools/build.ts";
import type { FamilyName } from "../tools/families.ts";
import { packImage } from "./archive.ts";
import { type BackendImage, backends } from "./backends.ts";
import { catalog, type ImageName, type ImagePart, type ImageSpec } from "./catalog.ts";
import { describeDebianPackages } from "./debian.ts";
import { type EngineImage, engineImages } from "./engine.ts";
import { type LanguageImage, languages } from "./languages.ts";
import { pomOf } from "./maven.ts";
import { requirementsOf } from "./pip.ts";
import { type ShopImage, shop } from "./shop.ts";
import { hostProgram, librariesOf, npmFiles, stage } from "./stage.ts";

/** Paths of built programs, as buildTools gives them. */
export type Programs = Partial<Record<FamilyName, Promise<string>>>;

/**
 * Makes the named image into the cache, unless one of the same content is there, and returns the path of its archive
 * (docker-archive format, what `docker save` writes and `ctr images import` reads).
 *
 * Waits for the programs it is made from. Needs `tar` and, for images with npm parts, `npm`; no image build daemon.
 */
export async function imageTar(name: ImageName, programs: Programs, progress: Progress): Promise<string> {
  return programTar(name, catalog[name], programs, progress);
}

/**
 * Makes an image of the example shop, as imageTar does; its Go programs are built when they are missing. Needs `apt-get`, `dpkg-deb`
 * and `pip` for the service in Python, `apt-get` and `dpkg-deb` for that in Java.
 *
 * @throws UserError that says what is missing or could not be had
 */
export async function shopTar(name: ShopImage, progress: Progress): Promise<string> {
  const programs = name === "services" ? buildTools(["shop"], progress) : {};
  return programTar(`shop-${name}`, shop[name], programs, progress);
}

/**
 * Makes the image of a backend for the tests, as imageTar does. Needs `apt-get` and `dpkg-deb`, and `mvn` for those in Java.
 *
 * @throws UserError that says what is missing or could not be had
 */
export function backendTar(name: BackendImage, progress: Progress): Promise<string> {
  return specTar(name, backends[name], new Map(), progress);
}

/**
 * Makes the image of an agent or example service in Java or Python, as imageTar does. Needs `apt-get` and `dpkg-deb` for the services,
 * `mvn` for the Java agent, `pip` for what is in Python.
 *
 * @throws UserError that says what is missing or could not be had
 */
export function languageTar(name: LanguageImage, progress: Progress): Promise<string> {
  return specTar(name, languages[name], new Map(), progress);
}

/** Makes an image that only the target docker needs, as imageTar does. */
export function engineTar(name: EngineImage, progress: Progress): Promise<string> {
  return specTar(name, engineImages[name], new Map(), progress);
}

async function programTar(name: string, spec: ImageSpec, programs: Programs, progress: Progress): Promise<string> {
  const sources = new Map<ImagePart, string>();
  for (const part of spec.parts) {
    if (part.kind === "program") sources.set(part, await required(programs, part.family, name));
  }
  return specTar(name, spec, sources, progress);
}

async function specTar(
  name: string,
  spec: ImageSpec,
  sources: ReadonlyMap<ImagePart, string>,
  progress: Progress,
): Promise<string> {
  const target = join(cacheDir(), "images", `${name}-${await contentKey(spec, sources)}.tar`);
  if (existsSync(target)) return target;

  const step = progress.step(`making image ${name}`);
  const scratch = makeScratch(join(cacheDir(), "images"), name);
  try {
    const root = join(scratch, "root");
    await stage(spec.parts, sources, root);
    const archive = await packImage(spec, root, scratch);
    renameSync(archive, target);
    step.done();
    return target;
  } catch (error) {
    step.done("failed");
    throw error;
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

async function required(programs: Programs, family: FamilyName, image: string): Promise<string> {
  const program = programs[family];
  if (program === undefined) throw new Error(`image ${image} is made from ${family}, which the caller did not build`);
  return await program;
}

/** Names an image by all that goes into it. */
export async function contentKey(spec: ImageSpec, sources: ReadonlyMap<ImagePart, string>): Promise<string> {
  const hash = createHash("sha256").update(JSON.stringify({ ...spec, parts: spec.parts.map((part) => part.path) }));
  for (const part of spec.parts) {
    hash.update(`\0${part.path}\0`);
    if (part.kind === "symlink") hash.update(part.target);
    // The program's folder is already named by the content of its pins and sources.
    else if (part.kind === "program") hash.update(basename(join(sources.get(part)!, "..")));
    else if (part.kind === "npm") {
      for (const file of npmFiles(part.source))
        hash.update(`\0${file}\0`).update(readFileSync(join(part.source, file)));
    } else if (part.kind === "debian") hash.update(await describeDebianPackages(part.packages));
    else if (part.kind === "maven") hash.update(readFileSync(pomOf(part.source)));
    else if (part.kind === "pip") hash.update(readFileSync(requirementsOf(part.source)));
    else if (part.kind === "linked") {
      const program = hostProgram(part.source);
      for (const path of [program, ...(await librariesOf(program))])
        hash.update(`\0${path}\0`).update(readFileSync(path));
    } else hash.update(readFileSync(part.source));
  }
  return hash.digest("hex").slice(0, 16);
}
