import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { ports } from "../../collector-config/ports.ts";
import { labels, names } from "../kubernetes/metadata.ts";
import type { DerivedPart } from "../part.ts";
import { queueMount, type Topology } from "../topology.ts";
import { images } from "../versions.ts";
import { labelList, type Published } from "./container.ts";
import { partFiles } from "./files.ts";
import { DockerPart, toolsVolume } from "./part.ts";
import type { SecretValue } from "./secret-files.ts";

export interface DockerObservabilityArgs {
  /** Name of the network, which begins the names of volumes. */
  readonly namespace: string;
  readonly topology: Topology;
  readonly secretValue: SecretValue;
}

/** Agent, gateway and Jaeger on one network of a Docker Engine: container -> agent -> gateway -> Jaeger and other backends. */
export class DockerObservability extends pulumi.ComponentResource {
  /** Known when all containers run. */
  readonly ready: pulumi.Output<unknown>;
  readonly network: docker.Network;

  constructor(name: string, args: DockerObservabilityArgs, opts?: pulumi.ComponentResourceOptions) {
    super("throughline:index:DockerObservability", name, {}, opts);
    const { namespace, topology, secretValue } = args;
    const child = { parent: this };
    this.network = new docker.Network(
      "network",
      { name: namespace, driver: "bridge", labels: labelList(labels(namespace)) },
      child,
    );
    const image = memoized((reference) => {
      // Others on this machine may need it, and it costs a download.
      return new docker.RemoteImage(reference, { name: reference, keepLocally: true }, child);
    });
    const busybox = image(images.busybox);
    const tools = toolsVolume(namespace, busybox, child);
    const made = programs(topology).map(({ part, dataPath }) => {
      return new DockerPart(
        part.name,
        {
          part,
          dataPath,
          files: partFiles(part, secretValue),
          network: this.network,
          prefix: namespace,
          image: image(part.image),
          busybox,
          tools,
          ports: publishedPorts(topology),
        },
        child,
      );
    });
    this.ready = pulumi.all(made.map(({ ready }) => ready));
    this.registerOutputs({});
  }
}

/** Every program of the topology, Jaeger first, and where it keeps data of its own. */
export function programs({ agent, gateway, jaeger, volumeGiB }: Topology) {
  const queue = volumeGiB === undefined ? undefined : queueMount;
  return [
    ...jaeger.map((part: DerivedPart) => ({ part, dataPath: part.volume })),
    { part: gateway, dataPath: queue },
    { part: agent, dataPath: undefined },
  ];
}

/** Every image that is run. */
export function imagesOf(topology: Topology): string[] {
  return [...new Set([...programs(topology).map(({ part }) => part.image), images.busybox])];
}

/** Which part opens which port to this machine. */
export function publishedPorts({ jaeger }: Topology): Published[] {
  const asked = jaeger.find(({ services }) => services.includes(names.jaeger))?.name ?? names.jaeger;
  return [
    { part: names.agent, port: ports.otlpHttp },
    { part: names.agent, port: ports.otlpGrpc },
    { part: asked, port: ports.query },
  ];
}

function memoized<T>(make: (key: string) => T): (key: string) => T {
  const made = new Map<string, T>();
  return (key) => {
    const before = made.get(key);
    if (before !== undefined) return before;
    const one = make(key);
    made.set(key, one);
    return one;
  };
}
