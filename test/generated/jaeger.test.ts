import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { toYaml } from "../../collector-config/shared.ts";
import type { CollectorConfig } from "../../collector-config/types.ts";
import { terminalProgress } from "../../common/progress.ts";
import { parseSettings } from "../../infra/settings/settings.ts";
import { planTopology } from "../../infra/topology.ts";
import { buildTools } from "../../sandbox/tools/build.ts";
import { rawJaegerSettings } from "../jaeger-settings.ts";

// The real Jaeger judges what the settings make of its configuration. No cluster takes part.
const seed = 6;
const folder = mkdtempSync(join(tmpdir(), "throughline-jaeger-"));
let jaeger: string;

beforeAll(async () => {
  jaeger = await buildTools(["jaeger"], terminalProgress()).jaeger;
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Runs Jaeger on a configuration and returns its exit code and what it said. */
function run(args: string[], config: CollectorConfig, name: string): Promise<{ code: number; output: string }> {
  const file = join(folder, `${name}.yaml`);
  writeFileSync(file, toYaml(config));
  const secrets = ["STORAGE", "BUFFER"].flatMap((of) => [`${of}_USERNAME`, `${of}_PASSWORD`]);
  // A password of digits alone is one too.
  const env = { POD_IP: "127.0.0.1", ...Object.fromEntries(secrets.map((name) => [name, "1234"])) };
  return new Promise((resolve) => {
    execFile(jaeger, [...args, `--config=${file}`], { env, timeout: 60_000 }, (error, stdout, stderr) => {
      resolve({ code: error ? 1 : 0, output: stdout + stderr });
    });
  });
}

describe("the real Jaeger", () => {
  it("accepts what 200 settings make of its configuration", async () => {
    const distinct = new Map<string, { config: CollectorConfig; raw: object }>();
    for (const raw of fc.sample(rawJaegerSettings, { seed, numRuns: 200 })) {
      for (const { config } of planTopology(parseSettings(raw)).jaeger) {
        distinct.set(JSON.stringify(config), { config, raw });
      }
    }
    const refused: object[] = [];
    const left = [...distinct.values()].entries();
    await Promise.all(
      Array.from({ length: 4 }, async () => {
        for (const [index, { config, raw }] of left) {
          const { code, output } = await run(["validate"], config, `c${index}`);
          if (code !== 0) refused.push({ raw, output: output.slice(-400) });
        }
      }),
    );
    console.log(`${distinct.size} distinct configurations of Jaeger, of seed ${seed}`);
    expect(refused).toEqual([]);
    expect(distinct.size).toBeGreaterThan(150);
  });

  it("refuses what is broken, so its consent means something", async () => {
    const [part] = planTopology(parseSettings({ storage: '{"kind":"badger"}' })).jaeger;
    const config = JSON.parse(JSON.stringify(part?.config));
    config.extensions.jaeger_storage.backends.traces.badger.time_to_live = "1h";
    const { code, output } = await run(["validate"], config, "broken");
    expect(code).toBe(1);
    expect(output).toContain("time_to_live");
  });

  it("starts with ClickHouse's configuration and stops only because nobody answers there", async () => {
    // A port that was free a moment ago.
    const server = createServer().listen(0, "127.0.0.1");
    await new Promise((resolve) => server.once("listening", resolve));
    const { port } = server.address() as { port: number };
    await new Promise((resolve) => server.close(resolve));
    const storage = JSON.stringify({ kind: "clickhouse", endpoint: `127.0.0.1:${port}`, secret: "login" });
    const [part] = planTopology(parseSettings({ storage })).jaeger;
    const { code, output } = await run([], part!.config, "clickhouse");
    expect(code).toBe(1);
    expect(output).toMatch(new RegExp(`failed to ping ClickHouse: dial tcp 127\\.0\\.0\\.1:${port}: .*refused`));
  });
});
