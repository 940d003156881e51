import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { silentProgress } from "../../common/progress.ts";
import { checkoutRoot } from "../../sandbox/paths.ts";
import { type PluginName, pulumiEnvironment } from "../../sandbox/pulumi.ts";
import { buildTools } from "../../sandbox/tools/build.ts";

export interface Finished {
  code: number | null;
  /** Standard output and standard error, without colors. */
  output: string;
}

/** A Pulumi project with one stack in a folder of its own, with its own local backend. */
export interface Project {
  readonly dir: string;
  readonly stateDir: string;
  readonly env: Record<string, string>;
  /** Replaces the program. */
  write(program: string): void;
  /** Runs the CLI; `onOutput` sees everything said so far, at each new piece. */
  pulumi(args: string[], onOutput?: (text: string, child: ChildProcess) => void): Promise<Finished>;
  /** Sends a signal to the CLI that runs now. */
  kill(signal: NodeJS.Signals): void;
  /** All stack outputs, secret ones in plain text. */
  outputs(): Promise<Record<string, unknown>>;
  /** The state file as it lies on disk. */
  stateFile(): string;
  remove(): void;
}

/**
 * Makes a project whose program is run by the stand-in language host through the plain CLI.
 * @param extra more of Pulumi.yaml, e.g. the plugins of a test
 * @param plugin what the stand-in provider makes resources in
 */
export async function makeProject(program: string, extra = "", plugin: PluginName = "kubernetes"): Promise<Project> {
  const root = mkdtempSync(join(tmpdir(), "throughline-engine-"));
  const [dir, stateDir] = [join(root, "program"), join(root, "state")];
  for (const folder of [dir, stateDir]) mkdirSync(folder);
  const { env } = await pulumiEnvironment({
    pulumi: await buildTools(["pulumi"], silentProgress).pulumi,
    stateDir,
    provider: "stand-in",
    plugin,
  });
  symlinkSync(join(checkoutRoot, "node_modules"), join(dir, "node_modules"));
  writeFileSync(join(dir, "package.json"), `{"type": "module", "main": "index.ts"}`);
  writeFileSync(
    join(dir, "Pulumi.yaml"),
    `name: trial\nruntime: {name: nodejs, options: {typescript: false}}\n${extra}`,
  );

  let running: ChildProcess | undefined;
  const pulumi: Project["pulumi"] = (args, onOutput) =>
    new Promise((resolve, reject) => {
      const child = spawn(join(stateDir, "bin/pulumi"), [...args, "--non-interactive", "--color=never"], {
        cwd: dir,
        env: { ...process.env, ...env },
        stdio: ["ignore", "pipe", "pipe"],
      });
      running = child;
      let output = "";
      const hear = (chunk: Buffer) => {
        output += chunk;
        onOutput?.(output, child);
      };
      child.stdout.on("data", hear);
      child.stderr.on("data", hear);
      child.on("error", reject);
      child.on("close", (code) => resolve({ code, output }));
    });

  const project: Project = {
    dir,
    stateDir,
    env,
    write: (text) => writeFileSync(join(dir, "index.ts"), text),
    pulumi,
    kill: (signal) => running?.kill(signal),
    outputs: async () => JSON.parse((await pulumi(["stack", "output", "--json", "--show-secrets"])).output),
    stateFile: () => readFileSync(join(stateDir, "pulumi/.pulumi/stacks/trial/dev.json"), "utf8"),
    remove: () => rmSync(root, { recursive: true, force: true }),
  };
  project.write(program);
  await pulumi(["stack", "init", "dev"]);
  return project;
}
