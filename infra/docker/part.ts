import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { configDirectory, labels } from "../kubernetes/metadata.ts";
import type { DerivedPart } from "../part.ts";
import { labelList, type Published, programContainer, uid } from "./container.ts";
import type { PartFiles } from "./files.ts";

export interface DockerPartArgs {
  readonly part: DerivedPart;
  readonly files: PartFiles;
  readonly network: docker.Network;
  /** Begins the names of volumes, which all who use the engine share. */
  readonly prefix: string;
  /** Where it keeps data of its own. Default: - nowhere. */
  readonly dataPath: string | undefined;
  readonly image: docker.RemoteImage;
  /** What gives a volume to the program's user. */
  readonly busybox: docker.RemoteImage | undefined;
  readonly ports: readonly Published[];
}

/** One of our programs on a Docker Engine: its files and its data on a volume each, and its container. */
export class DockerPart extends pulumi.ComponentResource {
  /** Known when its container runs. */
  readonly ready: pulumi.Output<unknown>;

  constructor(name: string, args: DockerPartArgs, opts?: pulumi.ComponentResourceOptions) {
    super("throughline:index:DockerPart", name, {}, opts);
    const { part, files, image, network, ports } = args;
    const child = { parent: this };
    const volume = filesVolume(part.name, args, child);
    const data = args.dataPath === undefined ? undefined : dataVolume(part.name, args, child);
    const container = new docker.Container(
      name,
      programContainer(part, {
        image: image.imageId,
        network: network.name,
        files: { volume: volume.name, directories: files.directories },
        data: data && { volume: data.name, path: args.dataPath as string },
        ports,
      }),
      { ...child, dependsOn: [volume.filled, ...(data ? [data.owned] : [])], deleteBeforeReplace: true },
    );
    this.ready = container.id;
    this.registerOutputs({});
  }
}

/**
 * A volume with everything that the part reads. Its name ends in the content's hash, so that a change makes another one and with it another container.
 * A container that never runs carries the files in: the engine takes none into one whose root is read-only.
 */
function filesVolume(name: string, { prefix, files, image }: DockerPartArgs, child: pulumi.CustomResourceOptions) {
  const volumeName = `${prefix}-${name}-files-${files.hash}`;
  const volume = new docker.Volume(`${name}-files`, { name: volumeName, labels: labelList(labels(name)) }, child);
  const filled = new docker.Container(
    `${name}-files`,
    {
      name: volumeName,
      image: image.imageId,
      start: false,
      mustRun: false,
      networkMode: "none",
      labels: labelList(labels(name)),
      mounts: [{ type: "volume", source: volume.name, target: configDirectory }],
      uploads: [
        ...Object.entries(files.plain).map(([file, content]) => ({ file, content, permissions: "0444" })),
        ...Object.entries(files.secret).map(([file, content]) => ({
          file,
          content: pulumi.secret(content),
          permissions: "0400",
          owner: `${uid}`,
          group: `${uid}`,
        })),
      ],
    },
    { ...child, deleteBeforeReplace: true },
  );
  return { name: volume.name, filled };
}

/** A volume that the program may write to: a new one belongs to root. It is removed with the stack, as a namespace's would be. */
function dataVolume(name: string, { prefix, busybox }: DockerPartArgs, child: pulumi.CustomResourceOptions) {
  const volume = new docker.Volume(
    `${name}-data`,
    { name: `${prefix}-${name}-data`, labels: labelList(labels(name)) },
    child,
  );
  const owned = new docker.Container(
    `${name}-data-owner`,
    {
      name: `${prefix}-${name}-data-owner`,
      image: (busybox as docker.RemoteImage).imageId,
      command: ["chown", `${uid}:${uid}`, "/data"],
      user: "0:0",
      readOnly: true,
      capabilities: { adds: ["CHOWN"], drops: ["ALL"] },
      securityOpts: ["no-new-privileges"],
      networkMode: "none",
      attach: true,
      logs: true,
      mustRun: false,
      labels: labelList(labels(name)),
      mounts: [{ type: "volume", source: volume.name, target: "/data" }],
    },
    { ...child, deleteBeforeReplace: true },
  );
  return { name: volume.name, owned };
}
