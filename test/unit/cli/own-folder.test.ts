import { spawn, spawnSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { inspectFolder, writeFolder, writePrivately } from "../../../cli/own-folder.ts";

let root: string;
let folder: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "throughline-folder-"));
  folder = join(root, "out");
});
afterEach(() => rmSync(root, { recursive: true }));

const filesOf = (values: Record<string, string>) => new Map(Object.entries(values));
const write = (values: Record<string, string>) =>
  writeFolder(inspectFolder(folder, Object.keys(values)), filesOf(values));
const read = () =>
  Object.fromEntries(
    readdirSync(folder)
      .filter((name) => !name.startsWith("."))
      .map((name) => [name, readFileSync(join(folder, name), "utf8")]),
  );

test("files are written, and not touched again while they stay the same", () => {
  expect(write({ "a.yaml": "1", "b.yaml": "2" })).toEqual({ added: 2, changed: 0, removed: 0, same: 0 });
  const before = statSync(join(folder, "a.yaml")).ino;
  expect(write({ "a.yaml": "1", "b.yaml": "3" })).toEqual({ added: 0, changed: 1, removed: 0, same: 1 });
  expect(statSync(join(folder, "a.yaml")).ino).toBe(before);
  expect(readdirSync(folder).sort()).toEqual([".throughline-render", "a.yaml", "b.yaml"]);
});

test("what no longer belongs is removed, and other people's files stay", () => {
  write({ "a.yaml": "1", "b.yaml": "2" });
  writeFileSync(join(folder, "kustomization.yaml"), "mine");
  expect(write({ "a.yaml": "1" })).toEqual({ added: 0, changed: 0, removed: 1, same: 1 });
  expect(read()).toEqual({ "a.yaml": "1", "kustomization.yaml": "mine" });
});

describe("is refused, with the line to write, before anything is written:", () => {
  test("a folder with other files", () => {
    mkdirSync(folder);
    writeFileSync(join(folder, "mine.txt"), "mine");
    expect(() => write({ "a.yaml": "1" })).toThrow(
      `${folder} holds files that throughline render did not write (mine.txt). Write: throughline render ${folder}/throughline`,
    );
    expect(read()).toEqual({ "mine.txt": "mine" });
  });

  test("a file in the folder's place", () => {
    writeFileSync(folder, "mine");
    expect(() => write({})).toThrow(/is a file; write the name of a folder$/);
  });

  test("a name that somebody else took, and a file that was changed by hand, both at once", () => {
    write({ "a.yaml": "1" });
    writeFileSync(join(folder, "a.yaml"), "mine");
    writeFileSync(join(folder, "b.yaml"), "mine");
    expect(() => write({ "a.yaml": "1", "b.yaml": "2" })).toThrow(
      /a\.yaml was changed since .* Write: rm [\s\S]*b\.yaml would be overwritten, but .* Write: rm /,
    );
    expect(read()).toEqual({ "a.yaml": "mine", "b.yaml": "mine" });
  });

  test.each(["../a.yaml", "/etc/a.yaml", ".throughline-render", "a.txt"])("a list that names %s", (name) => {
    write({ "a.yaml": "1" });
    writeFileSync(join(root, "a.yaml"), "mine");
    writeFileSync(join(folder, ".throughline-render"), `${"0".repeat(64)}  ${name}\n`);
    expect(() => write({})).toThrow(/\.throughline-render is damaged/);
    expect(readFileSync(join(root, "a.yaml"), "utf8")).toBe("mine");
  });
});

