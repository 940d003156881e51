import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { checkoutRoot } from "../../../sandbox/paths.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "tl-with-node-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Runs a copy of with-node.sh on a machine with this processor and this `node` on PATH; npm only notes that it ran. */
function withNode(machine: string, version: string) {
  const program = (path: string, script: string) =>
    writeFileSync(join(folder, path), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  for (const dir of ["bin", "node_modules/.bin"]) mkdirSync(join(folder, dir), { recursive: true });
  program("bin/uname", `[ "$1" = -s ] && echo Linux || echo ${machine}`);
  program("bin/node", `[ "$1" = --version ] && echo ${version} || echo "theirs ran $*"`);
  program("bin/npm", "exit 0");
  program("node_modules/.bin/node", 'echo "ours ran $*"');
  writeFileSync(join(folder, "package-lock.json"), "{}");
  spawnSync("cp", [join(checkoutRoot, "with-node.sh"), folder]);
  const env = { ...process.env, PATH: `${join(folder, "bin")}:${process.env["PATH"]}` };
  return spawnSync("sh", [join(folder, "with-node.sh"), "x.ts", "y"], { env, encoding: "utf8" });
}

it("runs the pinned Node.js on x86_64, whatever is on PATH, and says that it installs", () => {
  const first = withNode("x86_64", "v20.1.0");
  expect(first.stdout).toBe("ours ran x.ts y\n");
  expect(first.stderr).toMatch(/^Installing the pinned npm packages/);
  expect(withNode("x86_64", "v20.1.0").stderr).toBe("");
});

it.each(["v22.18.0", "v22.20.1", "v23.0.0", "v24.21.0"])("runs %s elsewhere", (version) => {
  expect(withNode("aarch64", version).stdout).toBe("theirs ran x.ts y\n");
});

it.each(["v20.19.5", "v22.17.1", "v22.2.0", "v8.0.0"])("refuses %s elsewhere, in one line", (version) => {
  const { status, stderr } = withNode("aarch64", version);
  expect(status).toBe(1);
  expect(stderr).toMatch(new RegExp(`^Node\\.js 22\\.18 or later is needed; on PATH is: ${version}\\. .*\\n$`));
});
