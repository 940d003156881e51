import { expect } from "vitest";
import { parse } from "yaml";
import { program } from "../infra/program.ts";
import { keptData } from "../infra/render/kept-secrets.ts";
import { type Rendering, render } from "../infra/render/render.ts";
import { renderFiles } from "../infra/render/rendered.ts";
import { parseSettings } from "../infra/settings/settings.ts";
import type { Manifest } from "../policy/types.ts";

type Raw = Record<string, string>;
/** Runs the whole program with settings. */
export const runWith = (raw: Raw, kept: readonly Manifest[] = []) =>
  render(() => program(parseSettings(raw)), { kept: keptData(kept) });
/** What it made as files. */
export const filesOf = async ({ resources }: Rendering<unknown>) => renderFiles(resources);

/** What holds of every stack as files: the same each time, all of it, and nothing that belongs elsewhere. */
export async function rendersSoundly(raw: Raw): Promise<void> {
  const first = await runWith(raw);
  const { files: texts, secrets } = await filesOf(first);
  const again = await filesOf(
    await runWith(
      raw,
      secrets.map(({ manifest }) => manifest),
    ),
  );
  expect(again).toEqual({ files: texts, secrets });

  const whole = [...texts.values()].join("---\n");
  expect(whole).not.toMatch(/pulumi\.com\/|\[secret\]|PRIVATE KEY/);
  const objects = [...texts.values()].map((text) => parse(text) as Manifest);
  // The same objects as the engine gets, but for what only the engine understands.
  const id = ({ kind, metadata }: Manifest) => `${kind} ${metadata.namespace ?? ""}/${metadata.name}`;
  const wanted = first.manifests.filter(({ kind }) => kind !== "Secret");
  expect(objects.map(id).sort()).toEqual(wanted.map(id).sort());
  expect(secrets.map(({ manifest }) => id(manifest)).sort()).toEqual(
    first.manifests
      .filter(({ kind }) => kind === "Secret")
      .map(id)
      .sort(),
  );
  for (const object of objects) {
    // A second program makes other certificates.
    const { metadata: _, webhooks: _webhooks, data, ...rest } = wanted.find((one) => id(one) === id(object))!;
    expect(object).toMatchObject({ ...rest, ...(data !== undefined && data !== "[secret]" && { data }) });
  }
  expect([...texts.keys()]).toEqual([...texts.keys()].sort());
}
