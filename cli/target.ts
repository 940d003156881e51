import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { UserError } from "../common/errors.ts";
import { sandboxContext } from "../common/names.ts";
import { clusterId, stateDir } from "../sandbox/paths.ts";

/** The cluster a command acts on, and the stack that describes it. */
export interface Target {
  readonly context: string;
  /** Path of the kubeconfig; undefined means what KUBECONFIG or the home folder holds. */
  readonly kubeconfig: string | undefined;
  readonly stack: string;
}

/** The embedded cluster of this checkout's state folder. */
export function sandboxTarget(): Target {
  const own = process.env["THROUGHLINE_STATE"] !== undefined;
  return {
    context: sandboxContext,
    kubeconfig: join(stateDir(), "kubeconfig"),
    // Two state folders of one checkout share its Pulumi.<stack>.yaml files, so their stacks need two names.
    stack: own ? `sandbox-${clusterId().slice(3)}` : "sandbox",
  };
}

/**
 * The cluster that the options name: `context` (with `kubeconfig`), else the embedded one if it is there.
 *
 * @throws UserError when neither is: no command ever picks a cluster by itself.
 */
export function namedTarget(command: string, options: { context?: string; kubeconfig?: string }): Target {
  const { context, kubeconfig } = options;
  if (context !== undefined) return { context, kubeconfig, stack: stackOf(context) };
  const sandbox = sandboxTarget();
  if (existsSync(sandbox.kubeconfig!)) return sandbox;
  throw new UserError([
    `no cluster is named and the embedded one is not running. Start it with: npm start, or name yours with: npm run throughline -- ${command} --context <name of a kubeconfig context>`,
  ]);
}

/** A stack name for a context: its own name where Pulumi allows that, else made so, and told apart by a hash. */
function stackOf(context: string): string {
  const allowed = context.replace(/[^A-Za-z0-9_.-]+/g, "-");
  const hash = createHash("sha256").update(context).digest("hex").slice(0, 6);
  return allowed === context ? `cluster-${context}` : `cluster-${allowed}-${hash}`;
}
