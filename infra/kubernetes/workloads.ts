import * as pulumi from "@pulumi/pulumi";
import type { WorkloadObject } from "../workload-files.ts";
import { makeResource, stageOf } from "./kinds.ts";

export interface WorkloadsArgs {
  /** Objects as they stand in the users' files. What their annotations ask for is added by the stack's transform. */
  readonly objects: readonly WorkloadObject[];
}

/** The users' workloads as typed resources. Give `dependsOn` what their first spans need. */
export class Workloads extends pulumi.ComponentResource {
  constructor(name: string, args: WorkloadsArgs, opts?: pulumi.ComponentResourceOptions) {
    // Without the args: Secrets of the files would stand in the state a second time.
    super("throughline:index:Workloads", name, {}, opts);
    const made: pulumi.Resource[] = [];
    for (const stage of ["namespace", "before pods", "rest"] as const) {
      const objects = args.objects.filter((object) => stageOf(typeOf(object)) === stage);
      const dependsOn = [...made];
      for (const object of objects) {
        made.push(makeResource(typeOf(object), resourceName(object), object, { parent: this, dependsOn }));
      }
    }
    this.registerOutputs({});
  }
}

function typeOf(object: WorkloadObject): string {
  return `${object.apiVersion}/${object.kind}`;
}

/** `namespace/name`: the resource's type is part of its URN, so one name per kind is enough. */
function resourceName({ metadata }: WorkloadObject): string {
  return metadata.namespace === undefined ? metadata.name : `${metadata.namespace}/${metadata.name}`;
}
