import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { withLock } from "../../../sandbox/lock.ts";
import { checkoutRoot } from "../../../sandbox/paths.ts";

const script = (name: string) => `import { withLock } from "${join(checkoutRoot, "sandbox/lock.ts")}";
  await withLock("${name}", () => { console.log("held"); return new Promise((resolve) => setTimeout(resolve, 60_000)); });`;

/** Another process that holds the lock for a minute. */
async function holder(name: string) {
  const child = spawn(process.execPath, ["--input-type=module", "-e", script(name)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  await once(child.stdout, "data");
  return child;
}

describe("withLock", () => {
  it("lets one work at a time, and tells the others who works", async () => {
    let inside = 0;
    let turns = 0;
    const work = async () => {
      expect(++inside).toBe(1);
      await new Promise((resolve) => setTimeout(resolve, 20));
      turns += 1;
      inside -= 1;
    };
    const waits: number[] = [];
    const onWait = (pid: number) => waits.push(pid);
    await Promise.all(Array.from({ length: 8 }, () => withLock("a test of turns", work, { onWait })));
    expect(turns).toBe(8);
    expect(new Set(waits)).toEqual(new Set([process.pid]));
  });

  it("does not stop work under another name", async () => {
    expect(await withLock("one test", () => withLock("another test", async () => "done"))).toBe("done");
  });

  it("is given back when the work fails", async () => {
    await expect(withLock("a failing test", async () => Promise.reject(new Error("no")))).rejects.toThrow("no");
    expect(await withLock("a failing test", async () => "done", { timeoutMs: 0 })).toBe("done");
  });

  it("waits for another process, and goes to exactly one waiter when that one is killed", async () => {
    const child = await holder("a killed test");
    const waits: number[] = [];
    let inside = 0;
    const work = async () => {
      expect(++inside).toBe(1);
      await new Promise((resolve) => setTimeout(resolve, 5));
      inside -= 1;
    };
    const all = Promise.all(
      [1, 2, 3, 4].map(() => withLock("a killed test", work, { onWait: (pid) => waits.push(pid) })),
    );
    await expect.poll(() => waits.length, { timeout: 15_000 }).toBe(4);
    expect(new Set(waits)).toEqual(new Set([child.pid]));
    child.kill("SIGKILL");
    await all;
  });

  it("gives up in time, with the name of the work and its process", async () => {
    const child = await holder("a slow test");
    const stopped = withLock("a slow test", async () => "never", { timeoutMs: 2_000 });
    await expect(stopped).rejects.toThrow(`for process ${child.pid}, which works on a slow test`);
    await expect(stopped).rejects.toHaveProperty("name", "UserError");
    child.kill("SIGKILL");
  });
});
