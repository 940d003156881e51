import type Docker from "dockerode";
import { isProps, type Props } from "../kubernetes/values.ts";

/** Who makes a resource, how to tell of it, and when to stop. */
export interface Operation {
  /** What `ownerLabel` says of things that this very resource made. */
  readonly owner: string;
  /** Shows a line beside the resource. */
  readonly status: (message: string) => void;
  /** Aborted when the user cancels the update. */
  readonly signal: AbortSignal;
}

/** A resource as it stands in the engine. */
export interface Made {
  readonly id: string;
  /** What the engine says beside the inputs. */
  readonly outputs: Props;
}

/** What one type of resource is to the engine. Inputs are those of @pulumi/docker, without nulls. */
export interface Kind {
  /** Inputs that are understood. */
  readonly inputs: ReadonlySet<string>;
  /** Inputs that are changed in place; any other change makes a new one. */
  readonly updatable: ReadonlySet<string>;
  /** Outputs that are known only once it is made. */
  readonly late: readonly string[];
  /** Whether those change with every update. */
  readonly lateAgain?: true;
  /** Whether the old one goes before its replacement comes: both may need the same port. One of the same name always does. */
  readonly deletedFirst?: true;
  /** Keys of the objects in those inputs by where they are, such as `mounts.volumeOptions`; an input without an entry takes any. */
  readonly nested?: Readonly<Record<string, readonly string[]>>;
  /** Whether its name may be left out. */
  readonly autonamed: boolean;
  /** Inputs with what is worked out from them. @throws ProviderError for those that can't be followed */
  readonly check?: (inputs: Props) => Promise<Props>;
  readonly create: (docker: Docker, inputs: Props, operation: Operation) => Promise<Made>;
  readonly update: (docker: Docker, id: string, before: Props, inputs: Props, operation: Operation) => Promise<Made>;
  /** Undefined when it is gone. `drift` are inputs that the engine no longer follows. */
  readonly read: (docker: Docker, id: string, inputs: Props) => Promise<(Made & { drift?: Props }) | undefined>;
  readonly remove: (docker: Docker, id: string, inputs: Props) => Promise<void>;
}

/** Inputs that a kind does not understand, by where they are, such as `mounts.bindOptions`. */
export function foreignInputs(inputs: Props, kind: Pick<Kind, "inputs" | "nested">): string[] {
  const foreign = (objects: readonly Props[], known: ReadonlySet<string>, place: string) => {
    const names = objects.flatMap(Object.keys).filter((name) => !known.has(name) && name !== "__defaults");
    return [...new Set(names)].map((name) => `${place}${name}`);
  };
  const at = (place: string) =>
    place
      .split(".")
      .reduce<Props[]>((objects, key) => objects.flatMap((one) => [one[key]].flat().filter(isProps)), [inputs]);
  return [
    ...foreign([inputs], kind.inputs, ""),
    ...Object.entries(kind.nested ?? {}).flatMap(([place, keys]) => foreign(at(place), new Set(keys), `${place}.`)),
  ];
}
