import fc from "fast-check";
import { program } from "../../infra/program.ts";
import { render } from "../../infra/render/render.ts";
import { parseSettings } from "../../infra/settings/settings.ts";
import { check, report } from "../../policy/check.ts";
import type { Manifest } from "../../policy/types.ts";
import { rawJaegerSettings } from "../jaeger-settings.ts";
import { rawSettings } from "../topologies.ts";

/**
 * Warnings about what the settings ask for: `debug` prints every span, metrics of `remoteWrite` wait in memory only (docs/backends.md), and a backend of
 * one's own in `gatewayExtra` gets spans from a pipeline of its own, which `redact` does not reach.
 */
const asked = ["collector-debug-detail", "collector-durable-queue", "collector-redaction"];

/**
 * What the rules find in the manifests of so many generated settings, half of them about topologies, half about Jaeger; empty when all is well.
 * @param seed The same settings for the same seed.
 * @param others Who else is asked about the manifests of each; a sentence for each finding. Default: - nobody.
 */
export async function brokenBy(
  count: number,
  seed: number,
  others: (manifests: readonly Manifest[]) => Promise<string[]> = async () => [],
): Promise<string[]> {
  const half = Math.ceil(count / 2);
  const settings = [
    ...fc.sample(rawSettings, { numRuns: half, seed }),
    ...fc.sample(rawJaegerSettings, { numRuns: count - half, seed }),
  ];
  const broken: string[] = [];
  for (const raw of settings) {
    const { manifests } = await render(() => program(parseSettings(raw)));
    const found = report(check(manifests).filter(({ rule }) => !asked.includes(rule)));
    const all = [found, ...(await others(manifests))].filter((text) => text !== "");
    if (all.length > 0) broken.push([JSON.stringify(raw), ...all].join("\n"));
  }
  return broken;
}
