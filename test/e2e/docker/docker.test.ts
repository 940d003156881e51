import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { stackOf } from "../../../cli/engine-target.ts";
import { silentProgress } from "../../../common/progress.ts";
import type { Receipt } from "../../../receipt/trace.ts";
import { restartEngine } from "../../../sandbox/engine/engine.ts";
import { checkoutRoot, stateDir } from "../../../sandbox/paths.ts";
import { hostState } from "../host.ts";
import { exampleReceipt } from "../receipts.ts";
import { type Ended, node } from "../throughline.ts";
import { type Laptop, makeLaptop } from "./laptop.ts";

/** What one trace is made of, without what differs from run to run. */
function shape({ spans }: Receipt): string[] {
  const byId = new Map(spans.map((span) => [span.spanId, span]));
  const way = ({ service, name, kind, parentSpanId }: Receipt["spans"][number]): string => {
    const parent = byId.get(parentSpanId);
    return `${parent ? `${way(parent)} > ` : ""}${service} ${kind} ${name}`;
  };
  return spans.map(way).sort();
}

describe("on a Docker Engine", () => {
  let laptop: Laptop;
  let first: Receipt;
  beforeAll(async () => {
    laptop = await makeLaptop();
  });
  afterAll(async () => {
    rmSync(join(stateDir(), "secrets"), { recursive: true, force: true });
    await laptop?.remove();
  });

  /** The first receipt that succeeds: a container runs before the server in it listens. */
  const arrives = (...args: string[]) =>
    vi.waitFor(() => laptop.receipt(...args, "--timeout", "10s"), { timeout: 120_000, interval: 500 });

  it("up, two labelled containers, and the trace that a cluster gives", async () => {
    const begun = performance.now();
    const made = await laptop.up("--set", "storage.kind=badger");
    const deployed = performance.now();
    expect(Object.keys(made)).toEqual(["create"]);
    const { code, output } = await laptop.examples.pulumi(["up", "--yes", "--skip-preview"]);
    expect(code, output).toBe(0);
    const run = performance.now();
    first = await arrives("--expect", "frontend,quotes");
    const seconds = (from: number, to: number) => ((to - from) / 1000).toFixed(1);
    const now = performance.now();
    console.log(
      `warm: up ${seconds(begun, deployed)} s, up of the examples ${seconds(deployed, run)} s, their first trace after ${seconds(begun, now)} s`,
    );
    expect(first).toMatchObject({ complete: true, status: 200, missingParents: [] });
    expect(shape(first)).toEqual(shape(await exampleReceipt()));
  });

  it("a second up changes nothing, of the examples neither", async () => {
    expect(Object.keys(await laptop.up())).toEqual(["same"]);
    const { output } = await laptop.examples.pulumi(["up", "--yes", "--skip-preview"]);
    expect(output).toMatch(/\b\d+ unchanged/);
    expect(output).not.toMatch(/created|updated|replaced|deleted/);
  });

  it("goes on where the stack's own settings were deleted", async () => {
    rmSync(join(checkoutRoot, `Pulumi.${stackOf(laptop.engine.host)}.yaml`));
    expect(Object.keys(await laptop.up("--set", "storage.kind=badger"))).toEqual(["same"]);
  });

  it("an image built from the user's folder is instrumented by a label; a change of the folder makes image and container anew", async () => {
    const { ownImage } = laptop;
    const deploy = async () => {
      const { code, output } = await ownImage.pulumi(["up", "--yes", "--skip-preview"]);
      expect(code, output).toBe(0);
      return output;
    };
    const greeted = () => arrives("--workload", "greeter:8080/", "--expect", "greeter");
    await deploy();
    expect(await greeted()).toMatchObject({ complete: true, status: 200 });
    expect(await deploy()).toMatch(/\b\d+ unchanged/);

    const before = await laptop.containers();
    const server = join(ownImage.dir, "app/server.js");
    writeFileSync(server, readFileSync(server, "utf8").replace("response.end", "response.writeHead(203).end"));
    // What is not copied into the image changes nothing.
    writeFileSync(join(ownImage.dir, "app/notes.txt"), "later");
    const preview = await ownImage.pulumi(["preview", "--diff"]);
    expect(preview.output).toMatch(/repoDigest|image/);
    await deploy();
    expect(await greeted()).toMatchObject({ complete: true, status: 203 });
    const after = await laptop.containers();
    expect(Object.keys(after).filter((name) => after[name] !== before[name])).toEqual(["greeter"]);

    writeFileSync(join(ownImage.dir, "app/Dockerfile"), "FROM scratch\nCOPY missing /\n");
    const failed = await ownImage.pulumi(["up", "--yes", "--skip-preview"]);
    expect(failed.code).not.toBe(0);
    expect(failed.output).toMatch(/image greeter:dev was not built from app: .*missing.*docker build app/);
    const gone = await ownImage.pulumi(["destroy", "--yes", "--skip-preview"]);
    expect(gone.code, gone.output).toBe(0);
  });

  it("Ctrl-C ends a build, and a wait for a container's end, at once, and nothing of them stands in the way of the next up", async () => {
    const { ownImage } = laptop;
    const dockerfile = join(ownImage.dir, "app/Dockerfile");
    const program = readFileSync(join(ownImage.dir, "index.ts"), "utf8");
    const steps = readFileSync(join(checkoutRoot, "examples/programs/docker-image/app/Dockerfile"), "utf8");
    const mark = `asleep-${process.pid}`;
    const sleeping = `["/nodejs/bin/node", "-e", "setTimeout(() => {}, 300_000, '${mark}')"]`;
    const runs = async () => hostState([mark]).processes.length > 0;
    const interrupted = async (begun: () => Promise<boolean>) => {
      const up = ownImage.pulumi(["up", "--yes", "--skip-preview"]);
      await expect.poll(begun, { timeout: 60_000, interval: 500 }).toBe(true);
      const pressed = Date.now();
      ownImage.kill("SIGINT");
      const { code, output } = await up;
      expect(code).not.toBe(0);
      expect(output).toContain("the update was canceled");
      expect(output).not.toMatch(/^\s+at .+/m);
      expect(Date.now() - pressed).toBeLessThan(60_000);
    };

    writeFileSync(dockerfile, `${steps}RUN ${sleeping}\n`);
    await interrupted(runs);
    await expect.poll(runs, { timeout: 20_000 }).toBe(false);

    ownImage.write(
      `${program}\nnew docker.Container("once", { name: "once", image: image.repoDigest, entrypoints: ${sleeping}, attach: true }, opts);`,
    );
    writeFileSync(dockerfile, steps);
    await interrupted(runs);
    expect(Object.keys(await laptop.containers())).not.toContain("once");

    ownImage.write(program);
    const next = await ownImage.pulumi(["up", "--yes", "--skip-preview"]);
    expect(next.code, next.output).toBe(0);
    const gone = await ownImage.pulumi(["destroy", "--yes", "--skip-preview"]);
    expect(gone.code, gone.output).toBe(0);
  });

  it("our containers run confined", async () => {
    for (const name of ["otel-agent", "otel-gateway", "jaeger"]) {
      const { Config, HostConfig } = await laptop.engine.docker.getContainer(name).inspect();
      expect([Config.User, HostConfig.ReadonlyRootfs, HostConfig.CapDrop]).toEqual(["10001:10001", true, ["ALL"]]);
      expect(HostConfig.SecurityOpt).toContain("no-new-privileges");
    }
  });

  it("a changed setting replaces the container that reads it and no other, and its secret is seen by nobody else", async () => {
    const folder = join(stateDir(), "secrets");
    mkdirSync(join(folder, "login"), { recursive: true });
    writeFileSync(join(folder, "login", "authorization"), "Bearer hush-hush\n");
    const before = await laptop.containers();
    // Spans come to Jaeger twice then, which it does not mind.
    const backend = ["otlp.endpoint=http://jaeger:4318", "otlp.secret=login", `secretFiles=${folder}`];
    await laptop.up(...backend.flatMap((value) => ["--set", value]));
    const after = await laptop.containers();
    const changed = Object.keys(after).filter((name) => after[name] !== before[name]);
    expect(changed.filter((name) => !name.includes("-files-"))).toEqual(["otel-gateway"]);
    // Without the secret's file the gateway would not have started.
    expect((await laptop.receipt("--expect", "frontend,quotes")).complete).toBe(true);
    const inspected = await Promise.all(
      Object.values(after).map((id) => laptop.engine.docker.getContainer(id).inspect()),
    );
    expect(JSON.stringify(inspected)).not.toContain("hush-hush");
  });

  it("a restart of the engine keeps badger's traces, and new ones come", async () => {
    await restartEngine(silentProgress);
    await expect.poll(() => laptop.hasTrace(first.traceId), { timeout: 60_000, interval: 500 }).toBe(true);
    const again = async () => (await laptop.throughline("trace", "--expect", "frontend,quotes")).code;
    await expect.poll(again, { timeout: 90_000, interval: 1_000 }).toBe(0);
  });

  it("a stopped part is the hop that the trace does not get past", async () => {
    await laptop.engine.docker.getContainer("otel-gateway").stop();
    const { code, stdout } = await laptop.throughline("trace", "--timeout", "3s");
    expect(code).toBe(1);
    expect(stdout).toMatch(
      /gateway: the container otel-gateway does not run: exited, .* Next: docker logs --tail 50 otel-gateway/,
    );
    await laptop.engine.docker.getContainer("otel-gateway").start();
  });

  it("each container tells the engine whether it is healthy", async () => {
    const health = async (name: string) =>
      (await laptop.engine.docker.getContainer(name).inspect()).State.Health?.Status;
    for (const name of ["otel-agent", "otel-gateway", "jaeger"]) {
      await expect.poll(() => health(name), { timeout: 60_000, interval: 500 }).toBe("healthy");
    }
  });

  const said = ({ code, stderr }: Ended) => {
    expect(code).toBe(1);
    expect(stderr).not.toMatch(/^\s+at .+/m);
    return stderr;
  };

  it("an image that is nowhere to be had is one clear error, before anything is made", async () => {
    const before = await laptop.containers();
    const ended = await laptop.throughline("up", "--set", "jaegerImage=docker.io/jaegertracing/jaeger:2.14.0");
    expect(said(ended)).toMatch(
      /the engine has no image docker\.io\/jaegertracing\/jaeger:2\.14\.0, and it could not be pulled/,
    );
    expect(await laptop.containers()).toEqual(before);
  });

  it("down leaves nothing", async () => {
    const gone = await laptop.examples.pulumi(["destroy", "--yes", "--skip-preview"]);
    expect(gone.code, gone.output).toBe(0);
    const { code, stderr } = await laptop.throughline("down");
    expect(code, stderr).toBe(0);
    expect(await laptop.containers()).toEqual({});
    const { Volumes } = await laptop.engine.docker.listVolumes();
    expect(Volumes ?? []).toEqual([]);
    const networks = (await laptop.engine.docker.listNetworks()).map(({ Name }) => Name);
    expect(networks.sort()).toEqual(["bridge", "host", "none"]);
  });

  it("a taken port is one clear error", async () => {
    const { inside } = laptop.engine;
    const listening = `import { createServer } from "node:net"; createServer().listen(16686, "127.0.0.1", () => console.log("taken"))`;
    let asked: Promise<Ended> | undefined;
    await node(listening, {
      inside,
      onOutput: (_text, child) => {
        asked ??= laptop.throughline("up").finally(() => child.kill());
      },
    });
    expect(said((await asked) as Ended)).toMatch(
      /port 16686 of this machine, which jaeger needs, is taken by another program\. Write: ss -ltnp/,
    );
    expect(await laptop.containers()).toEqual({});
  });
});
