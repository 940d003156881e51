import { afterAll, describe, expect, it } from "vitest";
import { up } from "./receipts.ts";
import { type Ended, throughline } from "./throughline.ts";

const pulumi = (...args: string[]): Promise<Ended> => throughline(["pulumi", ...args]);
const apply = () => pulumi("up", "--yes", "--skip-preview");

/** The lines below `Resources:`, e.g. `25 unchanged`. */
function counts({ code, stdout, stderr }: Ended): string[] {
  expect(code, `${stderr}${stdout}`).toBe(0);
  const block = /^Resources:\n((?: +.*\n)+)/m.exec(stdout)?.[1] ?? "";
  return block.trim().split(/\n +/);
}

describe("the plain Pulumi CLI and throughline up give the same result", () => {
  afterAll(async () => {
    await pulumi("config", "set", "throughline:profile", "laptop");
    await pulumi("config", "rm", "throughline:maxTraces");
    await up();
  });

  it("previews no change after throughline start", async () => {
    const { code, stdout, stderr } = await pulumi("preview", "--expect-no-changes", "--diff");
    expect(`${stdout}${stderr}`).not.toMatch(/\berror\b/i);
    expect(code).toBe(0);
  });

  it("changes nothing after throughline up, nor does throughline up after it", async () => {
    expect(counts(await apply())).toEqual([expect.stringMatching(/^\d+ unchanged$/)]);
    expect(Object.keys(await up())).toEqual(["same"]);
  });

  it("throughline up keeps a setting made by the plain CLI", async () => {
    expect((await pulumi("config", "set", "throughline:maxTraces", "77")).code).toBe(0);
    expect(counts(await apply()).join()).toMatch(/updated|replaced/);
    expect(Object.keys(await up())).toEqual(["same"]);
    expect((await pulumi("config", "get", "throughline:maxTraces")).stdout.trim()).toBe("77");
  });

  it("says in one clear message what is wrong with a setting, and changes nothing", async () => {
    expect((await pulumi("config", "set", "throughline:profile", "labtop")).code).toBe(0);
    const { code, stdout, stderr } = await apply();
    const said = `${stdout}${stderr}`;
    expect(code).not.toBe(0);
    // Pulumi prints an error beside the resource and again at the end.
    expect([...new Set(said.match(/error: .*/g))]).toEqual([
      expect.stringMatching(/^error: throughline:profile is "labtop"; allowed: laptop, standard, production\./),
    ]);
    expect(said).not.toMatch(/^\s+at /m);
    expect(said).not.toMatch(/\b(created|updated|deleted|replaced)\b/);
  });
});
