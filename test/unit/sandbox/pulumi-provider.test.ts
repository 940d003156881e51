import { existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { UserError } from "../../../common/errors.ts";
import { type PulumiOptions, pulumiEnvironment } from "../../../sandbox/pulumi.ts";

const version: string = createRequire(import.meta.url)("@pulumi/kubernetes/package.json").version;
const program = "pulumi-resource-kubernetes";
let root: string;
let stateDir: string;
let userCache: string;
let onPath: string;

beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), "throughline-provider-")));
  [stateDir, userCache, onPath] = [join(root, "state"), join(root, "home/plugins"), join(root, "path")];
  for (const dir of [stateDir, userCache, onPath]) mkdirSync(dir, { recursive: true });
  writeFileSync(join(root, "pulumi"), "", { mode: 0o755 });
  vi.stubEnv("PULUMI_HOME", dirname(userCache));
  vi.stubEnv("PATH", onPath);
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(root, { recursive: true, force: true });
});

const choose = (provider?: PulumiOptions["provider"]) =>
  pulumiEnvironment({ pulumi: join(root, "pulumi"), stateDir, ...(provider && { provider }) });

/** Puts an empty executable where Pulumi installs the plugin of this version. */
function install(cache: string, of = version): string {
  const folder = join(cache, `resource-kubernetes-v${of}`);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, program), "", { mode: 0o755 });
  return folder;
}

const placeIn = (cache: string, of = version) => join(cache, `resource-kubernetes-v${of}`, program);
/** What the CLI would start: the first on PATH, else the one in its own plugin cache. */
function started(env: Record<string, string>, of = version): string {
  const found = (env["PATH"] ?? "").split(":").map((dir) => join(dir, program));
  const file = [...found, placeIn(join(env["PULUMI_HOME"] ?? "", "plugins"), of)].find((one) => existsSync(one));
  return file === undefined ? "nothing" : realpathSync(file);
}
const isStandIn = (file: string) => readFileSync(file, "utf8").includes("providers/kubernetes/main.ts");

describe("--provider official without the plugin", () => {
  test("is one problem with the line to type", async () => {
    const error = await choose("official").catch((one: unknown) => one);
    expect(error).toBeInstanceOf(UserError);
    expect((error as UserError).problems).toEqual([
      expect.stringContaining(`\`pulumi plugin install resource kubernetes v${version}\``),
    ]);
    expect((error as UserError).message).toMatch(/^--provider official: .*is not installed/);
    expect((error as UserError).message).not.toContain("\n");
  });

  test.each(["4.0.0", "3.99.0", "5.0.0"])("takes no v%s for it", async (other) => {
    install(userCache, other);
    await expect(choose("official")).rejects.toBeInstanceOf(UserError);
    expect((await choose()).provider).toBe("stand-in");
  });

  test("takes no half installed plugin for it", async () => {
    writeFileSync(`${install(userCache)}.partial`, "");
    await expect(choose("official")).rejects.toBeInstanceOf(UserError);
  });

  test("takes no stand-in of another checkout for it", async () => {
    const other = join(root, "other");
    const { env } = await pulumiEnvironment({ pulumi: join(root, "pulumi"), stateDir: other, provider: "stand-in" });
    vi.stubEnv("PULUMI_HOME", env["PULUMI_HOME"]);
    await expect(choose("official")).rejects.toBeInstanceOf(UserError);
  });
});

describe("an installed plugin", () => {
  test.each(["official", "auto", undefined] as const)("of the user's cache is used and said so (%s)", async (asked) => {
    const folder = install(userCache);
    const { env, provider, notes } = await choose(asked);
    expect(provider).toBe("official");
    expect(notes).toContain(`Kubernetes provider: the installed plugin resource-kubernetes-v${version}`);
    expect(started(env)).toBe(join(folder, program));
  });

  test("of the newest fitting version is used", async () => {
    for (const of of [version, "4.99.0", "4.100.1"]) install(userCache, of);
    const { env, notes } = await choose();
    expect(notes[0]).toContain("resource-kubernetes-v4.100.1");
    expect(started(env, "4.100.1")).toBe(placeIn(userCache, "4.100.1"));
  });

  test("on PATH is the one the CLI starts, so it is the one that is named", async () => {
    install(userCache);
    writeFileSync(join(onPath, program), "", { mode: 0o755 });
    const { env, notes } = await choose();
    expect(notes).toContain(`Kubernetes provider: the installed plugin ${join(onPath, program)}`);
    expect(started(env)).toBe(join(onPath, program));
  });
});

describe("--provider stand-in", () => {
  test.each(["the user's cache", "PATH", "both"])("wins over a plugin in %s, and leaves it alone", async (where) => {
    if (where !== "PATH") install(userCache);
    if (where !== "the user's cache") writeFileSync(join(onPath, program), "", { mode: 0o755 });
    await choose("official");
    const { env, provider, notes } = await choose("stand-in");
    expect(provider).toBe("stand-in");
    expect(notes).toContain("Kubernetes provider: the stand-in of this checkout (as asked for)");
    expect(isStandIn(started(env))).toBe(true);
    if (where !== "PATH") expect(readFileSync(placeIn(userCache), "utf8")).toBe("");

    const back = await choose();
    expect(back.provider).toBe("official");
    expect(isStandIn(started(back.env))).toBe(false);
  });

  test("does not overwrite a plugin that was installed into this state by hand", async () => {
    const folder = install(join(stateDir, "pulumi-home/plugins"));
    const error = await choose("stand-in").catch((one: unknown) => one);
    expect(error).toBeInstanceOf(UserError);
    expect((error as UserError).problems).toEqual([expect.stringContaining(`\`rm -r ${folder}\``)]);
    expect(readFileSync(join(folder, program), "utf8")).toBe("");
    expect((await choose()).provider).toBe("official");
  });

  test("is what auto takes where nothing is installed, and says why", async () => {
    const { env, notes } = await choose();
    expect(notes).toContain(
      `Kubernetes provider: the stand-in of this checkout (the plugin v${version} is not installed)`,
    );
    expect(isStandIn(started(env))).toBe(true);
  });
});
