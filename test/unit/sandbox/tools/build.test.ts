import { spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { silentProgress as progress } from "../../../../common/progress.ts";
import { checkoutRoot } from "../../../../sandbox/paths.ts";
import { buildTools } from "../../../../sandbox/tools/build.ts";

let folder: string;
const tools = () => readdirSync(join(folder, "cache/tools"));
const calls = () =>
  existsSync(join(folder, "calls")) ? readFileSync(join(folder, "calls"), "utf8").trim().split("\n") : [];

/** Puts a compiler on PATH that notes its pid, runs `script` and writes the program it was asked for. */
function compiler(script: string): void {
  mkdirSync(join(folder, "bin"), { recursive: true });
  const lines = [
    "#!/bin/sh",
    `echo $$ >> '${folder}/calls'`,
    script,
    'while [ "$1" != -o ]; do shift; done',
    'echo built > "$2"',
  ];
  writeFileSync(join(folder, "bin/go"), lines.join("\n"), { mode: 0o755 });
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "tl-build-"));
  vi.stubEnv("THROUGHLINE_CACHE", join(folder, "cache"));
  vi.stubEnv("PATH", `${join(folder, "bin")}:${process.env["PATH"]}`);
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

it("builds a program once for two that share the cache, and tells the second who builds", async () => {
  compiler("sleep 0.5");
  const updates: string[] = [];
  const told = { step: () => ({ update: (text: string) => updates.push(text), done: () => {} }) };
  const [one, other] = await Promise.all([buildTools(["pause"], told).pause, buildTools(["pause"], told).pause]);
  expect(one).toBe(other);
  expect(readFileSync(one, "utf8")).toBe("built\n");
  expect(calls()).toHaveLength(1);
  expect(updates).toContain("1 of 1 left");
  expect(updates).toContain(`waiting for process ${process.pid}`);
});

it("leaves no program when killed, and sweeps the scratch folder at the next build", async () => {
  compiler("sleep 60");
  const script = `import { buildTools } from "${checkoutRoot}/sandbox/tools/build.ts";
    import { silentProgress } from "${checkoutRoot}/common/progress.ts";
    await buildTools(["pause"], silentProgress).pause;`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", script], {
    stdio: ["ignore", "ignore", "inherit"],
  });
  await expect.poll(calls, { timeout: 30_000 }).toEqual([expect.stringMatching(/^\d+$/)]);
  child.kill("SIGKILL");
  await new Promise((resolve) => child.once("close", resolve));
  process.kill(Number(calls()[0]), "SIGKILL");
  expect(tools()).toEqual([expect.stringMatching(/^\.pause-/)]);

  compiler("");
  await buildTools(["pause"], progress).pause;
  expect(tools()).toEqual([expect.stringMatching(/^pause-/)]);
});

it("ends what is being built and starts nothing more once aborted", async () => {
  compiler("sleep 60");
  const stop = new AbortController();
  const built = buildTools(["pause", "frontend", "coredns"], progress, stop.signal);
  await expect.poll(calls, { timeout: 30_000 }).toHaveLength(2);
  stop.abort();
  await expect(built.pause).rejects.toThrow("building pause was stopped");
  await expect(built.frontend).rejects.toThrow("building frontend was stopped");
  await expect(built.coredns).rejects.toThrow("building coredns was not started");
  expect(calls().filter((pid) => existsSync(`/proc/${pid}`))).toEqual([]);
  expect(tools()).toEqual([]);
});

it("ends in the compiler's last lines", async () => {
  compiler("echo undefined: x >&2; exit 1");
  await expect(buildTools(["pause"], progress).pause).rejects.toThrow(
    /^building pause ended with exit code 1:\nundefined: x$/,
  );
  expect(tools()).toEqual([]);
});
