import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { onceDone } from "../../instrumentation/helper.ts";
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
  readonly busybox: docker.RemoteImage;
  /** What `toolsVolume` made. */
  readonly tools: Filled;
  readonly ports: readonly Published[];
}

/** A volume with something on it that was there before any program ran. */
export interface Filled {
  readonly name: pulumi.Output<string>;
  /** Known when it is on it. */
  readonly filled: pulumi.Resource;
}

/** One of our programs on a Docker Engine: its files and its data on a volume each, and its container. */
export class DockerPart extends pulumi.ComponentResource {
  /** Known when its container runs. */
  readonly ready: pulumi.Output<unknown>;

  constructor(name: string, args: DockerPartArgs, opts?: pulumi.ComponentResourceOptions) {
    super("throughline:index:DockerPart", name, {}, opts);
    const { part, files, image, network, ports, tools } = args;
    const child = { parent: this };
    const volume = filesVolume(part.name, args, child);
    const data = args.dataPath === undefined ? undefined : dataVolume(part.name, args, child);
    const container = new docker.Container(
      name,
      programContainer(part, {
        image: image.imageId,
        network: network.name,
        files: { volume: volume.name, directories: files.directories },
        tools: tools.name,
        data: data && { volume: data.name, path: args.dataPath as string },
        ports,
      }),
      { ...child, dependsOn: [volume.filled, tools.filled, ...(data ? [data.owned] : [])], deleteBeforeReplace: true },
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
  const uploads = [
    ...Object.entries(files.plain).map(([file, content]) => ({ file, content, permissions: "0444" })),
    ...Object.entries(files.secret).map(([file, content]) => ({
      file,
      content: pulumi.secret(content),
      permissions: "0400",
      owner: `${uid}`,
      group: `${uid}`,
    })),
  ];
  const carrier = { name: `${prefix}-${name}-files-${files.hash}`, image, target: configDirectory, of: name, uploads };
  return filledVolume(`${name}-files`, carrier, child);
}

/** A volume with busybox's programs, for all parts: an engine fills a new volume with what the image has in its place. */
export function toolsVolume(prefix: string, busybox: docker.RemoteImage, child: pulumi.CustomResourceOptions): Filled {
  return filledVolume("tools", { name: `${prefix}-tools`, image: busybox, target: "/bin", of: "tools" }, child);
}

interface Carrier extends Pick<docker.ContainerArgs, "uploads"> {
  /** Of the volume and of the container. */
  readonly name: string;
  readonly image: docker.RemoteImage;
  /** Where the volume stands in it. */
  readonly target: string;
  /** What the labels say it is for. */
  readonly of: string;
}

/** A volume that gets what it holds from a container which never runs. */
function filledVolume(resource: string, carrier: Carrier, child: pulumi.CustomResourceOptions): Filled {
  const { name, image, target, of, ...uploads } = carrier;
  const common = { name, labels: labelList(labels(of)) };
  const volume = new docker.Volume(resource, common, child);
  const filled = new docker.Container(
    resource,
    {
      ...common,
      image: image.imageId,
      start: false,
      mustRun: false,
      networkMode: "none",
      mounts: [{ type: "volume", source: volume.name, target }],
      ...uploads,
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
      image: busybox.imageId,
      command: ["chown", `${uid}:${uid}`, "/data"],
      user: "0:0",
      readOnly: true,
      capabilities: { adds: ["CAP_CHOWN"], drops: ["ALL"] },
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
  return { name: onceDone(owned, volume.name), owned };
}
