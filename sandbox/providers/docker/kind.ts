import type Docker from "dockerode";
import type { Props } from "../kubernetes/values.ts";

/** Who makes a resource, and how to tell of it. */
export interface Operation {
  /** What `ownerLabel` says of things that this very resource made. */
  readonly owner: string;
  /** Shows a line beside the resource. */
  readonly status: (message: string) => void;
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
  /** Whether its name may be left out. */
  readonly autonamed: boolean;
  /** Finds out at preview what would fail. */
  readonly preview?: (docker: Docker, inputs: Props) => Promise<void>;
  readonly create: (docker: Docker, inputs: Props, operation: Operation) => Promise<Made>;
  readonly update: (docker: Docker, id: string, before: Props, inputs: Props) => Promise<Made>;
  /** Undefined when it is gone. `drift` are inputs that the engine no longer follows. */
  readonly read: (docker: Docker, id: string, inputs: Props) => Promise<(Made & { drift?: Props }) | undefined>;
  readonly remove: (docker: Docker, id: string, inputs: Props) => Promise<void>;
}
