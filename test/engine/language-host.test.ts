import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { makeProject, type Project } from "./project.ts";

const recorder = fileURLToPath(new URL("testdata/recorder", import.meta.url));
const plugins = `plugins: {providers: [{name: kubernetes, path: ${JSON.stringify(recorder)}}]}\n`;
const component = `
import * as pulumi from "@pulumi/pulumi";
import * as k8s from "@pulumi/kubernetes";
pulumi.runtime.registerResourceTransform((a) => {
  if (a.type !== "kubernetes:apps/v1:Deployment") return undefined;
  const spec = a.props["spec"];
  spec.template.spec.containers[0].env = [{ name: "ADDED", value: "by the transform" }];
  return { props: { ...a.props, spec }, opts: a.opts };
});
class App extends pulumi.ComponentResource {
  constructor(name: string) {
    super("test:index:App", name);
    const labels = { app: name };
    new k8s.apps.v1.Deployment(name, {
      metadata: { name, namespace: "default" },
      spec: { selector: { matchLabels: labels }, template: { metadata: { labels }, spec: { containers: [{ name: "c", image: "x:1" }] } } },
    }, { parent: this });
  }
}
new App("shop");
`;

let project: Project;
const record = () => join(project.stateDir, "record");
const up = async (program: string) => {
  project.write(program);
  return project.pulumi(["up", "--yes", "--skip-preview"]);
};

beforeAll(async () => {
  project = await makeProject("", plugins);
  project.env["RECORD"] = record();
});
afterAll(() => project.remove());

describe("the language host under the plain CLI", () => {
  test("runs a program and shows what it prints, once", async () => {
    const { code, output } = await up(
      `console.log("on stdout"); console.error("on stderr"); export const a: number = 1;`,
    );
    expect(code).toBe(0);
    const diagnostics = output.slice(output.indexOf("Diagnostics:"));
    expect(diagnostics.match(/on stdout/g)).toHaveLength(1);
    expect(diagnostics.match(/on stderr/g)).toHaveLength(1);
    expect(output).not.toContain("warning:");
    expect(await project.outputs()).toEqual({ a: 1 });
  });

  test("hands config and secret config to the program, and keeps the secret out of the state", async () => {
    await project.pulumi(["config", "set", "plain", "seen"]);
    await project.pulumi(["config", "set", "--secret", "hidden", "s3cr3t-value"]);
    const { code, output } = await up(`
      import * as pulumi from "@pulumi/pulumi";
      const config = new pulumi.Config();
      export const plain = config.require("plain");
      export const hidden = config.requireSecret("hidden");`);
    expect(code, output).toBe(0);
    expect(output).not.toContain("s3cr3t-value");
    expect(project.stateFile()).not.toContain("s3cr3t-value");
    expect(await project.outputs()).toEqual({ plain: "seen", hidden: "s3cr3t-value" });
  });

  test("shows an error meant for the user as its message alone, and fails", async () => {
    const { code, output } = await up(`
      import * as pulumi from "@pulumi/pulumi";
      throw new pulumi.RunError("profile: got big, write laptop or standard");`);
    expect(code).toBe(1);
    expect(output).toContain("error: profile: got big, write laptop or standard");
    expect(output).not.toMatch(/unhandled|\bat .*:\d+:\d+|exit code/);
  });

  test("shows where an unforeseen error was thrown", async () => {
    const { code, output } = await up(`const f = () => { throw new Error("not foreseen"); }; f();`);
    expect(code).toBe(1);
    expect(output).toMatch(/Error: not foreseen[\s\S]*index\.ts/);
    expect(output).not.toContain("exit code");
  });

  test("fails when the program ends itself, so that nothing is taken for deleted", async () => {
    const { code, output } = await up("process.exit(3);");
    expect(code).toBe(1);
    expect(output).toContain("the program ended with exit code 3");
  });

  test("fails with the syntax error of a program that does not parse", async () => {
    const { code, output } = await up("export const = 1;");
    expect(code).toBe(1);
    expect(output).toMatch(/SyntaxError|Expected/);
  });

  test("runs plugins of the project, and applies a stack transform to a component's child", async () => {
    const { code, output } = await up(component);
    expect(code, output).toBe(0);
    const created = readFileSync(record(), "utf8")
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(created.map(({ urn }) => urn.split("::").slice(2).join(" "))).toEqual([
      "test:index:App$kubernetes:apps/v1:Deployment shop",
    ]);
    expect(created[0].inputs.spec.template.spec.containers).toEqual([
      { name: "c", image: "x:1", env: [{ name: "ADDED", value: "by the transform" }] },
    ]);
  });

  test("ends the program when the CLI is killed", async () => {
    const marker = join(project.stateDir, "alive");
    project.write(`
      import { writeFileSync } from "node:fs";
      writeFileSync(${JSON.stringify(marker)}, String(process.pid));
      setInterval(() => {}, 1000);
      await new Promise(() => {});`);
    const running = project.pulumi(["up", "--yes", "--skip-preview"]);
    const pid = () => (existsSync(marker) ? Number(readFileSync(marker, "utf8")) : 0);
    await expect.poll(pid, { timeout: 90_000 }).toBeGreaterThan(0);
    const program = pid();
    project.kill("SIGKILL");
    await running;
    await expect.poll(() => isAlive(program), { timeout: 60_000 }).toBe(false);
  });
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !readFileSync(`/proc/${pid}/stat`, "utf8").includes(") Z ");
  } catch {
    return false;
  }
}
