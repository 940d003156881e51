import { LocalWorkspace, PulumiCommand, type Stack } from "@pulumi/pulumi/automation/index.js";
import { afterAll, beforeAll, expect, test } from "vitest";
import { makeProject, type Project } from "./project.ts";

let project: Project;
let stack: Stack;
let pulumiCommand: PulumiCommand;

beforeAll(async () => {
  project = await makeProject("export const x = 1;");
  pulumiCommand = await PulumiCommand.get({ root: project.stateDir });
  stack = await LocalWorkspace.selectStack(
    { stackName: "dev", workDir: project.dir },
    { envVars: project.env, pulumiCommand },
  );
});
afterAll(() => project.remove());

test("the Automation API runs the same project folder", async () => {
  const result = await stack.up();
  expect(result.summary.result).toBe("succeeded");
  expect(result.outputs["x"]?.value).toBe(1);
});

test("an inline program works beside it, without a language host", async () => {
  const program = async () => ({ y: 2 });
  const inline = await LocalWorkspace.createOrSelectStack(
    { stackName: "inline", projectName: "inline", program },
    { envVars: project.env, pulumiCommand },
  );
  expect((await inline.up()).outputs["y"]?.value).toBe(2);
});
