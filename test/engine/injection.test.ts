import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { CommandError, LocalWorkspace, PulumiCommand, type Stack } from "@pulumi/pulumi/automation/index.js";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Call, makeObserved, type Observed } from "./observed.ts";
import { shop } from "./testdata/shop.ts";

const testdata = (name: string) => fileURLToPath(new URL(`testdata/${name}`, import.meta.url));
const secrets = ["c0nfig-s3cret", "pr0gram-s3cret"];
const malformed = "true ";
const message =
  /^Deployment shop\/web: annotation \S+inject-sdk is "true "; allowed are "true", "false", .*Write: \S+: "true"$/;

// How a value looks on its way to a provider.
const unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
const signature = "4dabf18193072939515e22adb298388d";
const [secretKind, outputKind] = ["1b47061264138c4ac30d75fd1eb44270", "d0e6a833031e9bbcd3f4e8bde6ca49a4"];

interface Seen {
  secret: boolean;
  /** Undefined while it is not known. */
  value: unknown;
}

function open(wire: unknown): Seen {
  if (wire === unknown) return { secret: false, value: undefined };
  if (typeof wire !== "object" || wire === null || !(signature in wire)) return { secret: false, value: wire };
  const { value, secret, [signature]: kind } = wire as Record<string, unknown>;
  const inner = open(value);
  if (kind !== secretKind && kind !== outputKind) throw new Error(`unexpected kind of value ${String(kind)}`);
  return { secret: kind === secretKind || secret === true || inner.secret, value: inner.value };
}

let project: Observed;
let pulumiCommand: PulumiCommand;

/** What a command showed the provider. */
async function watching<T>(command: () => Promise<T>): Promise<{ result: T; calls: Call[] }> {
  project.forget();
  const result = await command();
  return { result, calls: project.calls() };
}

/** The variables of the Deployment as the provider was last shown them in that kind of call. */
function variables(calls: Call[], call: Call["call"]): Record<string, Seen> {
  const found = calls.findLast((one) => one.call === call && one.urn.endsWith("kubernetes:apps/v1:Deployment::web"));
  const at = (value: unknown, key: string | number) => (open(value).value as Record<string | number, unknown>)[key];
  const path = ["spec", "template", "spec", "containers", 0, "env"];
  const env = open(path.reduce<unknown>(at, found?.inputs)).value as { name: string; value: unknown }[];
  return Object.fromEntries(env.map(({ name, value }) => [name, open(value)]));
}

/** The different errors told. For an inline program the SDK says each once more, behind words of its own. */
function errors(output: string): Set<string> {
  const lines = (output.split("Diagnostics:")[1] ?? output).match(/^\s*error: .*/gm) ?? [];
  return new Set(lines.map((line) => line.replace(/^\s*error: (One or more errors occurred: )?/, "").trim()));
}

/** Everything the backend has written: state, backups, history. */
function backend(): string {
  const dir = join(project.stateDir, "pulumi");
  return readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), "latin1"))
    .join("\n");
}

const injected = {
  PLAIN: { secret: false, value: "seen" },
  FROM_CONFIG: { secret: true, value: secrets[0] },
  FROM_PROGRAM: { secret: true, value: secrets[1] },
  OTEL_SERVICE_NAME: { secret: false, value: "web" },
  OTEL_EXPORTER_OTLP_ENDPOINT: { secret: false, value: "http://collector:4318" },
  OTEL_TRACES_SAMPLER: { secret: false, value: "always_on" },
};

beforeAll(async () => {
  project = await makeObserved();
  pulumiCommand = await PulumiCommand.get({ root: project.stateDir });
});
afterAll(() => project.remove());

interface Ended {
  failed: boolean;
  output: string;
}

interface Way {
  way: string;
  stack: string;
  /** Runs a command of the engine on the shop with that annotation. */
  run(command: "preview" | "up", sdk?: string): Promise<Ended>;
  prepare(): Promise<void>;
  clean(): Promise<unknown>;
}

