import { seeded } from "../../bench/random.ts";
import type { CollectorConfig } from "../../collector-config/types.ts";
import type { Settings } from "../../infra/settings/settings.ts";
import type { Topology } from "../../infra/topology.ts";
import type { Damage, Pick, Tree } from "./damage.ts";
import { formDamage } from "./form.ts";
import { agentDamage, gatewayDamage } from "./sense.ts";

export interface MutantKind {
  readonly name: string;
  readonly part: "agent" | "gateway";
  readonly damage: Damage;
}

/** Every way in which the mutants are broken. */
export const mutantKinds: readonly MutantKind[] = [
  ...Object.entries({ ...formDamage, ...gatewayDamage }).map(([name, damage]) => ({
    name,
    part: "gateway" as const,
    damage,
  })),
  ...Object.entries(agentDamage).map(([name, damage]) => ({ name, part: "agent" as const, damage })),
];

export interface Mutant {
  readonly kind: MutantKind;
  readonly settings: Settings;
  readonly topology: Topology;
  /** The broken configuration of the part. */
  readonly config: CollectorConfig;
}

/**
 * Broken configurations, one of each kind in turn, each made of the next topology that can be broken in this way.
 * The same topologies and seed give the same mutants.
 * @throws Error when no topology can be broken in one of the ways
 */
export function mutants(count: number, topologies: readonly Planned[], seed: number): Mutant[] {
  const random = seeded(seed);
  const pick: Pick = (bound) => random() % bound;
  return Array.from({ length: count }, (_, index) => {
    const kind = mutantKinds[index % mutantKinds.length] as MutantKind;
    for (let tried = 0; tried < topologies.length; tried++) {
      const { settings, topology } = topologies[(index + tried) % topologies.length] as Planned;
      const config = structuredClone(topology[kind.part].config);
      if (kind.damage(config as unknown as Tree, pick)) return { kind, settings, topology, config };
    }
    throw new Error(`no topology can be broken like this: ${kind.name}`);
  });
}

/** Settings with what they mean. */
export interface Planned {
  readonly settings: Settings;
  readonly topology: Topology;
}
