import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { silentProgress } from "../../../common/progress.ts";
import type { Receipt } from "../../../receipt/trace.ts";
import { restartEngine } from "../../../sandbox/engine/engine.ts";
import { stateDir } from "../../../sandbox/paths.ts";
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

  it("up, two labelled containers, and the trace that a cluster gives", async () => {
    const begun = performance.now();
    const made = await laptop.up("--set", "storage.kind=badger");
    const deployed = performance.now();
    expect(Object.keys(made)).toEqual(["create"]);
    const { code, output } = await laptop.examples.pulumi(["up", "--yes", "--skip-preview"]);
    expect(code, output).toBe(0);
    first = await laptop.receipt("--expect", "frontend,quotes", "--timeout", "60s");
    const seconds = (from: number, to: number) => ((to - from) / 1000).toFixed(1);
    const now = performance.now();
    console.log(`warm: up ${seconds(begun, deployed)} s, first trace of the examples after ${seconds(begun, now)} s`);
    expect(first).toMatchObject({ complete: true, status: 200, missingParents: [] });
    expect(shape(first)).toEqual(shape(await exampleReceipt()));
  });

  it("a second up changes nothing, of the examples neither", async () => {
    expect(Object.keys(await laptop.up())).toEqual(["same"]);
    const { output } = await laptop.examples.pulumi(["up", "--yes", "--skip-preview"]);
    expect(output).toMatch(/\b\d+ unchanged/);
    expect(output).not.toMatch(/created|updated|replaced|deleted/);
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
    let ended: Ended | undefined;
    await node(listening, {
      inside,
      onOutput: (_text, child) => {
        if (ended !== undefined) return;
        laptop.throughline("up").then((result) => {
          ended = result;
          child.kill();
        });
      },
    });
    expect(said(ended as Ended)).toMatch(
      /port 16686 of this machine, which jaeger needs, is taken by another program\. Write: ss -ltnp/,
    );
    expect(await laptop.containers()).toEqual({});
  });
});
