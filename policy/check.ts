import { collectorRules } from "./collector.ts";
import { networkRules } from "./network.ts";
import { operationsRules } from "./operations.ts";
import { securityRules } from "./security.ts";
import type { Manifest, Rule, Violation } from "./types.ts";

/** Every rule for manifests as they are applied. A new group is a file of its own and a line here. */
export const rules: readonly Rule[] = [...securityRules, ...operationsRules, ...networkRules, ...collectorRules];

/** What the rules find wrong with the manifests of one stack; empty when all is well. */
export function check(manifests: readonly Manifest[], checked: readonly Rule[] = rules): Violation[] {
  return checked.flatMap((rule) =>
    rule.check(manifests).map(({ object, message, fix }) => ({
      rule: rule.name,
      object: `${object.kind} ${object.metadata.namespace ? `${object.metadata.namespace}/` : ""}${object.metadata.name}`,
      message,
      fix,
    })),
  );
}

/** The violations as text, one paragraph each. */
export function report(violations: readonly Violation[]): string {
  return violations
    .map(({ rule, object, message, fix }) => `${object}: ${message} [${rule}]. Write: ${fix}`)
    .join("\n");
}
