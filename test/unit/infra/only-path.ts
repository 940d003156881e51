import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach } from "vitest";
import { validatorVariable } from "../../../infra/validator.ts";

/**
 * Makes PATH a fresh folder in each test of the file, with no Collector named beside it, so that only what the test puts there is found.
 * @returns the folder of the running test
 */
export function onlyPath(): () => string {
  let folder = "";
  const before = { path: process.env["PATH"], named: process.env[validatorVariable] };
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "throughline-path-"));
    process.env["PATH"] = folder;
    delete process.env[validatorVariable];
  });
  afterEach(() => {
    process.env["PATH"] = before.path;
    if (before.named !== undefined) process.env[validatorVariable] = before.named;
    else delete process.env[validatorVariable];
    rmSync(folder, { recursive: true, force: true });
  });
  return () => folder;
}
