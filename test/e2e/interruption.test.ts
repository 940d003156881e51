import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { clusterId } from "../../sandbox/paths.ts";
import { type HostState, hostState } from "./host.ts";
import { type Ended, throughline } from "./throughline.ts";

/** Where the run is stopped: shortly after it said so. Each run picks up what the one before left. */
const points: { during: string; said: RegExp; after: number; signal: NodeJS.Signals }[] = [
  { during: "the build", said: /building pause/, after: 300, signal: "SIGINT" },
  { during: "the cluster's start", said: /building kubernetes/, after: 2500, signal: "SIGINT" },
  { during: "the image import", said: /making image (jaeger|collector)/, after: 100, signal: "SIGKILL" },
  { during: "up", said: /checking the stack/, after: 2500, signal: "SIGKILL" },
  { during: "the receipt", said: /^ {2}kubeconfig: /m, after: 100, signal: "SIGINT" },
];

describe("throughline start, interrupted", () => {
  let scratch: string;
  let marks: string[];
  let before: HostState;
  const env = () => ({ THROUGHLINE_STATE: join(scratch, "state"), THROUGHLINE_CACHE: join(scratch, "cache") });

  beforeAll(() => {
    scratch = mkdtempSync(join(tmpdir(), "throughline-stop-"));
    marks = [scratch, clusterId(join(scratch, "state"))];
    before = hostState(marks);
  });

  afterAll(async () => {
    await throughline(["down"], { env: env() });
    rmSync(scratch, { recursive: true, force: true });
  });

  async function startUntil({ said, after, signal }: (typeof points)[number]): Promise<Ended & { told: boolean }> {
    let told = false;
    const ended = await throughline(["start"], {
      env: env(),
      onOutput: (text, child) => {
        if (told || !said.test(text)) return;
        told = true;
        // The whole process group, as a terminal's Ctrl-C or the machine's end would. It may have ended by itself.
        setTimeout(() => child.exitCode === null && process.kill(-child.pid!, signal), after);
      },
    });
    return { ...ended, told };
  }

  it.each(points)("during $during ends by $signal without finishing", async (point) => {
    const ended = await startUntil(point);
    // Ended by our signal at that point, not by a failure of its own.
    expect({ ...ended, stdout: "", stderr: "" }, ended.stderr).toMatchObject({
      told: true,
      code: null,
      signal: point.signal,
    });
    expect(ended.stderr).not.toMatch(/^\s+at .*\.ts:/m);
  });

  it("then runs to a receipt", async () => {
    const { code, stdout, stderr } = await throughline(["start"], { env: env(), echo: true });
    expect(stderr).not.toMatch(/^\s+at .*\.ts:/m);
    // What the killed update left half-made was picked up, not reported as unknown.
    expect(stderr).not.toContain("pending operations");
    expect(code).toBe(0);
    expect(stdout).toMatch(/^Trace complete, answered 200$/m);
    expect(stdout).toMatch(/^services +3 \(throughline-cli, frontend, quotes\)$/m);
  });

  it("down leaves nothing behind, and may be run twice", async () => {
    expect(hostState(marks).processes.length).toBeGreaterThan(8);
    for (const _ of [1, 2]) {
      const { code, stderr } = await throughline(["down"], { env: env() });
      expect(stderr).not.toMatch(/^\s+at .*\.ts:/m);
      expect(code).toBe(0);
      // Process 1 may take its time to look after those that ended.
      await vi.waitFor(() => expect(hostState(marks)).toEqual(before), { timeout: 60_000, interval: 500 });
    }
  });
});
