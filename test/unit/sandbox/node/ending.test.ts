import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { endKeeper } from "../../../../sandbox/node/ending.ts";
import { clusterLayout } from "../../../../sandbox/node/layout.ts";
import { commandLine } from "../../../../sandbox/node/processes.ts";
import { checkoutRoot } from "../../../../sandbox/paths.ts";

const folders = ["a", "b"].map((name) => mkdtempSync(join(tmpdir(), `throughline-keeper-${name}-`)));
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true });
});

test("a keeper that has not said yet that it runs is ended too, and that of another cluster is not", async () => {
  const [own, other] = folders.map((folder) => clusterLayout(folder)) as [
    ReturnType<typeof clusterLayout>,
    ReturnType<typeof clusterLayout>,
  ];
  // Before its own first line it waits, as on a busy machine.
  const late = ["--import", "data:text/javascript,await new Promise((resolve) => setTimeout(resolve, 60_000))"];
  const keeper = spawn(process.execPath, [...late, join(checkoutRoot, "sandbox/node/keeper.ts"), own.stateDir]);
  try {
    await once(keeper, "spawn");
    // Until it runs Node.js, a process is known by no command line.
    await expect.poll(() => commandLine(keeper.pid!).length, { timeout: 15_000 }).toBeGreaterThan(2);
    const ended = once(keeper, "exit");
    await endKeeper(other);
    expect([keeper.exitCode, keeper.signalCode]).toEqual([null, null]);
    await endKeeper(own);
    expect(await ended).toEqual([null, "SIGTERM"]);
  } finally {
    keeper.kill("SIGKILL");
  }
});
