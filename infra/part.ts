import { destinations, hasHiddenDestinations, type Offer, offers } from "../collector-config/graph.ts";
import { type Permission, permissions } from "../collector-config/permissions.ts";
import type { CollectorConfig } from "../collector-config/types.ts";
import type { Resources } from "./profiles.ts";

/** A value of a Secret as an environment variable, which the configuration reads as `${env:NAME}`. */
export interface SecretVariable {
  readonly name: string;
  readonly secret: string;
  readonly key: string;
}

/** A key of a Secret as a file below `directory`. */
export interface SecretFile {
  /** Name of the volume. */
  readonly name: string;
  readonly secret: string;
  readonly key: string;
  readonly directory: string;
}

/** One program that reads a Collector configuration, as plain data: all that its Kubernetes objects are made of. */
export interface Part {
  /** Its name, also of its account, container and Service. */
  readonly name: string;
  readonly image: string;
  readonly config: CollectorConfig;
  readonly resources: Resources;
  /** Path of the health check on port 13133. */
  readonly healthPath: string;
  /** Seconds between SIGTERM and SIGKILL. */
  readonly gracePeriodSeconds: number;
  /** Pods; 1 for each node in case of the agent. */
  readonly replicas: number;
  /** Names of the Services in front of it. */
  readonly services: readonly string[];
  /** Other files beside the configuration, by name. Default: - none. */
  readonly texts?: Readonly<Record<string, string>>;
  /** Names of the only parts that may ask it. Default: - everyone. */
  readonly queriedBy?: readonly string[];
  /** Annotations of its Services. Default: - none. */
  readonly serviceAnnotations?: Readonly<Record<string, string>>;
  /** Feature gates to open. Default: - none. */
  readonly featureGates?: readonly string[];
  /** Seconds that it may take to start. Default: 60. */
  readonly startSeconds?: number;
  /** Where it keeps data of its own. Default: - nowhere. */
  readonly volume?: string;
  readonly variables: readonly SecretVariable[];
  readonly files: readonly SecretFile[];
}

/** Ports that are open to the pods of some parts, or to everyone. */
export interface Door {
  readonly ports: readonly string[];
  /** Names of parts. Default: - everyone. */
  readonly from?: readonly string[];
}

/** Where a part may connect to. */
export interface Way {
  readonly port: number;
  /** Name of the part. Default: - anywhere. */
  readonly to?: string;
}

/** A part with what its configuration and those of the others say about it. */
export interface DerivedPart extends Part {
  readonly offers: readonly Offer[];
  readonly doors: readonly Door[];
  /** Undefined when an address is known only in the pod, so that no rule can be written. */
  readonly ways: readonly Way[] | undefined;
  readonly permissions: readonly Permission[];
}

/**
 * What the edges of the pipelines say about each part: a function that tells it of one of them.
 * @param hostOf The name under which the others reach one of its Services.
 * @param entrances Names of the parts whose data ports are for everyone.
 */
export function derivation(
  all: readonly Part[],
  hostOf: (service: string) => string,
  entrances: readonly string[],
): <P extends Part>(part: P) => P & DerivedPart {
  const reaches = (host: string, part: Part) =>
    part.services.some((service) => host === hostOf(service) || host.endsWith(`.${hostOf(service)}`));
  return (part) => {
    const open = offers(part.config);
    const leads = destinations(part.config).map(({ host, port }): Way => {
      const target = all.find((other) => reaches(host, other));
      return target ? { port, to: target.name } : { port };
    });
    const entered = open.filter(({ purpose }) => purpose === "data").map(({ port }) => port);
    const callers = all.filter((other) =>
      destinations(other.config).some(({ host, port }) => entered.includes(port) && reaches(host, part)),
    );
    const doors = open
      .filter(({ purpose }) => purpose !== "health")
      .map(({ name, purpose }): Door => {
        if (purpose === "query" && part.queriedBy) return { ports: [name], from: part.queriedBy };
        const forAll = purpose !== "data" || entrances.includes(part.name);
        return forAll ? { ports: [name] } : { ports: [name], from: callers.map((caller) => caller.name) };
      });
    return {
      ...part,
      offers: open,
      doors: merged(doors),
      ways: hasHiddenDestinations(part.config) ? undefined : distinct(leads),
      permissions: permissions(part.config),
    };
  };
}

/** Doors for the same callers as one; those that nobody uses stay shut. */
function merged(doors: readonly Door[]): Door[] {
  const groups = new Map<string, Door>();
  for (const door of doors.filter(({ from }) => from?.length !== 0)) {
    const key = JSON.stringify(door.from);
    const before = groups.get(key);
    groups.set(key, { ...door, ports: [...(before?.ports ?? []), ...door.ports] });
  }
  return [...groups.values()];
}

function distinct(ways: readonly Way[]): Way[] {
  return ways.filter((way, index) => ways.findIndex(({ port, to }) => port === way.port && to === way.to) === index);
}
