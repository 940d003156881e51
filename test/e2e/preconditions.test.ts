import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { expect, it } from "vitest";
import { clusterId } from "../../sandbox/paths.ts";
import { hostState } from "./host.ts";
import { throughline } from "./throughline.ts";

it("a start without Go ends at once, says what to type, and makes nothing", async () => {
  const scratch = mkdtempSync(join(tmpdir(), "throughline-no-go-"));
  const state = join(scratch, "state");
  const withoutGo = (process.env["PATH"] ?? "").split(delimiter).filter((folder) => !existsSync(join(folder, "go")));
  try {
    const marks = [scratch, clusterId(state)];
    const before = hostState(marks);
    const { code, stdout, stderr } = await throughline(["start"], {
      env: { PATH: withoutGo.join(delimiter), THROUGHLINE_STATE: state, THROUGHLINE_CACHE: join(scratch, "cache") },
    });
    expect(code).toBe(1);
    expect(stderr.trim()).toMatch(/^Go >= 1\.26 is needed .* type: export PATH=\S+$/);
    expect(stdout).toBe("");
    expect(hostState(marks)).toEqual(before);
    expect(readdirSync(state)).toEqual([]);
    expect(readdirSync(join(scratch, "cache"))).toEqual([]);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
});
