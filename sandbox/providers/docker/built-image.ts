import { join, relative } from "node:path";
import type Docker from "dockerode";
import type { ImageBuildOptions } from "dockerode";
import { ProviderError } from "../kubernetes/errors.ts";
import { hasUnknown, isProps, type Props } from "../kubernetes/values.ts";
import { type BuildContext, contextDigest, readContext, withArchive } from "./build-context.ts";
import { asked, EngineError, followed, found } from "./engine-api.ts";
import { flag, given, text, textMap } from "./inputs.ts";
import type { Kind, Made, Operation } from "./kind.ts";

const buildInputs = new Set(["context", "dockerfile", "args", "target", "platform", "network", "builderVersion"]);

/**
 * docker:index/image:Image: an image of the user's own app, built by the engine from a folder, and not pushed anywhere. As with the official
 * provider a change of the folder's content is a change, and the image outlives the stack.
 */
export const builtImage: Kind = {
  inputs: new Set(["imageName", "build", "skipPush", "buildOnPreview"]),
  updatable: new Set(["imageName", "build", "skipPush", "buildOnPreview"]),
  late: ["repoDigest", "baseImageName", "registryServer", "dockerfile", "context"],
  lateAgain: true,
  autonamed: false,
  check: async (inputs) => {
    if (flag(inputs, "skipPush") !== true) {
      throw new ProviderError(
        "skipPush is not true, and the stand-in provider pushes to no registry. Write: skipPush: true, or use --provider official.",
      );
    }
    const build = buildOf(inputs);
    const foreign = Object.keys(build).find((name) => !buildInputs.has(name));
    if (foreign !== undefined) {
      throw new ProviderError(`build.${foreign}: the stand-in provider has no such input; --provider official has.`);
    }
    if (hasUnknown(build)) return inputs;
    return { ...inputs, build: { ...build, contextDigest: contextDigest(contextOf(build)) } };
  },
  create: built,
  update: (docker, _id, _before, inputs, operation) => built(docker, inputs, operation),
  read: async (docker, _id, inputs) => {
    const image = await found(docker.getImage(nameOf(inputs)).inspect());
    return image && { id: nameOf(inputs), outputs: outputsOf(inputs, image.Id) };
  },
  remove: async () => {},
};

const nameOf = (inputs: Props) => text(inputs, "imageName") ?? "";

const buildOf = (inputs: Props): Props => (isProps(inputs["build"]) ? inputs["build"] : {});

function contextOf(build: Props): BuildContext {
  return readContext(text(build, "context") ?? ".", text(build, "dockerfile"));
}

async function built(docker: Docker, inputs: Props, { status, signal }: Operation): Promise<Made> {
  const name = nameOf(inputs);
  status(`building ${name}`);
  const build = buildOf(inputs);
  const context = contextOf(build);
  const options: ImageBuildOptions = {
    t: name,
    dockerfile: context.dockerfile,
    abortSignal: signal,
    // The classic builder is gone from engines to come.
    version: text(build, "builderVersion") === "BuilderV1" ? "1" : "2",
    ...given({
      buildargs: textMap(build, "args"),
      target: text(build, "target"),
      platform: text(build, "platform"),
      networkmode: text(build, "network"),
    }),
  };
  try {
    await withArchive(context, async (archive) => followed(docker, await asked(docker.buildImage(archive, options))));
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    throw new ProviderError(
      `image ${name} was not built from ${context.folder}: ${error.message}. Run, to see every step: docker build ${context.folder}`,
    );
  }
  const { Id } = await asked(docker.getImage(name).inspect());
  return { id: name, outputs: outputsOf(inputs, Id) };
}

/** What the official provider tells. The image's id stands for the digest that a registry would have given. */
function outputsOf(inputs: Props, id: string): Props {
  const build = buildOf(inputs);
  const context = text(build, "context") ?? ".";
  const dockerfile = relative(context, text(build, "dockerfile") ?? join(context, "Dockerfile"));
  return { repoDigest: id, baseImageName: nameOf(inputs), registryServer: "", dockerfile, context };
}
