import { readFileSync } from "node:fs";
import { parseAllDocuments } from "yaml";
import { profileNames } from "../../infra/profiles.ts";
import { program } from "../../infra/program.ts";
import { render } from "../../infra/render/render.ts";
import { parseSettings } from "../../infra/settings/settings.ts";
import type { Manifest } from "../../policy/types.ts";
import { jaegerStacks, operatorStack, samplingStack } from "../stacks.ts";

/** The objects of one stack. */
export interface Stack {
  readonly name: string;
  readonly manifests: readonly Manifest[];
}

/** Everything that is judged: the committed goldens, and stacks with the parts that these lack. */
export async function judgedStacks(): Promise<Stack[]> {
  const stacks: Stack[] = profileNames.map((profile) => ({
    name: profile,
    manifests: parseAllDocuments(readFileSync(new URL(`../golden/${profile}.yaml`, import.meta.url), "utf8")).map(
      (document) => document.toJS() as Manifest,
    ),
  }));
  for (const [name, settings] of Object.entries({
    operator: operatorStack,
    sampling: samplingStack,
    ...jaegerStacks,
  })) {
    stacks.push({ name, manifests: (await render(() => program(parseSettings(settings)))).manifests });
  }
  return stacks;
}
