import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { readTexts } from "../../../cli/texts.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "texts-"));
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true });
});

const at = (name: string) => join(folder, name);

test("what can't be read is told for what it is", () => {
  writeFileSync(at("a.yaml"), "");
  symlinkSync("loop.yaml", at("loop.yaml"));
  const expected: Record<string, string> = {
    "loop.yaml": "its links lead in a circle",
    ["x".repeat(300)]: "its name is too long",
    none: "no such file",
    "a.yaml/b": "a part of its path is no folder",
  };
  const line = "Write: the name of a file, of a folder, or - for standard input";
  expect(readTexts(Object.keys(expected).map(at))).toEqual(
    Object.entries(expected).map(([name, why]) => `${at(name)} can't be read: ${why}. ${line}`),
  );
  expect(readTexts(["-"], () => readFileSync(folder, "utf8"))).toEqual([
    `standard input can't be read: it is a folder. ${line}`,
  ]);
});

test("links in a folder that lead nowhere are passed by with a warning, and those that lead back end", () => {
  const warnings = vi.spyOn(console, "error").mockImplementation(() => {});
  mkdirSync(at("b"));
  writeFileSync(at("b/c.yaml"), "a: 1");
  symlinkSync("loop.yaml", at("loop.yaml"));
  symlinkSync("nowhere", at("b/dead.yaml"));
  for (const name of ["x", "y", "b/z"]) symlinkSync(folder, at(name));
  symlinkSync("b", at("a"));
  expect(readTexts([folder])).toEqual([{ name: at("b/c.yaml"), text: "a: 1", inFolder: true }]);
  expect(warnings.mock.calls.flat()).toEqual([
    `warning: ${at("b/dead.yaml")} is left out: no such file`,
    `warning: ${at("loop.yaml")} is left out: its links lead in a circle`,
  ]);
});
