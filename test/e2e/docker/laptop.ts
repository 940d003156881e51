import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { stackOf } from "../../../cli/engine-target.ts";
import { silentProgress } from "../../../common/progress.ts";
import type { Receipt } from "../../../receipt/trace.ts";
import { type Engine, removeEngine, startEngine } from "../../../sandbox/engine/engine.ts";
import { loadImages } from "../../../sandbox/engine/images.ts";
import { checkoutRoot, stateDir } from "../../../sandbox/paths.ts";
import { forgetStack } from "../../../sandbox/recover.ts";
import { buildTools } from "../../../sandbox/tools/build.ts";
import { makeProject, type Project } from "../../engine/project.ts";
import { countsOf } from "../receipts.ts";
import { type Ended, node, throughline } from "../throughline.ts";

/** A machine with nothing but a Docker Engine, as far as loopback and the engine go. */
export interface Laptop {
  readonly engine: Engine;
  /** The two example containers, as a user's program makes them. */
  readonly examples: Project;
  /** Runs the command line program there, with `--target docker`. */
  throughline(command: string, ...args: string[]): Promise<Ended>;
  /** `up`, which has to succeed; the number of resources by what happened to them. */
  up(...args: string[]): Promise<Record<string, number>>;
  receipt(...args: string[]): Promise<Receipt>;
  /** Whether Jaeger has a trace. */
  hasTrace(traceId: string): Promise<boolean>;
  /** Ids of the containers by name, those that do not run too. */
  containers(): Promise<Record<string, string>>;
  remove(): Promise<void>;
}

/** Starts an engine of the suite's own with the images in it. */
export async function makeLaptop(): Promise<Laptop> {
  const engine = await startEngine(silentProgress);
  await loadImages(engine.docker, buildTools(["collector", "jaeger", "frontend"], silentProgress), silentProgress);
  const example = readFileSync(join(checkoutRoot, "examples/programs/docker/index.ts"), "utf8");
  const examples = await makeProject(example.replaceAll('"../../../', `"${checkoutRoot}/`), "", "docker");
  await examples.pulumi(["config", "set", "dockerHost", engine.host]);

  const { inside } = engine;
  const env = { DOCKER_HOST: engine.host };
  const run: Laptop["throughline"] = (command, ...args) =>
    throughline([command, "--target", "docker", ...args], { inside, env });
  return {
    engine,
    examples,
    throughline: run,
    async up(...args) {
      const { code, stdout, stderr } = await run("up", ...args);
      if (code !== 0) throw new Error(`throughline up ended with ${code}\n${stderr}`);
      return countsOf(stdout);
    },
    async receipt(...args) {
      const { code, stdout, stderr } = await run("trace", "--output", "json", ...args);
      if (code !== 0) throw new Error(`throughline trace ended with ${code}\n${stderr}\n${stdout}`);
      return JSON.parse(stdout);
    },
    async hasTrace(traceId) {
      const url = `http://127.0.0.1:16686/api/v3/traces/${traceId}`;
      const script = `const answer = await fetch(${JSON.stringify(url)}); process.exit(answer.status === 200 ? 0 : 1)`;
      return (await node(script, { inside })).code === 0;
    },
    async containers() {
      const all = await engine.docker.listContainers({ all: true });
      return Object.fromEntries(all.map(({ Id, Names }) => [Names[0]?.slice(1) ?? "", Id]));
    },
    async remove() {
      examples.remove();
      // What a failed test has left of the stack would stand in the next run's way.
      forgetStack(join(stateDir(), "pulumi"), "throughline", stackOf(engine.host));
      rmSync(join(checkoutRoot, `Pulumi.${stackOf(engine.host)}.yaml`), { force: true });
      await removeEngine();
    },
  };
}
