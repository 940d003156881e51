import type { Settings } from "./settings/settings.ts";

/** Where the parts stand, as far as addresses depend on it. */
export type Place = Pick<Settings, "target" | "namespace">;

/** The name under which the parts of one target reach each other: a Service's in a cluster, an alias on the network of a Docker Engine. */
export function hostOf({ target, namespace }: Place, service: string): string {
  return target === "docker" ? service : `${service}.${namespace}.svc`;
}

/** The address of a part's port for the other parts, `host:port`. */
export function addressOf(place: Place, service: string, port: number): string {
  return `${hostOf(place, service)}:${port}`;
}
