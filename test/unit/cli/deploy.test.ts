import { rmSync, writeFileSync } from "node:fs";
import { expect, test } from "vitest";
import { deploy } from "../../../cli/deploy.ts";
import { renderCommand } from "../../../cli/render.ts";
import { silentProgress } from "../../../common/progress.ts";
import { stackFile } from "../../../infra/settings/stack-config.ts";

test("a stack's file that is no YAML is told without its lines, before any engine is asked", async () => {
  const stack = `broken-${process.pid}`;
  writeFileSync(stackFile(stack), "config:\n  throughline:otlp: {token: hunter2\n");
  const told = {
    name: "UserError",
    message: expect.stringMatching(/^Pulumi\.broken-\d+\.yaml, line 3, column 1: not valid YAML: (?!.*hunter2)/s),
  };
  try {
    const options = { stack, config: {}, environment: {}, stateDir: "/nowhere", progress: silentProgress };
    await expect(deploy(options)).rejects.toMatchObject(told);
    await expect(renderCommand(["out", "--stack", stack])).rejects.toMatchObject(told);
  } finally {
    rmSync(stackFile(stack));
  }
});