test("after a run that broke off between two files the next one completes it, with the same or other files", () => {
  write({ "a.yaml": "1", "b.yaml": "1", "z.yaml": "1" });
  for (const next of ["2", "3"]) {
    const seen = inspectFolder(folder, ["a.yaml", "b.yaml"]);
    // Nothing can be renamed to this, so the run ends when a.yaml is new and the rest is old.
    rmSync(join(folder, "b.yaml"));
    mkdirSync(join(folder, "b.yaml", "inner"), { recursive: true });
    expect(() => writeFolder(seen, filesOf({ "a.yaml": "2", "b.yaml": "2" }))).toThrow(/EISDIR|ENOTEMPTY/);
    expect(readFileSync(join(folder, "a.yaml"), "utf8")).toBe("2");
    rmSync(join(folder, "b.yaml"), { recursive: true });
    write({ "a.yaml": next, "b.yaml": next });
    expect(read()).toEqual({ "a.yaml": next, "b.yaml": next });
    expect(readdirSync(folder)).not.toContain(".throughline-render.new");
    write({ "a.yaml": "1", "b.yaml": "1", "z.yaml": "1" });
  }
});

test("a folder that can't be filled is not left behind", () => {
  const bad = new Map([["a.yaml", "1"]]);
  bad.set("x".repeat(300), "a name that no file system takes");
  expect(() => writeFolder(inspectFolder(folder, [...bad.keys()]), bad)).toThrow(/ENAMETOOLONG/);
  expect(existsSync(folder)).toBe(false);
});

test("Ctrl-C at any time leaves a whole folder", async () => {
  const script = join(root, "write.ts");
  const module = new URL("../../../cli/own-folder.ts", import.meta.url).pathname;
  writeFileSync(
    script,
    `import { inspectFolder, writeFolder } from ${JSON.stringify(module)};
    const files = (text) => new Map(Array.from({ length: 60 }, (_, index) => [\`\${index}.yaml\`, text]));
    console.log("begun");
    for (let turn = 0; ; turn++) {
      const all = files(String(turn));
      writeFolder(inspectFolder(${JSON.stringify(folder)}, [...all.keys()]), all);
      await new Promise(setImmediate);
    }`,
  );
  for (const delay of [0, 7, 23]) {
    rmSync(folder, { recursive: true, force: true });
    const child = spawn(process.execPath, [script], { stdio: ["ignore", "pipe", "inherit"] });
    await new Promise((resolve) => child.stdout.once("data", resolve));
    const ended = new Promise((resolve) => child.once("exit", resolve));
    await new Promise((resolve) => setTimeout(resolve, delay));
    const timer = setInterval(() => child.kill("SIGINT"), 1);
    await ended;
    clearInterval(timer);
    if (!existsSync(folder)) continue;
    expect(new Set(Object.values(read())).size).toBe(1);
    expect(Object.keys(read())).toHaveLength(60);
    expect(readdirSync(folder)).not.toContain(".throughline-render.new");
  }
});

test("a folder below one that takes no others is refused at once, where Node.js tries for ever", () => {
  const script = join(root, "make.ts");
  const module = new URL("../../../cli/own-folder.ts", import.meta.url).pathname;
  writeFileSync(
    script,
    `import { inspectFolder, writeFolder } from ${JSON.stringify(module)};
    writeFolder(inspectFolder("/proc/throughline/out", []), new Map());`,
  );
  const { signal, stderr } = spawnSync(process.execPath, [script], { timeout: 20_000, killSignal: "SIGKILL" });
  expect(signal).toBeNull();
  expect(String(stderr)).toContain("the folder /proc/throughline/out can't be made: no such file");
});

test("a private file that can't be put in its place leaves nothing behind", () => {
  mkdirSync(join(root, "secrets.yaml"));
  expect(() => writePrivately(join(root, "secrets.yaml"), "key")).toThrow(/EISDIR/);
  expect(readdirSync(root)).toEqual(["secrets.yaml"]);
});

test("a private file is for the user alone, also where it was for everyone", () => {
  const file = join(root, "secrets.yaml");
  writeFileSync(file, "old");
  chmodSync(file, 0o644);
  writePrivately(file, "new");
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(readdirSync(root)).toEqual(["secrets.yaml"]);
});
