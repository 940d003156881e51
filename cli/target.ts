import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { UserError } from "../common/errors.ts";
import { sandboxContext } from "../common/names.ts";
import { shellWord } from "../common/shell.ts";
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
 * @param program How the command is called, for the line to write. Default: as a command of throughline.
 * @throws UserError when neither is, and for a kubeconfig without context: no command ever picks a cluster by itself.
 */
export function namedTarget(
  command: string,
  options: { readonly context?: string | undefined; readonly kubeconfig?: string | undefined },
  program = `npm run throughline -- ${command}`,
): Target {
  const { context, kubeconfig } = options;
  if (context !== undefined) return { context, kubeconfig, stack: stackOf(context) };
  if (kubeconfig !== undefined) {
    throw new UserError([
      `--kubeconfig is ${JSON.stringify(kubeconfig)}, but no --context says which of its clusters is meant. Write: ${program} --kubeconfig ${shellWord(kubeconfig)} --context <name of one of its contexts>`,
    ]);
  }
  const sandbox = sandboxTarget();
  if (existsSync(sandbox.kubeconfig!)) return sandbox;
  throw new UserError([
    `no cluster is named and the embedded one is not running. Start it with: npm start, or name yours with: ${program} --context <name of a kubeconfig context>`,
  ]);
}

/** A stack name for a context: its own name where Pulumi allows that, else made so, and told apart by a hash. */
function stackOf(context: string): string {
  const allowed = context.replace(/[^A-Za-z0-9_.-]+/g, "-");
  const hash = createHash("sha256").update(context).digest("hex").slice(0, 6);
  return allowed === context ? `cluster-${context}` : `cluster-${allowed}-${hash}`;
}
