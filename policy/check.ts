import { collectorRules } from "./collector.ts";
import { networkRules } from "./network.ts";
import { operationsRules } from "./operations.ts";
import { securityRules } from "./security.ts";
import type { Finding, Manifest, Rule, Violation } from "./types.ts";

/** Every rule for manifests as they are applied. A new group is a file of its own and a line here. */
export const rules: readonly Rule[] = [...securityRules, ...operationsRules, ...networkRules, ...collectorRules];

/** What the rules find wrong with the manifests of one stack; empty when all is well. */
export function check(manifests: readonly Manifest[], checked: readonly Rule[] = rules): Violation[] {
  return findings(manifests, checked).map(({ rule, finding: { object, path, message, fix } }) => ({
    rule: rule.name,
    severity: rule.severity,
    object: nameOf(object),
    ...(path !== undefined && { path }),
    message,
    fix,
  }));
}

/** The same with the objects themselves, so that a caller can tell where each came from. */
export function findings(
  manifests: readonly Manifest[],
  checked: readonly Rule[] = rules,
): { readonly rule: Rule; readonly finding: Finding }[] {
  return checked.flatMap((rule) => rule.check(manifests).map((finding) => ({ rule, finding })));
}

/** `Kind namespace/name`. */
export function nameOf({ kind, metadata }: Manifest): string {
  return `${kind} ${metadata.namespace ? `${metadata.namespace}/` : ""}${metadata.name}`;
}

/** The violations as text, one paragraph each. */
export function report(violations: readonly Violation[]): string {
  return violations
    .map(({ rule, object, path, message, fix }) => {
      return `${object}: ${path === undefined ? "" : `${path} `}${message} [${rule}]. Write: ${fix}`;
    })
    .join("\n");
}
