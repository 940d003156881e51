import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { clusterLayout } from "../../../../sandbox/node/layout.ts";
import { withLock } from "../../../../sandbox/node/lock.ts";
import { identify, isRunning } from "../../../../sandbox/node/processes.ts";

let folder: string;
let path: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "tl-lock-"));
  path = join(folder, "lock");
});
afterEach(() => rmSync(folder, { recursive: true }));

describe("withLock", () => {
  it("lets one work at a time and leaves nothing behind", async () => {
    let inside = 0;
    const order: number[] = [];
    const work = (turn: number) => async () => {
      expect(++inside).toBe(1);
      await new Promise((resolve) => setTimeout(resolve, 20));
      order.push(turn);
      inside -= 1;
    };
    const waits: number[] = [];
    await Promise.all([1, 2, 3].map((turn) => withLock(path, work(turn), (pid) => waits.push(pid))));
    expect(order).toHaveLength(3);
    expect(waits).toEqual([process.pid, process.pid]);
    expect(readdirSync(folder)).toEqual([]);
  });

  it("is given back when the work fails", async () => {
    await expect(withLock(path, async () => Promise.reject(new Error("no")))).rejects.toThrow("no");
    expect(existsSync(path)).toBe(false);
  });

  it.each([
    ["of a process that has ended", { pid: 2 ** 22 + 1, startTime: 1 }],
    ["of a process whose pid another one has now", { ...identify(process.pid), startTime: 1 }],
    ["of a boot before this one", { ...identify(process.pid), boot: "before" }],
  ])("takes over the lock %s", async (_, holder) => {
    writeFileSync(path, JSON.stringify(holder));
    expect(await withLock(path, async () => "done")).toBe("done");
  });

  it("takes over a lock that a crash cut short", async () => {
    writeFileSync(path, '{"pid":');
    expect(await withLock(path, async () => "done")).toBe("done");
  });
});

describe("isRunning", () => {
  it("tells this process from one that had its pid", () => {
    const self = identify(process.pid)!;
    expect(isRunning(self)).toBe(true);
    expect(isRunning({ ...self, startTime: self.startTime - 1 })).toBe(false);
  });
});

describe("clusterLayout", () => {
  it("gives names that fit the kernel and differ between state directories", () => {
    const [one, other] = [clusterLayout(join(folder, "a")), clusterLayout(join(folder, "b"))];
    expect(one.hostInterface.length).toBeLessThanOrEqual(15);
    const names = (layout: typeof one) => [layout.id, layout.runDir, layout.hostInterface, layout.networkNamespace];
    for (const [index, name] of names(one).entries()) expect(names(other)[index]).not.toBe(name);
  });
});
