import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect, it } from "vitest";
import { forgetStack } from "../../../sandbox/recover.ts";

it("removes one stack of the backend and leaves those of other clusters", () => {
  const backend = mkdtempSync(join(tmpdir(), "throughline-backend-"));
  const file = (path: string) => join(backend, ".pulumi", path);
  const mine = [
    "stacks/p/sandbox.json",
    "stacks/p/sandbox.json.bak",
    "history/p/sandbox/1.json",
    "locks/organization/p/sandbox/1.json",
  ];
  const others = [
    "stacks/p/cluster-prod.json",
    "stacks/p/sandbox-2.json",
    "history/p/cluster-prod/1.json",
    "stacks/q/sandbox.json",
  ];
  try {
    for (const path of [...mine, ...others]) {
      mkdirSync(dirname(file(path)), { recursive: true });
      writeFileSync(file(path), "{}");
    }
    forgetStack(backend, "p", "sandbox");
    expect(mine.filter((path) => existsSync(file(path)))).toEqual([]);
    expect(others.filter((path) => existsSync(file(path)))).toEqual(others);
  } finally {
    rmSync(backend, { recursive: true, force: true });
  }
});