const plain: Way = {
  way: "the plain CLI",
  stack: "dev",
  prepare: async () => void (await project.pulumi(["config", "set", "--secret", "hidden", secrets[0] as string])),
  clean: () => project.pulumi(["destroy", "--yes", "--skip-preview"]),
  run: async (command, sdk = "true") => {
    project.write(`import { shop } from ${JSON.stringify(testdata("shop.ts"))};\nshop(${JSON.stringify(sdk)});`);
    const flags = command === "up" ? ["--yes", "--skip-preview"] : ["--diff"];
    const { code, output } = await project.pulumi([command, ...flags]);
    return { failed: code !== 0, output };
  },
};

const inline = (sdk: string): Promise<Stack> =>
  LocalWorkspace.createOrSelectStack(
    { stackName: "inline", projectName: "trial", program: async () => shop(sdk) },
    { workDir: project.dir, envVars: project.env, pulumiCommand },
  );
const automation: Way = {
  way: "an inline program of the Automation API",
  stack: "inline",
  prepare: async () => (await inline("true")).setConfig("hidden", { value: secrets[0] as string, secret: true }),
  clean: async () => (await inline("true")).destroy(),
  run: async (command, sdk = "true") => {
    const stack = await inline(sdk);
    let output = "";
    const onOutput = (text: string) => {
      output += text;
    };
    const options = { onOutput, onError: onOutput, color: "never" as const };
    try {
      await (command === "up" ? stack.up(options) : stack.preview(options));
      return { failed: false, output };
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      return { failed: true, output };
    }
  },
};

describe.each([plain, automation])("through $way", ({ run, prepare, clean, stack }) => {
  beforeAll(prepare);

  test.each(["preview", "up"] as const)("a malformed annotation fails %s with one message", async (command) => {
    const { result, calls } = await watching(() => run(command, malformed));
    expect(result.failed, result.output).toBe(true);
    expect([...errors(result.output)]).toEqual([expect.stringMatching(message)]);
    expect(result.output).not.toMatch(/^\s+at .+/m);
    // An update without preview may have begun with resources beside it, but not with the workload.
    const made = calls.filter(({ call }) => call === "create").map(({ urn }) => urn.split("::").at(-1));
    expect(made).toEqual(command === "preview" ? [] : ["late"]);
    await clean();
  });

  test("preview shows the variables, with secrets secret and what is not known yet unknown", async () => {
    const { result, calls } = await watching(() => run("preview"));
    expect(result.failed, result.output).toBe(false);
    expect(variables(calls, "check")).toMatchObject({ ...injected, LATE: { secret: false, value: undefined } });
    expect(result.output).not.toContain("s3cret");
    expect(calls.filter(({ call }) => call === "create")).toEqual([]);
  });

  test("up gives them to a component's child, with the late value in its place", async () => {
    const { result, calls } = await watching(() => run("up"));
    expect(result.failed, result.output).toBe(false);
    expect(variables(calls, "create")).toMatchObject({ ...injected, LATE: { secret: false, value: "made-late" } });
    expect(variables(calls, "create")["OTEL_RESOURCE_ATTRIBUTES"]?.value).toContain("k8s.deployment.name=web");
    expect(calls.find(({ urn }) => urn.endsWith("::web"))?.urn).toContain(
      "test:index:App$kubernetes:apps/v1:Deployment",
    );
  });

  test("the secrets are nowhere in what the backend wrote, in plain text or base64", async () => {
    const opened = await project.pulumi(["stack", "export", "--show-secrets", "--stack", stack]);
    const sealed = await project.pulumi(["stack", "export", "--stack", stack]);
    const written = sealed.output + backend();
    for (const secret of secrets) {
      // The secret has arrived in the state, so there is something to hide.
      expect(opened.output).toContain(secret);
      expect(written).not.toContain(secret);
      expect(written).not.toContain(Buffer.from(secret).toString("base64").replace(/=+$/, ""));
    }
    expect(written).toContain("OTEL_EXPORTER_OTLP_ENDPOINT");
  });

  test("a second up changes nothing", async () => {
    const { result, calls } = await watching(() => run("up"));
    expect(result.output).toMatch(/Resources:\s+\d+ unchanged/);
    expect(result.failed).toBe(false);
    expect(calls.filter(({ call }) => call === "create")).toEqual([]);
  });
});
