import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import * as pulumi from "@pulumi/pulumi";
import { afterAll, beforeAll, expect, test } from "vitest";
import { stringify } from "yaml";
import { program } from "../../infra/program.ts";
import { render, toYaml } from "../../infra/render/render.ts";
import { parseSettings } from "../../infra/settings/settings.ts";
import { type Canary, canaries, forms, found } from "../canaries.ts";
import { makeObserved, type Observed } from "./observed.ts";
import { birds } from "./testdata/canaries.ts";

const path = (relative: string) => JSON.stringify(fileURLToPath(new URL(relative, import.meta.url)));

const all = canaries(50);
const [given, made, filed] = [all.slice(0, 11), all.slice(11, 23), all.slice(23)];
const texts = (of: readonly Canary[]) => of.map(({ text }) => text);
const encoded = ({ text }: Canary) => Buffer.from(text).toString("base64");

let project: Observed;
let settings: Record<string, string>;

beforeAll(async () => {
  project = await makeObserved();
  const workloads = join(project.dir, "workloads.yaml");
  writeFileSync(workloads, secretsFile());
  settings = { profile: "laptop", workloads: JSON.stringify([workloads]) };
  project.env["MADE"] = JSON.stringify(texts(made));
  project.write(`
    import * as pulumi from "@pulumi/pulumi";
    import { program } from ${path("../../infra/program.ts")};
    import { parseSettings } from ${path("../../infra/settings/settings.ts")};
    import { birds } from ${path("testdata/canaries.ts")};
    export default async function main() {
      // By this settings that are secret are refused, see test/unit/infra/credentials.test.ts.
      if (!pulumi.runtime.isConfigSecret("birds:secrets")) throw new Error("the program is not told what is secret");
      await program(parseSettings(${JSON.stringify(settings)}));
      return birds(JSON.parse(process.env.MADE));
    }`);
  await project.pulumi(["config", "set", "--secret", "birds:secrets", JSON.stringify(texts(given))]);
});
afterAll(() => project.remove());

/** Secrets as users keep them in files, also as `kubectl get -o yaml` gives back what `kubectl apply` was given. */
function secretsFile(): string {
  const secret = (name: string, rest: object, annotations = {}) =>
    stringify({ apiVersion: "v1", kind: "Secret", metadata: { name, namespace: "birds", annotations }, ...rest });
  const by = (of: readonly Canary[], text: (one: Canary) => string) =>
    Object.fromEntries(of.map((one, index) => [`key${index}`, text(one)]));
  const applied = JSON.stringify({
    kind: "Secret",
    data: by(filed.slice(20, 24), encoded),
    stringData: by(filed.slice(24), ({ text }) => text),
  });
  return [
    secret("texts", { stringData: by(filed.slice(0, 10), ({ text }) => text) }),
    secret("bytes", { data: by(filed.slice(10, 20), encoded) }),
    secret(
      "applied",
      { data: by(filed.slice(20, 24), encoded) },
      { "kubectl.kubernetes.io/last-applied-configuration": applied },
    ),
  ].join("---\n");
}

async function run(...args: string[]): Promise<string> {
  project.forget();
  const { code, output } = await project.pulumi(args);
  expect(code, output).toBe(0);
  return output;
}

/** Everything in the stack's backend and its project: state, backups, history, configuration. */
function written(): string {
  return [join(project.stateDir, "pulumi"), project.dir]
    .flatMap((folder) => readdirSync(folder, { withFileTypes: true, recursive: folder !== project.dir }))
    .filter((entry) => entry.isFile() && entry.name !== "workloads.yaml")
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), "latin1"))
    .join("\n");
}

test("a canary is found in each of its forms", () => {
  for (const canary of all) {
    for (const form of forms(canary)) expect(found(all, `before ${form} after`)).toEqual([canary.core]);
    const wrapped = Buffer.from(`key: ${canary.text}`).toString("base64").replace(/.{20}/g, "$&\n");
    expect(found(all, wrapped)).toEqual([canary.core]);
  }
});

test("a preview as JSON shows no secret", async () => {
  const preview = await run("preview", "--json");
  expect(preview).toContain("example.com/note");
  expect(found(all, preview)).toEqual([]);
});

test("an update shows none in its differences and its log, and leaves none in what the backend keeps", async () => {
  // From 3 on the log is a trace of the SDK and the engine, which shows all that they work on; that is not in our hands.
  const output = await run("up", "--yes", "--skip-preview", "--diff", "--logtostderr", "-v=2");
  expect(output).toContain("example.com/note");
  expect(found(all, output)).toEqual([]);
  expect(found(all, written())).toEqual([]);
});

test("no object of the stack but Secrets has any, as the provider was shown it", () => {
  const shown = project.calls().filter(({ urn }) => !/v1:Secret::/.test(urn));
  expect(shown.length).toBeGreaterThan(40);
  expect(found(filed, JSON.stringify(shown))).toEqual([]);
});

test("nor does an export of the state show any", async () => {
  expect(found(all, await run("stack", "export"))).toEqual([]);
  // There was something to hide: all but what was in kubectl's note only.
  const opened = found(all, await run("stack", "export", "--show-secrets"));
  expect(opened).toEqual(all.slice(0, 47).map(({ core }) => core));
});

test("nor has the rendered YAML", async () => {
  const config = { "birds:secrets": JSON.stringify(texts(given)) };
  pulumi.runtime.setAllConfig(config, Object.keys(config));
  const { manifests } = await render(async () => {
    await program(parseSettings(settings));
    birds(texts(made));
    return {};
  });
  const yaml = toYaml(manifests);
  expect(yaml).toContain("[secret]");
  expect(found(all, yaml)).toEqual([]);
});
