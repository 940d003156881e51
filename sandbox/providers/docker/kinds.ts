import { builtImage } from "./built-image.ts";
import { container } from "./container.ts";
import { remoteImage } from "./image.ts";
import type { Kind } from "./kind.ts";
import { network } from "./network.ts";
import { volume } from "./volume.ts";

/** What the stand-in makes, by type token. */
export const kinds: Readonly<Record<string, Kind>> = {
  "docker:index/container:Container": container,
  "docker:index/image:Image": builtImage,
  "docker:index/network:Network": network,
  "docker:index/remoteImage:RemoteImage": remoteImage,
  "docker:index/volume:Volume": volume,
};

/** The kind of the resource that a URN names; undefined for one that the stand-in does not make. */
export function kindOf(urn: string): Kind | undefined {
  return kinds[typeOf(urn)];
}

export function typeOf(urn: string): string {
  return urn.split("::")[2]?.split("$").at(-1) ?? "";
}
