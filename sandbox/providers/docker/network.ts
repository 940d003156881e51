import type { NetworkCreateOptions } from "dockerode";
import { ProviderError } from "../kubernetes/errors.ts";
import { asked, EngineError, found, ownerLabel } from "./engine-api.ts";
import { flag, given, labels, objects, text, textMap } from "./inputs.ts";
import type { Kind } from "./kind.ts";

/** docker:index/network:Network. */
export const network: Kind = {
  inputs: new Set([
    "name",
    "labels",
    "driver",
    "options",
    "internal",
    "attachable",
    "ipv6",
    "ipamConfigs",
    "ipamDriver",
  ]),
  updatable: new Set(),
  late: ["scope"],
  autonamed: true,
  create: async (docker, inputs, { owner }) => {
    const name = text(inputs, "name") ?? "";
    const [same] = (await asked(docker.listNetworks({ filters: { name: [name] } }))).filter((one) => one.Name === name);
    if (same !== undefined) {
      if (same.Labels?.[ownerLabel] === owner) return { id: same.Id, outputs: { scope: same.Scope } };
      throw new ProviderError(
        `network ${name} already exists and was not made by this stack. Write: docker network rm ${name}`,
      );
    }
    const subnets = objects(inputs, "ipamConfigs").map((one) =>
      given({ Subnet: text(one, "subnet"), Gateway: text(one, "gateway"), IPRange: text(one, "ipRange") }),
    );
    const options: NetworkCreateOptions = {
      Name: name,
      CheckDuplicate: true,
      Labels: { ...labels(inputs), [ownerLabel]: owner },
      ...given({
        Driver: text(inputs, "driver"),
        Options: textMap(inputs, "options"),
        Internal: flag(inputs, "internal"),
        Attachable: flag(inputs, "attachable"),
        EnableIPv6: flag(inputs, "ipv6"),
      }),
      ...(subnets.length > 0 && { IPAM: { Driver: text(inputs, "ipamDriver") ?? "default", Config: subnets } }),
    };
    const { id } = await asked(docker.createNetwork(options));
    return { id, outputs: { scope: "local" } };
  },
  update: async (_docker, id) => ({ id, outputs: { scope: "local" } }),
  read: async (docker, id) => {
    const live = await found(docker.getNetwork(id).inspect());
    return live && { id: live.Id, outputs: { scope: live.Scope } };
  },
  remove: async (docker, id, inputs) => {
    await found(docker.getNetwork(id).remove()).catch((error: unknown) => {
      if (!(error instanceof EngineError) || error.status !== 403) throw error;
      const name = text(inputs, "name");
      throw new ProviderError(
        `network ${name} is still in use by containers of others (${error.message}). Write: docker network inspect ${name}`,
      );
    });
  },
};
