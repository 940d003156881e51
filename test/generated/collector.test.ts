import fc from "fast-check";
import { beforeAll, expect, test } from "vitest";
import { describe as inWords, judge } from "../../collector-config/rules/judge.ts";
import type { CollectorConfig } from "../../collector-config/types.ts";
import { terminalProgress } from "../../common/progress.ts";
import { contextOf } from "../../infra/check-topology.ts";
import { parseSettings } from "../../infra/settings/settings.ts";
import { planTopology } from "../../infra/topology.ts";
import { findValidator, type Validator, validateForReal, validatorVariable } from "../../infra/validator.ts";
import { images } from "../../infra/versions.ts";
import { buildTools } from "../../sandbox/tools/build.ts";
import { type Mutant, mutantKinds, mutants, type Planned } from "../mutants/mutants.ts";
import { rawSettings } from "../topologies.ts";

// The real Collector of the pinned version judges what the settings make, and what is left when it is broken. No cluster takes part.
const seed = 4;
/** Milliseconds for one answer; the usual one takes a tenth of a second, where no cluster runs beside it. */
const limit = 15_000;

let validator: Validator;
let planned: (Planned & { raw: object })[];

beforeAll(async () => {
  process.env[validatorVariable] ??= await buildTools(["collector"], terminalProgress()).collector;
  const found = await findValidator(images.collector, limit);
  expect(found?.command).toEqual([process.env[validatorVariable]]);
  validator = found as Validator;
  // Backends whose exporter the embedded cluster's Collector has not are left out.
  const backends = ["zipkin", "elasticsearch", "opensearch", "kafka"];
  const lacking = backends.filter((type) => validator.components?.has(type) === false);
  planned = fc.sample(rawSettings, { seed, numRuns: 500 }).map((all) => {
    const raw = Object.fromEntries(Object.entries(all).filter(([key]) => !lacking.includes(key)));
    const settings = parseSettings(raw);
    return { raw, settings, topology: planTopology(settings) };
  });
  console.log(`500 topologies of seed ${seed}; not in this Collector: ${lacking.join(", ") || "none"}`);
});

test("the real Collector accepts what 500 settings make", async () => {
  const distinct = new Map<string, { config: CollectorConfig; raw: object }>();
  for (const { raw, topology } of planned) {
    for (const { config } of [topology.agent, topology.gateway]) distinct.set(JSON.stringify(config), { config, raw });
  }
  const verdicts = await fourAtATime([...distinct.values()], async ({ config, raw }) => ({
    raw,
    ...(await validateForReal(config, validator, limit)),
  }));
  console.log(`${verdicts.length} distinct configurations of agents and gateways`);
  expect(verdicts.filter(({ kind }) => kind !== "accepted")).toEqual([]);
  expect(verdicts.length).toBeGreaterThan(500);
});

/** Damage that neither our rules nor the real Collector refuse, and why it may stand. */
const harmless: Readonly<Record<string, string>> = {
  "a section without content where none was": "it reads as no section; the rule null-sections warns",
  "a component without use": "the Collector does without it; the rule unused warns",
  "an exporter twice": "the pipeline still has one exporter with one queue",
  "a queue in memory beside a volume": "it works, though the queue goes with the pod; the rule durable-queue warns",
  "a receiver on every address": "it works, and more can reach it; the rule addresses warns",
  "metrics without end of series": "it works until a service puts ids into names; the rule series-limit warns",
  "a share above everything": "it means every span, as 100 does",
};

interface Judged {
  readonly mutant: Mutant;
  readonly ours: string[];
  readonly real: Awaited<ReturnType<typeof validateForReal>>;
  readonly milliseconds: number;
}

test("of 300 broken configurations each is refused, or harmless for a reason", async () => {
  expect(mutantKinds.length).toBeGreaterThan(100);
  // Without the list of its components it is asked about unknown ones too.
  const asked: Validator = { command: validator.command };
  const judged = await fourAtATime(mutants(300, planned, seed), async (mutant): Promise<Judged> => {
    const begun = performance.now();
    const { kind, settings, topology, config } = mutant;
    const errors = judge(config, contextOf(kind.part, topology[kind.part], settings, topology)).filter(
      (one) => one.severity === "error",
    );
    const real = await validateForReal(config, asked, limit);
    return { mutant, ours: errors.map(inWords), real, milliseconds: performance.now() - begun };
  });
  console.log(counts(judged));
  const passed = judged.filter(({ ours, real }) => ours.length === 0 && real.kind === "accepted");
  expect([...new Set(passed.map(({ mutant }) => mutant.kind.name))].sort()).toEqual(Object.keys(harmless).sort());
  // A kind is harmless always or never.
  const ofHarmless = judged.filter(({ mutant }) => Object.hasOwn(harmless, mutant.kind.name));
  expect(passed.length).toBe(ofHarmless.length);

  expect(judged.filter(({ real }) => real.kind === "not judged")).toEqual([]);
  expect(judged.filter(({ milliseconds }) => milliseconds > limit)).toEqual([]);
  for (const { real, mutant, ours } of judged) {
    for (const sentence of ours) expect(sentence).toMatch(/^\S+ .* \[[a-z-0-9]+\]\. Write: \S/);
    if (real.kind !== "refused") continue;
    expect(real.message, mutant.kind.name).toMatch(/^[^\n]+$/);
    expect(real.message).not.toMatch(/goroutine|panic:/);
    expect(`${mutant.kind.name}: ${real.path}`).toMatch(
      placeless.includes(mutant.kind.name)
        ? /: $/
        : /: (receivers|processors|exporters|connectors|extensions|service)\b/,
    );
  }
});

/** Kinds of damage whose refusal names no place. */
const placeless = ["a section that does not exist", "a section without content", "a provider that does not exist"];

function counts(judged: readonly Judged[]): string {
  const lines = mutantKinds.map(({ name }) => {
    const all = judged.filter(({ mutant }) => mutant.kind.name === name);
    const count = (ours: boolean, real: boolean) =>
      all.filter((one) => one.ours.length > 0 === ours && (one.real.kind === "refused") === real).length;
    return {
      name,
      both: count(true, true),
      ours: count(true, false),
      real: count(false, true),
      none: count(false, false),
    };
  });
  const sum = (key: "both" | "ours" | "real" | "none") => lines.reduce((total, line) => total + line[key], 0);
  const row = (name: string, ...numbers: number[]) =>
    `${name.padEnd(55)}${numbers.map((one) => String(one).padStart(5)).join("")}`;
  return [
    `${"kind of damage, and who refuses it".padEnd(55)} both ours real none`,
    ...lines.map(({ name, both, ours, real, none }) => row(name, both, ours, real, none)),
    row(`all, of seed ${seed}`, sum("both"), sum("ours"), sum("real"), sum("none")),
  ].join("\n");
}

/** The results in the order of the items. */
async function fourAtATime<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  const left = items.entries();
  await Promise.all(
    Array.from({ length: 4 }, async () => {
      for (const [index, item] of left) results[index] = await work(item);
    }),
  );
  return results;
}
