import { mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { clusterLayout } from "../../../sandbox/node/layout.ts";
import { identify, isRunning } from "../../../sandbox/processes.ts";
import { makeScratch } from "../../../sandbox/scratch.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "tl-unit-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe("isRunning", () => {
  it("tells this process from one that had its pid", () => {
    const self = identify(process.pid)!;
    expect(isRunning(self)).toBe(true);
    expect(isRunning({ ...self, startTime: self.startTime - 1 })).toBe(false);
    expect(isRunning({ ...self, boot: "before" })).toBe(false);
  });
});

describe("makeScratch", () => {
  it("removes what ended processes left, and nothing else", () => {
    const mine = makeScratch(folder, "one");
    for (const name of [`.two-${process.pid}-1-abc`, `.three-${2 ** 22 + 1}-1-abc`, "jaeger-0123-4567-89ab"]) {
      mkdirSync(join(folder, name, "content"), { recursive: true });
    }
    const other = makeScratch(folder, "one");
    expect(
      readdirSync(folder)
        .map((name) => join(folder, name))
        .sort(),
    ).toEqual([mine, other, join(folder, "jaeger-0123-4567-89ab")].sort());
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
