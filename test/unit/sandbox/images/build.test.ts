import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { contentKey } from "../../../../sandbox/images/build.ts";
import type { ImagePart } from "../../../../sandbox/images/catalog.ts";

let folder: string;
const key = (part: ImagePart) => contentKey({ reference: "a:1", entrypoint: [], user: "1", parts: [part] }, new Map());
const write = (name: string, text: string) => writeFileSync(join(folder, name), text, { mode: 0o755 });

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "tl-image-"));
  vi.stubEnv("PATH", `${folder}:${process.env["PATH"]}`);
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

it("makes a linked part anew when its program or a library of it changed", async () => {
  write("tool", "program 1");
  write("library.so", "library 1");
  write("ldd", `#!/bin/sh\necho "	library.so => ${folder}/library.so (0x00007f)"\n`);
  const part = { kind: "linked", source: "tool", path: "/bin/tool" } as const;
  const keys = [await key(part), await key(part)];
  write("library.so", "library 2");
  keys.push(await key(part));
  write("tool", "program 2");
  keys.push(await key(part));
  expect(keys[1]).toBe(keys[0]);
  expect(new Set(keys).size).toBe(3);
});

it("says what to install when a linked program is on no PATH", async () => {
  await expect(key({ kind: "linked", source: "no-such-tool", path: "/x" })).rejects.toThrow(
    /no-such-tool is missing\. Type: apt-get/,
  );
});

it("makes an npm part anew when any of its files changed, but not for what was installed beside them", async () => {
  for (const name of ["package.json", "package-lock.json", "main.js"]) write(name, "1");
  const part = { kind: "npm", source: folder, path: "/app" } as const;
  const first = await key(part);
  mkdirSync(join(folder, "node_modules"));
  expect(await key(part)).toBe(first);
  write("package.json", "2");
  expect(await key(part)).not.toBe(first);
});
