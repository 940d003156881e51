import * as pulumi from "@pulumi/pulumi";
import { UserError } from "../common/errors.ts";
import { probe } from "../receipt/probe.ts";
import type { Site } from "../receipt/site.ts";
import type { Settings } from "./settings/settings.ts";

const timeoutMs = 60_000;

/**
 * Has `up` succeed only after a trace was written and read. Nothing is done at preview, and where nothing is deployed.
 * @param site Where it is deployed. Undefined where nothing is.
 * @param deployed What must be there and ready before.
 * @returns what was found, for people
 */
export function readiness(
  settings: Pick<Settings, "probe">,
  site: (() => Site) | undefined,
  deployed: pulumi.Output<unknown>,
): pulumi.Output<string> {
  if (!settings.probe || site === undefined) return pulumi.output("not asked for");
  return deployed.apply(async () => {
    if (pulumi.runtime.isDryRun()) return "not asked for at preview";
    await pulumi.log.info("waiting until a trace written at the agent is read from Jaeger", undefined, undefined, true);
    try {
      await probe({ site: site(), timeoutMs });
    } catch (error) {
      // Pulumi prints the message of a RunError and no stack trace.
      throw error instanceof UserError ? new pulumi.RunError(error.message) : error;
    }
    return "a trace was written at the agent and read from Jaeger";
  });
}
