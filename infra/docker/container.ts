import type * as docker from "@pulumi/docker";
import type * as pulumi from "@pulumi/pulumi";
import { ports } from "../../collector-config/ports.ts";
import { configDirectory, configFile, labels } from "../kubernetes/metadata.ts";
import type { DerivedPart } from "../part.ts";
import { goRuntime } from "../profiles.ts";

/** User and group of the upstream images. */
export const uid = 10001;

/** A port of a part that is opened on this machine's loopback under the same number. */
export interface Published {
  readonly part: string;
  readonly port: number;
}

export interface ProgramContainerArgs {
  /** Id of the image. */
  readonly image: pulumi.Input<string>;
  readonly network: pulumi.Input<string>;
  /** Name of the volume with its files, and where that stands. */
  readonly files: { readonly volume: pulumi.Input<string>; readonly directories: readonly string[] };
  /** Name of the volume with data of its own. Default: - it has none. */
  readonly data?: { readonly volume: pulumi.Input<string>; readonly path: string } | undefined;
  /** Name of the volume with a program that asks for its health. */
  readonly tools: pulumi.Input<string>;
  readonly ports: readonly Published[];
}

/** Where the program is that asks for health: the upstream images hold nothing but their own. */
const toolsPath = "/throughline-tools";

/** The container of a program that reads one Collector configuration. */
export function programContainer(part: DerivedPart, args: ProgramContainerArgs): docker.ContainerArgs {
  const { name, resources, gracePeriodSeconds } = part;
  return {
    name,
    // Its own name leads to its own address, on which it listens. Loopback is another one.
    hostname: name,
    image: args.image,
    command: [
      `--config=${configDirectory}/${configFile}`,
      ...(part.featureGates ?? []).map((gate) => `--feature-gates=${gate}`),
    ],
    envs: [
      `POD_IP=${name}`,
      `POD_NAME=${name}`,
      ...Object.entries(goRuntime(resources)).map(([variable, value]) => `${variable}=${value}`),
    ],
    user: `${uid}:${uid}`,
    readOnly: true,
    tmpfs: { "/tmp": "rw,noexec,nosuid,nodev,size=16m,mode=1777" },
    capabilities: { drops: ["ALL"] },
    securityOpts: ["no-new-privileges"],
    memory: resources.memoryLimit,
    // The same as the memory: no swap, in which it would only crawl.
    memorySwap: resources.memoryLimit,
    healthcheck: {
      // It listens at its own address, as in a pod, and not on loopback.
      tests: ["CMD", `${toolsPath}/wget`, "-q", "-O", "/dev/null", `http://${name}:${ports.health}${part.healthPath}`],
      interval: "10s",
      timeout: "5s",
      startPeriod: "30s",
      retries: 3,
    },
    restart: "unless-stopped",
    mustRun: true,
    stopTimeout: gracePeriodSeconds,
    destroyGraceSeconds: gracePeriodSeconds,
    logDriver: "json-file",
    logOpts: { "max-size": "10m", "max-file": "3" },
    labels: labelList({ ...labels(name), ...part.serviceAnnotations }),
    networksAdvanced: [{ name: args.network, aliases: [...new Set([name, ...part.services])] }],
    ports: args.ports
      .filter((one) => one.part === name)
      .map(({ port }) => ({ internal: port, external: port, ip: "127.0.0.1", protocol: "tcp" })),
    mounts: [
      ...[configDirectory, ...args.files.directories].map((target) => ({
        type: "volume",
        source: args.files.volume,
        target,
        readOnly: true,
      })),
      { type: "volume", source: args.tools, target: toolsPath, readOnly: true },
      ...(args.data ? [{ type: "volume", source: args.data.volume, target: args.data.path }] : []),
    ],
  };
}

/** Labels as this provider takes them. */
export function labelList(all: Readonly<Record<string, string>>): { label: string; value: string }[] {
  return Object.entries(all).map(([label, value]) => ({ label, value }));
}
