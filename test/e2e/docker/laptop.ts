import { cpSync, existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { stackOf } from "../../../cli/engine-target.ts";
import { silentProgress } from "../../../common/progress.ts";
import type { Receipt } from "../../../receipt/trace.ts";
import { type Engine, removeEngine, startEngine } from "../../../sandbox/engine/engine.ts";
import { loadImages } from "../../../sandbox/engine/images.ts";
import { catalog } from "../../../sandbox/images/catalog.ts";
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
  /** The container whose image is built from a folder `app`, as a user's program makes it. */
  readonly ownImage: Project;
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
  // No registry is reachable: an image with Node at the same place has the name of the one that the example builds on.
  const withNode = engine.docker.getImage(catalog.quotes.reference);
  await withNode.tag({ repo: "gcr.io/distroless/nodejs24-debian12", tag: "nonroot" });
  const examples = await example("docker", engine);
  const ownImage = await example("docker-image", engine);

  const { inside } = engine;
  const env = { DOCKER_HOST: engine.host };
  const run: Laptop["throughline"] = (command, ...args) =>
    throughline([command, "--target", "docker", ...args], { inside, env });
  return {
    engine,
    examples,
    ownImage,
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
      ownImage.remove();
      // What a failed test has left of the stack would stand in the next run's way.
      forgetStack(join(stateDir(), "pulumi"), "throughline", stackOf(engine.host));
      rmSync(join(checkoutRoot, `Pulumi.${stackOf(engine.host)}.yaml`), { force: true });
      await removeEngine();
    },
  };
}

/** A project with the program of an example as it stands, and with its folder `app` if it has one. */
async function example(name: string, engine: Engine): Promise<Project> {
  const folder = join(checkoutRoot, "examples/programs", name);
  const program = readFileSync(join(folder, "index.ts"), "utf8");
  const project = await makeProject(program.replaceAll('"../../../', `"${checkoutRoot}/`), "", "docker");
  const app = join(folder, "app");
  if (existsSync(app)) cpSync(app, join(project.dir, "app"), { recursive: true });
  await project.pulumi(["config", "set", "dockerHost", engine.host]);
  return project;
}
