import { existsSync } from "node:fs";
import { join } from "node:path";
import { type EngineEvent, LocalWorkspace, PulumiCommand, type Stack } from "@pulumi/pulumi/automation/index.js";
import { UserError } from "../common/errors.ts";
import type { Progress } from "../common/progress.ts";
import { program } from "../infra/program.ts";
import {
  checkConfig,
  readStackConfig,
  type StackConfig,
  stackFile,
  typed,
  withValues,
} from "../infra/settings/stack-config.ts";
import { checkoutRoot } from "../sandbox/paths.ts";
import { recoverStack } from "../sandbox/recover.ts";
import { generationProblem } from "./generation.ts";

/** Which stack to deploy and how to reach the engine. */
export interface DeployOptions {
  /** Stack name, e.g. "sandbox". Its configuration stands in `Pulumi.<stack>.yaml` of the checkout, as for the plain CLI. */
  readonly stack: string;
  /** Configuration to write before the run, by full key such as `throughline:profile`. Keys not named keep their value. */
  readonly config: StackConfig;
  /** Configuration for keys that neither `config` nor the stack holds. @default - the program's own defaults */
  readonly defaults?: StackConfig;
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
 * Resources that may be made at the same time. A Service waits for pods whose Deployment stands behind it in the queue, so that on a
 * machine with few processors the engine's default, four for each, can be taken by such waits alone, for ever.
 * @see https://www.pulumi.com/docs/iac/cli/commands/pulumi_up/
 */
const places = 256;

/**
 * Runs the program of infra/ against the stack through the Automation API: the whole preview first, so that nothing is
 * applied when any of it is refused, then the update.
 *
 * @throws UserError with the program's own message for a mistake in the settings or workloads, else the engine's errors.
 */
export async function deploy(options: DeployOptions): Promise<Deployment> {
  const run = new Run(options);
  const stack = await run.stack();
  // Deleted by hand or left out of a checkout: what the stack has made is in its state.
  const before = existsSync(stackFile(stack.name)) ? await stack.workspace.stackSettings(stack.name) : {};
  const config = withValues({ ...options.defaults, ...before.config }, options.config);
  const { certificates } = checkConfig(config, { deploying: true });
  const jump = certificates && generationProblem(await stack.exportStack(), certificates);
  if (jump) throw new UserError([jump]);
  await stack.workspace.saveStackSettings(stack.name, { ...before, config: { ...typed(config) } });
  try {
    await run.step("checking the stack", (onEvent) => stack.preview({ onEvent }));
  } catch (error) {
    // A refused setting must not stand in the way of the next run.
    await stack.workspace.saveStackSettings(stack.name, before);
    throw error;
  }
  const result = await run.step("applying the stack", (onEvent) => stack.up({ onEvent, parallel: places }));
  const outputs = Object.entries(result.outputs).filter(([, output]) => !output.secret);
  return {
    outputs: Object.fromEntries(outputs.map(([name, output]) => [name, output.value])),
    changes: result.summary.resourceChanges ?? {},
  };
}

/** Deletes everything the stack made, then the stack itself. @throws UserError when there is no such stack. */
export async function undeploy(options: Omit<DeployOptions, "config" | "defaults">): Promise<void> {
  const run = new Run(options);
  const workspace = await run.workspace();
  const known = (await workspace.listStacks()).map(({ name }) => name);
  if (!known.includes(options.stack)) {
    const stacks = known.length > 0 ? `the stacks here are ${known.join(", ")}` : "there is no stack here";
    throw new UserError([`there is no stack ${options.stack} to delete; ${stacks}`]);
  }
  const stack = await run.stack();
  await run.step("deleting the stack's resources", (onEvent) => stack.destroy({ onEvent }));
  await stack.workspace.removeStack(options.stack);
}

/** One command against the engine: keeps what the events tell, so that a failure can be told in the program's own words. */
class Run {
  readonly #options: Omit<DeployOptions, "config" | "defaults">;
  #mistake: UserError | undefined;
  #errors: string[] = [];

  constructor(options: Omit<DeployOptions, "config" | "defaults">) {
    this.#options = options;
  }

  async #location() {
    const { stateDir, environment } = this.#options;
    const pulumiCommand = await PulumiCommand.get({ root: stateDir });
    return { workDir: checkoutRoot, envVars: { ...environment }, pulumiCommand };
  }

  async workspace(): Promise<LocalWorkspace> {
    return LocalWorkspace.create(await this.#location());
  }

  async stack(): Promise<Stack> {
    // The engine would tell of a file that is no YAML with its lines, which may hold secrets.
    readStackConfig(this.#options.stack);
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
      await this.#location(),
    );
    for (const note of await recoverStack(stack, join(this.#options.stateDir, "pulumi")))
      this.#options.onWarning?.(note);
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
      if (diagnosticEvent?.ephemeral) step.update(message.split("\n")[0] ?? "");
      else if (diagnosticEvent?.severity === "error") this.#errors.push(message);
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
