import { withoutCredentials } from "../common/credentials.ts";
import type { Settings } from "./settings/settings.ts";

/** An address of an engine that can be used: the ports are on this machine's loopback, so the engine has to be here too. */
export const engineAddress = /^unix:\/\/\/.+$/;

/** The path in such an address. */
export function socketPath(address: string): string {
  return address.replace(/^unix:\/\//, "");
}

/** The engine that is to be used: the setting's, else the one that DOCKER_HOST names. Undefined when neither does; none is ever picked. */
export function engineAddressOf({ dockerHost }: Pick<Settings, "dockerHost">): string | undefined {
  return dockerHost ?? (process.env["DOCKER_HOST"] || undefined);
}

/** What is wrong with the choice of the engine, one sentence each. */
export function engineAddressProblems(settings: Pick<Settings, "dockerHost">): string[] {
  const address = engineAddressOf(settings);
  const line = "Write: pulumi config set throughline:dockerHost unix:///var/run/docker.sock";
  if (address === undefined) {
    return [
      `throughline:dockerHost is not set, and neither is DOCKER_HOST; nothing is deployed to an engine you did not name; allowed: the address of a socket on this machine. ${line}`,
    ];
  }
  if (engineAddress.test(address)) return [];
  return [
    `DOCKER_HOST is ${JSON.stringify(withoutCredentials(address))}; allowed: the address of a socket on this machine, since the ports are opened on its loopback. ${line}`,
  ];
}
