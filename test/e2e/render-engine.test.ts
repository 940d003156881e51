import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { program } from "../../infra/program.ts";
import { render } from "../../infra/render/render.ts";
import { parseSettings } from "../../infra/settings/settings.ts";
import type { Manifest } from "../../policy/types.ts";
import { makeObserved, type Observed } from "../engine/observed.ts";

const path = (relative: string) => JSON.stringify(fileURLToPath(new URL(relative, import.meta.url)));
const signature = "4dabf18193072939515e22adb298388d";

let project: Observed;
beforeAll(async () => {
  project = await makeObserved();
});
afterAll(() => project.remove());

/** A value of the wire as `render` shows it: whatever is secret is masked as a whole. */
function masked(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (signature in value) {
    const { secret, value: inner, [signature]: kind } = value as Record<string, unknown>;
    return secret === true || kind === "1b47061264138c4ac30d75fd1eb44270" ? "[secret]" : masked(inner);
  }
  if (Array.isArray(value)) return value.map(masked);
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, masked(inner)]));
}

/** What differs in every run: keys and certificates. */
function comparable(manifests: readonly Manifest[]): Manifest[] {
  const text = JSON.stringify(manifests)
    .replaceAll(/"caBundle":"[^"]*"/g, '"caBundle":"..."')
    // A Secret is masked key by key in a rendering, and as a whole on the wire.
    .replaceAll(/"(data|stringData)":(?:\{(?:"[^"]+":"\[secret\]",?)+\}|"\[secret\]")/g, '"$1":"[secret]"');
  const id = ({ kind, metadata }: Manifest) => `${metadata.namespace ?? ""}/${kind}/${metadata.name}`;
  return (JSON.parse(text) as Manifest[]).sort((a, b) => (id(a) < id(b) ? -1 : 1));
}

test("what is rendered is what the engine hands to the provider, object by object", async () => {
  const raw = {
    profile: "production",
    workloads: '["examples","examples/frontend","examples/quotes"]',
    operator: '{"namespaces":["shop"]}',
    tailSampling: '{"keepShare":"0.5"}',
  };
  project.write(`
    import { program } from ${path("../../infra/program.ts")};
    import { parseSettings } from ${path("../../infra/settings/settings.ts")};
    export default async () => void (await program(parseSettings(${JSON.stringify(raw)})));`);
  project.forget();
  const { code, output } = await project.pulumi(["up", "--yes", "--skip-preview"]);
  expect(code, output).toBe(0);
  const created = project
    .calls()
    .filter(({ call }) => call === "create")
    .map(({ inputs }) => masked(inputs) as Manifest);
  const { manifests } = await render(() => program(parseSettings(raw)));
  expect(created.length).toBeGreaterThan(30);
  expect(comparable(created)).toEqual(comparable(manifests));
});
