import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { readContexts } from "../../../infra/kubeconfig.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "throughline-kubeconfig-"));
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

const write = (name: string, text: string) => {
  const file = join(folder, name);
  writeFileSync(file, text);
  return file;
};

test("lists the contexts of the named file and not of KUBECONFIG", () => {
  vi.stubEnv("KUBECONFIG", write("other", "contexts: [{name: other}]"));
  const file = write("mine", "contexts: [{name: kind}, {name: prod}]");
  expect(readContexts(file)).toEqual({ where: file, names: ["kind", "prod"] });
});

test("KUBECONFIG may name several files; those that are missing or no kubeconfig add nothing", () => {
  const files = [
    write("a", "contexts: [{name: one}]"),
    join(folder, "none"),
    write("b", "contexts: [{name: two}, {name: one}]"),
    write("c", "{"),
  ];
  vi.stubEnv("KUBECONFIG", files.join(delimiter));
  expect(readContexts(undefined).names).toEqual(["one", "two"]);
});

test("says where it looked when there is none", () => {
  vi.stubEnv("KUBECONFIG", "");
  vi.stubEnv("HOME", folder);
  expect(readContexts(undefined)).toEqual({
    where: "~/.kube/config",
    names: [],
    problem: "no kubeconfig with contexts at ~/.kube/config",
  });
});
