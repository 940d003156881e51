import type Docker from "dockerode";
import type { ImageInspectInfo } from "dockerode";
import { missingImage } from "../../../infra/docker/images.ts";
import { ProviderError } from "../kubernetes/errors.ts";
import type { Props } from "../kubernetes/values.ts";
import { asked, followed, found } from "./engine-api.ts";
import { flag, text } from "./inputs.ts";
import type { Kind, Operation } from "./kind.ts";

/** docker:index/remoteImage:RemoteImage: what the engine has is taken, else it is pulled. Registries that ask for a login are not. */
export const remoteImage: Kind = {
  inputs: new Set(["name", "keepLocally", "forceRemove", "pullTriggers", "triggers", "platform"]),
  updatable: new Set(["keepLocally", "forceRemove"]),
  late: ["imageId", "repoDigest"],
  autonamed: false,
  create: async (docker, inputs, operation) => {
    const name = text(inputs, "name") ?? "";
    const image = await ensureImage(docker, name, operation);
    return { id: `${image.Id}${name}`, outputs: outputsOf(image) };
  },
  update: async (docker, id, _before, inputs) => {
    const image = await local(docker, text(inputs, "name") ?? "");
    return { id, outputs: image ? outputsOf(image) : {} };
  },
  read: async (docker, _id, inputs) => {
    const name = text(inputs, "name") ?? "";
    const image = await local(docker, name);
    return image && { id: `${image.Id}${name}`, outputs: outputsOf(image) };
  },
  remove: async (docker, _id, inputs) => {
    if (flag(inputs, "keepLocally")) return;
    await found(docker.getImage(text(inputs, "name") ?? "").remove({ force: flag(inputs, "forceRemove") ?? false }));
  },
};

/** The image that the engine has, else the one that it pulls. @throws ProviderError where it can't */
export async function ensureImage(docker: Docker, name: string, operation: Operation): Promise<ImageInspectInfo> {
  return (await local(docker, name)) ?? pulled(docker, name, operation);
}

function local(docker: Docker, name: string): Promise<ImageInspectInfo | undefined> {
  return found(docker.getImage(name).inspect());
}

/** @throws ProviderError in a user's words when the registry can't be asked or has no such image */
async function pulled(docker: Docker, name: string, { status, signal }: Operation): Promise<ImageInspectInfo> {
  status(`pulling ${name}`);
  try {
    await followed(docker, await asked(docker.pull(name, { abortSignal: signal })));
    return await asked(docker.getImage(name).inspect());
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error;
    throw new ProviderError(missingImage(name, error.message));
  }
}

function outputsOf(image: ImageInspectInfo): Props {
  return { imageId: image.Id, repoDigest: image.RepoDigests?.[0] ?? "" };
}
