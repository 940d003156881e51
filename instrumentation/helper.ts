import type * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { told } from "./told.ts";

/** A value that is known once a container which only does one thing (`attach`) has done it well. */
export function onceDone<T>(helper: docker.Container, value: pulumi.Output<T>): pulumi.Output<T> {
  return pulumi.all([helper.name, helper.urn, helper.exitCode, value]).apply(([name, urn, exitCode, known]) => {
    checkEnd(name, urn, exitCode);
    return known as T;
  });
}

/**
 * The official provider makes such a container also where its program fails, so its exit code is asked for.
 * @throws an error with the line to write where it failed: nothing has changed for the next `up`, which would not try it again
 */
export function checkEnd(name: string, urn: string, exitCode: number | undefined): void {
  if (!exitCode) return;
  throw told(
    `container ${name} ended with exit code ${exitCode}. Read why: docker logs ${name}; then write: pulumi up --replace '${urn}'`,
  );
}
