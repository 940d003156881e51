import { join } from "node:path";
import { type EngineEvent, LocalWorkspace, PulumiCommand, type Stack } from "@pulumi/pulumi/automation/index.js";
import { UserError } from "../common/errors.ts";
import type { Progress } from "../common/progress.ts";
import { checkoutRoot } from "../sandbox/paths.ts";
import { recoverStack } from "../sandbox/recover.ts";
import { readContexts } from "./kubeconfig.ts";
import { program } from "./program.ts";
import { parseSettings } from "./settings.ts";

/** Which stack to deploy and how to reach the engine. */
export interface DeployOptions {
  /** Stack name, e.g. "sandbox". Its configuration stands in `Pulumi.<stack>.yaml` of the checkout, as for the plain CLI. */
  readonly stack: string;
  /** Configuration to write before the run, by full key such as `throughline:profile`. Keys not named keep their value. */
  readonly config: Readonly<Record<string, string>>;
  /** Environment of the Pulumi CLI, as sandbox/pulumi.ts makes it. */
  readonly environment: Readonly<Record<string, string>>;
  /** Folder that holds the CLI program (`bin/pulumi`) and the local backend (`pulumi`). */
  readonly stateDir: string;
  readonly progress: Progress;
  /** Receives each warning of the program or engine. @default - warnings are dropped */
  readonly onWarning?: (message: string) => void;
}

export interface Deployment {
  /** Stack outputs; secret ones are left out. */
  readonly outputs: Readonly<Record<string, unknown>>;
  /** Number of resources by what happened to them: create, update, replace, delete, same. */
  readonly changes: Readonly<Record<string, number>>;
}

/**
 * Runs the program of infra/ against the stack through the Automation API: the whole preview first, so that nothing is
 * applied when any of it is refused, then the update.
 *
 * @throws UserError with the program's own message for a mistake in the settings or workloads, else the engine's errors.
 */
export async function deploy(options: DeployOptions): Promise<Deployment> {
  const run = new Run(options);
  const stack = await run.stack();
  await configure(stack, options.config);
  await run.step("checking the stack", (onEvent) => stack.preview({ onEvent }));
  const result = await run.step("applying the stack", (onEvent) => stack.up({ onEvent }));
  const outputs = Object.entries(result.outputs).filter(([, output]) => !output.secret);
  return {
    outputs: Object.fromEntries(outputs.map(([name, output]) => [name, output.value])),
    changes: result.summary.resourceChanges ?? {},
  };
}

/** Deletes everything the stack made, then the stack itself. Does nothing when there is no such stack. */
export async function undeploy(options: Omit<DeployOptions, "config">): Promise<void> {
  const run = new Run(options);
  const stack = await run.stack();
  await run.step("deleting the stack's resources", (onEvent) => stack.destroy({ onEvent }));
  await stack.workspace.removeStack(options.stack);
}

/** Writes the settings into the stack's file, once all of them together are accepted. */
async function configure({ name, workspace }: Stack, config: Readonly<Record<string, string>>): Promise<void> {
  const stored = await workspace.stackSettings(name);
  const merged = { ...stored.config, ...config };
  const own = Object.entries(merged).filter(([key]) => key.startsWith(prefix));
  const text = (value: unknown) => (typeof value === "string" ? value : JSON.stringify(value));
  parseSettings(Object.fromEntries(own.map(([key, value]) => [key.slice(prefix.length), text(value)])), readContexts);
  // Pulumi.yaml types lists as arrays, which the file must then hold as such.
  const typed = Object.entries(merged).map(([key, value]) => [
    key,
    /^\[/.test(text(value)) ? JSON.parse(text(value)) : value,
  ]);
  await workspace.saveStackSettings(name, { ...stored, config: Object.fromEntries(typed) });
}

const prefix = "throughline:";

/** One command against the engine: keeps what the events tell, so that a failure can be told in the program's own words. */
class Run {
  readonly #options: Omit<DeployOptions, "config">;
  #mistake: UserError | undefined;
  #errors: string[] = [];

  constructor(options: Omit<DeployOptions, "config">) {
    this.#options = options;
  }

  async stack(): Promise<Stack> {
    const { stateDir } = this.#options;
    const stack = await LocalWorkspace.createOrSelectStack(
      {
        stackName: this.#options.stack,
        projectName: "throughline",
        program: async () => {
          try {
            return await program();
          } catch (error) {
            if (error instanceof UserError) this.#mistake = error;
            throw error;
          }
        },
      },
      {
        workDir: checkoutRoot,
        envVars: { ...this.#options.environment },
        pulumiCommand: await PulumiCommand.get({ root: stateDir }),
      },
    );
    for (const note of await recoverStack(stack, join(stateDir, "pulumi"))) this.#options.onWarning?.(note);
    return stack;
  }

  async step<T>(label: string, command: (onEvent: (event: EngineEvent) => void) => Promise<T>): Promise<T> {
    const step = this.#options.progress.step(label);
    this.#errors = [];
    let seen = 0;
    const onEvent = (event: EngineEvent) => {
      const { diagnosticEvent, resourcePreEvent } = event;
      if (resourcePreEvent) step.update(`${++seen} resources, ${resourcePreEvent.metadata.urn.split("::").at(-1)}`);
      const message = diagnosticEvent?.message.replace(/<\{%[^%]*%\}>/g, "").trim();
      if (!message) return;
      if (diagnosticEvent?.severity === "error") this.#errors.push(message);
      else if (diagnosticEvent?.severity === "warning") this.#options.onWarning?.(message);
    };
    try {
      const result = await command(onEvent);
      step.done(`${seen} resources`);
      return result;
    } catch (error) {
      step.done("failed");
      throw this.#mistake ?? (this.#errors.length > 0 ? new UserError(unique(this.#errors)) : error);
    }
  }
}

const unique = (values: readonly string[]) => [...new Set(values)];
