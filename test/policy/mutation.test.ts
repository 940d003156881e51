import { beforeAll, expect, test } from "vitest";
import { program } from "../../infra/program.ts";
import { render } from "../../infra/render/render.ts";
import { parseSettings } from "../../infra/settings/settings.ts";
import { findings } from "../../policy/check.ts";
import type { Manifest } from "../../policy/types.ts";
import { golden } from "./goldens.ts";
import { meaningless } from "./meaningless.ts";
import { type Mutant, mutant, picks, placesOf } from "./mutants.ts";

const wanted = Number(process.env["THROUGHLINE_MUTANTS"] ?? 500);
const seed = Number(process.env["THROUGHLINE_SEED"] ?? 20_261_127);
let stacks: (readonly Manifest[])[];

beforeAll(async () => {
  const operator = JSON.stringify({ namespaces: ["shop"] });
  const { manifests } = await render(() => program(parseSettings({ operator })));
  stacks = [golden("laptop"), golden("standard"), golden("production"), manifests];
});

test("nine of ten fields that are removed or changed in our own manifests are caught by some rule", () => {
  const pick = picks(seed);
  const excluded = new Map<string, number>();
  const survivors: string[] = [];
  const firing = new Map<string, number>();
  let judged = 0;
  const places = stacks.map(placesOf);
  while (judged < wanted) {
    const which = pick(stacks.length);
    const own = places[which] ?? [];
    const place = own[pick(own.length)];
    const made: Mutant | undefined = place && mutant(stacks[which] ?? [], place, pick);
    if (made === undefined) continue;
    const reason = meaningless.find(({ covers }) => covers(made))?.reason;
    if (reason !== undefined) {
      excluded.set(reason, (excluded.get(reason) ?? 0) + 1);
      continue;
    }
    judged++;
    const found = new Set(findings(made.manifests).map(({ rule }) => rule.name));
    for (const name of found) firing.set(name, (firing.get(name) ?? 0) + 1);
    if (found.size === 0) survivors.push(made.name);
  }
  const share = 1 - survivors.length / judged;
  const left = [...excluded].map(([reason, count]) => `${count} ${reason}`);
  console.log(
    `${judged} mutants, seed ${seed}: ${(100 * share).toFixed(1)} % caught, by ${firing.size} rules; left out: ${left.join("; ")}`,
  );
  if (process.env["THROUGHLINE_MUTANTS"]) console.log(survivors.join("\n"));
  expect(share).toBeGreaterThan(0.9);
  // Some seconds of work, which a busy machine stretches.
}, 120_000);
