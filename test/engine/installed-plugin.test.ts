import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { silentProgress } from "../../common/progress.ts";
import { run } from "../../common/run.ts";
import { type PluginName, pulumiEnvironment } from "../../sandbox/pulumi.ts";
import { buildTools } from "../../sandbox/tools/build.ts";

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "throughline-plugin-"));
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(root, { recursive: true });
});

test.each<PluginName>(["kubernetes", "docker"])(
  "the CLI finds the official %s plugin that the user has installed",
  async (plugin) => {
    const version: string = createRequire(import.meta.url)(`@pulumi/${plugin}/package.json`).version;
    const home = join(root, "home");
    const folder = join(home, `plugins/resource-${plugin}-v${version}`);
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, `pulumi-resource-${plugin}`), "", { mode: 0o755 });
    vi.stubEnv("PULUMI_HOME", home);
    const pulumi = await buildTools(["pulumi"], silentProgress).pulumi;
    // Twice: the second run meets what the first has placed.
    for (const stateDir of [join(root, "state"), join(root, "state")]) {
      const { env, provider } = await pulumiEnvironment({ pulumi, stateDir, plugin });
      expect(provider).toBe("official");
      const listed = JSON.parse(await run(join(stateDir, "bin/pulumi"), ["plugin", "ls", "--json"], { env }));
      // As the CLI notes when it has started it.
      writeFileSync(join(env["PULUMI_HOME"] ?? "", `plugins/resource-${plugin}-v${version}.lastused`), "");
      expect(listed).toEqual([expect.objectContaining({ name: plugin, kind: "resource", version })]);
    }
  },
);
