import { ProviderError } from "../kubernetes/errors.ts";
import { asked, EngineError, found, ownerLabel } from "./engine-api.ts";
import { given, labels, text, textMap } from "./inputs.ts";
import type { Kind } from "./kind.ts";

/** docker:index/volume:Volume. */
export const volume: Kind = {
  inputs: new Set(["name", "labels", "driver", "driverOpts"]),
  updatable: new Set(),
  late: ["mountpoint"],
  autonamed: true,
  create: async (docker, inputs, { owner }) => {
    const name = text(inputs, "name") ?? "";
    const same = await found(docker.getVolume(name).inspect());
    if (same !== undefined && same.Labels?.[ownerLabel] !== owner) {
      throw new ProviderError(
        `volume ${name} already exists and was not made by this stack. Write: docker volume rm ${name}`,
      );
    }
    if (same === undefined) {
      await asked(
        docker.createVolume({
          Name: name,
          Labels: { ...labels(inputs), [ownerLabel]: owner },
          ...given({ Driver: text(inputs, "driver"), DriverOpts: textMap(inputs, "driverOpts") }),
        }),
      );
    }
    const { Mountpoint } = await asked(docker.getVolume(name).inspect());
    return { id: name, outputs: { mountpoint: Mountpoint } };
  },
  update: async (_docker, id) => ({ id, outputs: {} }),
  read: async (docker, id) => {
    const live = await found(docker.getVolume(id).inspect());
    return live && { id, outputs: { mountpoint: live.Mountpoint } };
  },
  remove: async (docker, id) => {
    await found(docker.getVolume(id).remove()).catch((error: unknown) => {
      if (!(error instanceof EngineError) || error.status !== 409) throw error;
      throw new ProviderError(
        `volume ${id} is still in use by a container of others. Write: docker ps -a --filter volume=${id}`,
      );
    });
  },
};
