import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { downCommand } from "../../../cli/down.ts";
import { namedTarget } from "../../../cli/target.ts";
import { traceCommand } from "../../../cli/trace.ts";
import { upCommand } from "../../../cli/up.ts";

let state: string;
beforeEach(() => {
  state = mkdtempSync(join(tmpdir(), "throughline-target-"));
  vi.stubEnv("THROUGHLINE_STATE", state);
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(state, { recursive: true });
});

it("gives every context a stack of its own, apart from the embedded cluster's", () => {
  const contexts = ["sandbox", "prod", "a/b", "a:b", "a-b", "arn:aws:eks:eu-west-1:123:cluster/x"];
  const stacks = contexts.map((context) => namedTarget("up", { context }).stack);
  expect(new Set([...stacks, "sandbox"]).size).toBe(contexts.length + 1);
  for (const stack of stacks) expect(stack).toMatch(/^[A-Za-z0-9_.-]+$/);
});

it("hands the kubeconfig on", () => {
  expect(namedTarget("up", { context: "prod", kubeconfig: "k" })).toMatchObject({ context: "prod", kubeconfig: "k" });
});

it("picks no cluster for a kubeconfig without a context, not even the embedded one that runs", async () => {
  writeFileSync(join(state, "kubeconfig"), "");
  expect(namedTarget("up", {}).kubeconfig).toBe(join(state, "kubeconfig"));
  const refused =
    /^--kubeconfig is "my config", but no --context says .* Write: npm run throughline -- \w+ --kubeconfig 'my config' --context <name of one of its contexts>$/;
  const argv = ["--kubeconfig", "my config"];
  for (const command of [upCommand, downCommand, traceCommand]) await expect(command(argv)).rejects.toThrow(refused);
});

it("says so for the load driver too, in the way it is called", () => {
  writeFileSync(join(state, "kubeconfig"), "");
  const script = new URL("../../../examples/shop/load/main.ts", import.meta.url).pathname;
  const argv = [script, "--url", "http://127.0.0.1:9/", "--kubeconfig", "k"];
  expect(() => execFileSync(process.execPath, argv, { env: process.env, stdio: "pipe" })).toThrow(
    /--kubeconfig is "k", but no --context .* Write: sh \.\/with-node\.sh examples\/shop\/load\/main\.ts --kubeconfig k --context/,
  );
});
