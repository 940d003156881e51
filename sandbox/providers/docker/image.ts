import type Docker from "dockerode";
import type { ImageInspectInfo } from "dockerode";
import { ProviderError } from "../kubernetes/errors.ts";
import type { Props } from "../kubernetes/values.ts";
import { asked, EngineError, found } from "./engine-api.ts";
import { flag, text } from "./inputs.ts";
import type { Kind } from "./kind.ts";

/** How long a registry may take to say whether it has an image. */
const registryTimeoutMs = 20_000;

/** docker:index/remoteImage:RemoteImage: what the engine has is taken, else it is pulled. Registries that ask for a login are not. */
export const remoteImage: Kind = {
  inputs: new Set(["name", "keepLocally", "forceRemove", "pullTriggers", "triggers", "platform"]),
  updatable: new Set(["keepLocally", "forceRemove"]),
  late: ["imageId", "repoDigest"],
  autonamed: false,
  // Offline that is known before anything is made.
  preview: (docker, inputs) => checkImage(docker, text(inputs, "name") ?? ""),
  create: async (docker, inputs, { status }) => {
    const name = text(inputs, "name") ?? "";
    const image = await ensureImage(docker, name, status);
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

/** @throws ProviderError where neither the engine nor a registry that it can ask has the image */
export async function checkImage(docker: Docker, name: string): Promise<void> {
  if ((await local(docker, name)) !== undefined) return;
  await orMissing(name, soon(asked(docker.getImage(name).distribution())));
}

/** The image that the engine has, else the one that it pulls. @throws ProviderError where it can't */
export async function ensureImage(
  docker: Docker,
  name: string,
  status: (message: string) => void,
): Promise<ImageInspectInfo> {
  return (await local(docker, name)) ?? pulled(docker, name, status);
}

function local(docker: Docker, name: string): Promise<ImageInspectInfo | undefined> {
  return found(docker.getImage(name).inspect());
}

async function pulled(docker: Docker, name: string, status: (message: string) => void): Promise<ImageInspectInfo> {
  status(`pulling ${name}`);
  const pull = async () => {
    const stream = await asked(docker.pull(name));
    await new Promise<void>((resolve, reject) => {
      docker.modem.followProgress(stream, (error) => (error ? reject(new EngineError(500, error.message)) : resolve()));
    });
  };
  await orMissing(name, pull());
  return asked(docker.getImage(name).inspect());
}

/** @throws ProviderError in a user's words when the registry can't be asked or has no such image */
async function orMissing(name: string, answer: Promise<unknown>): Promise<void> {
  try {
    await answer;
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error;
    throw new ProviderError(
      `the engine has no image ${name}, and it could not be pulled: ${error.message}. Write, where there is a network: docker pull ${name}; or bring it as a file: docker load -i <file made by docker save>`,
    );
  }
}

/** What a registry says, if it says it in time. */
async function soon<T>(answer: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    const why = `no answer within ${registryTimeoutMs / 1000} s`;
    timer = setTimeout(() => reject(new ProviderError(why)), registryTimeoutMs);
  });
  return Promise.race([answer, late]).finally(() => clearTimeout(timer));
}

function outputsOf(image: ImageInspectInfo): Props {
  return { imageId: image.Id, repoDigest: image.RepoDigests?.[0] ?? "" };
}
