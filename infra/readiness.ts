import * as pulumi from "@pulumi/pulumi";
import { UserError } from "../common/errors.ts";
import { probe } from "../receipt/probe.ts";
import { kubeConfigOf } from "./kubeconfig.ts";
import type { Settings } from "./settings.ts";

const timeoutMs = 60_000;

/**
 * Has `up` succeed only after a trace was written and read. Nothing is done at preview, and where nothing is deployed.
 * @param deployed What must be there and ready before.
 * @returns what was found, for people
 */
export function readiness(settings: Settings, deployed: pulumi.Output<unknown>): pulumi.Output<string> {
  const { context, namespace } = settings;
  if (!settings.probe || context === "") return pulumi.output("not asked for");
  return deployed.apply(async () => {
    if (pulumi.runtime.isDryRun()) return "not asked for at preview";
    await pulumi.log.info("waiting until a trace written at the agent is read from Jaeger", undefined, undefined, true);
    try {
      await probe({ kubeConfig: kubeConfigOf(settings), namespace, timeoutMs });
    } catch (error) {
      // Pulumi prints the message of a RunError and no stack trace.
      throw error instanceof UserError ? new pulumi.RunError(error.message) : error;
    }
    return "a trace was written at the agent and read from Jaeger";
  });
}
