import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import Docker from "dockerode";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { contextDigest, readContext, withArchive } from "../../../sandbox/providers/docker/build-context.ts";
import { builtImage } from "../../../sandbox/providers/docker/built-image.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "throughline-context-"));
  mkdirSync(join(folder, "src"));
  mkdirSync(join(folder, "node_modules"));
  const files = {
    Dockerfile: "FROM scratch\nCOPY src /\n",
    "src/a.js": "a",
    "src/a.log": "noise",
    "src/keep.log": "kept",
    "node_modules/b.js": "b",
    ".dockerignore": "# not for the image\nDockerfile\nnode_modules\n**/*.log\n!**/keep.log\n",
  };
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
});
afterAll(() => rmSync(folder, { recursive: true }));

describe("the folder that an image is built from", () => {
  test("is sent as docker build would, the Dockerfile always, also to who begins to read late", async () => {
    const sent = await withArchive(readContext(folder), async (archive) => {
      await sleep(300);
      return buffer(archive);
    });
    const listing = execFileSync("tar", ["-tf", "-"], { input: sent, encoding: "utf8" });
    expect(listing.trim().split("\n").sort()).toEqual([
      ".dockerignore",
      "Dockerfile",
      "src/",
      "src/a.js",
      "src/keep.log",
    ]);
  });

  test("has another digest when anything of it changes, and the same when only times or what is left out do", async () => {
    const digest = () => contextDigest(readContext(folder));
    const before = await digest();
    utimesSync(join(folder, "src/a.js"), 1, 1);
    writeFileSync(join(folder, "node_modules/b.js"), "other");
    expect(await digest()).toBe(before);
    chmodSync(join(folder, "src/a.js"), 0o755);
    const program = await digest();
    writeFileSync(join(folder, "src/a.js"), "other");
    expect(new Set([before, program, await digest()]).size).toBe(3);
  });

  test("that is not there, or a Dockerfile that is not or is elsewhere, is one clear error", async () => {
    expect(() => readContext("no/such")).toThrow(/^build\.context is "no\/such"; there is no such folder in /);
    expect(() => readContext(folder, join(folder, "Other"))).toThrow(/^build\.dockerfile is ".*Other"; there is/);
    expect(() => readContext(join(folder, "src"), join(folder, "Dockerfile"))).toThrow(/in build\.context .* only/);
  });

  test("holds links as links, also those that lead in a circle or out of it, and heeds the Dockerfile's own ignore list", () => {
    const linked = mkdtempSync(join(tmpdir(), "throughline-links-"));
    try {
      mkdirSync(join(linked, "a"));
      symlinkSync("..", join(linked, "a/up"));
      symlinkSync(folder, join(linked, "out"));
      writeFileSync(join(linked, "Dockerfile"), "FROM scratch\n");
      writeFileSync(join(linked, ".dockerignore"), "a\n");
      expect(readContext(linked).paths).toEqual([".dockerignore", "Dockerfile", "out"]);
      writeFileSync(join(linked, "Dockerfile.dockerignore"), ".dockerignore\n*.dockerignore\n");
      expect(readContext(linked).paths).toEqual(["Dockerfile", "a", "a/up", "out"]);
      const before = contextDigest(readContext(linked));
      writeFileSync(join(folder, "src/b.js"), "elsewhere");
      expect(contextDigest(readContext(linked))).toBe(before);
      const gone = { ...readContext(linked), paths: ["gone"] };
      expect(() => contextDigest(gone)).toThrow(/^build\.context is ".*", of which .*gone can't be read \(ENOENT\)/);
    } finally {
      rmSync(linked, { recursive: true });
    }
  });

  test("is not sent at all when it can't be read whole", async () => {
    const context = readContext(folder);
    const cut = { ...context, paths: [...context.paths, "gone"] };
    let sent = false;
    const sending = withArchive(cut, async () => {
      sent = true;
    });
    await expect(sending).rejects.toThrow(/^packing .* ended with exit code 2:.*gone/s);
    expect(sent).toBe(false);
  });
});

describe("an image that is built", () => {
  test("stays in the engine, and says so", async () => {
    await expect(builtImage.check?.({ imageName: "a" })).rejects.toThrow(/Write: skipPush: true/);
    const cached = { imageName: "a", skipPush: true, build: { cacheFrom: {} } };
    await expect(builtImage.check?.(cached)).rejects.toThrow(/^build\.cacheFrom: .* --provider official has/);
  });

  test("what the engine tells as an event of its progress fails it", async () => {
    const docker = new Docker();
    docker.buildImage = async () => {
      const events = [{ stream: "Step 1" }, { error: "COPY failed: no such file" }];
      return Readable.from(events.map((event) => `${JSON.stringify(event)}\n`));
    };
    const inputs = { imageName: "a", skipPush: true, build: { context: folder } };
    await expect(
      builtImage.create(docker, inputs, { owner: "", status: () => {}, signal: new AbortController().signal }),
    ).rejects.toThrow(
      /^image a was not built from .*: COPY failed: no such file\. Run, to see every step: docker build /,
    );
  });
});
